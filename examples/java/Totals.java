import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What the component computes in one run. This is where a strategy would think. */
final class Totals {
    /** Volume in the base asset, and the price that came last. */
    private static final class TopicTotals {
        long rows;
        double volume;
        double last;
    }

    long rows;
    /** Of whole rows: the position in the stream. */
    long bytes;
    private final Map<String, TopicTotals> topics = new TreeMap<>();
    /** FNV-1a of all lines: the same in each run over the same data. */
    private long checksum = 0xcbf29ce484222325L;

    /** Takes one line, with its newline: {"session_id":…,"topic":…,"ts":…,"data":{…}}. */
    void add(byte[] line) throws IOException {
        var row = Json.object(Json.parse(new String(line, StandardCharsets.UTF_8)));
        if (row.containsKey("status")) {
            return; // no row: it says that a run begins
        }
        var parts = Json.text(row.get("topic")).split("\\.", 3); // aegis.<session>.<type>.<symbol>[.<timeframe>]
        if (parts.length < 3) {
            throw new IOException("a topic without a type: " + row.get("topic"));
        }
        var data = Json.object(row.get("data"));
        boolean kline = parts[2].startsWith("klines.");
        var topic = topics.computeIfAbsent(parts[2], name -> new TopicTotals());
        topic.rows++;
        topic.volume += Json.number(data.get(kline ? "volume" : "qty"));
        topic.last = Json.number(data.get(kline ? "close" : "price"));
        rows++;
        bytes += line.length;
        for (byte each : line) {
            checksum = (checksum ^ (each & 0xff)) * 0x100000001b3L;
        }
    }

    /** One line of JSON. */
    String summary() {
        var each = topics.entrySet().stream().map(entry -> describe(entry.getKey(), entry.getValue()));
        return "{\"checksum\":\"%016x\",\"rows\":%d,\"topics\":{%s}}".formatted(
                checksum, rows, each.collect(Collectors.joining(",")));
    }

    private static String describe(String name, TopicTotals topic) {
        return Json.quote(name) + ":{\"rows\":" + topic.rows + ",\"volume\":" + topic.volume + ",\"last\":" + topic.last + "}";
    }
}
