import java.io.IOException;
import java.util.Map;

/**
 * An Aegis component in plain Java, against the protocol alone: counts the rows of each topic, adds up their volume and
 * remembers the last price. To make a component of your own, change NEEDS below and Totals.java.
 */
final class Counter {
    /** What this component wants to get: all combinations of streams, symbols and timeframes (for klines). */
    static final String NEEDS = """
            {"requires_streams":["klines","trades"],"supported_symbols":["BTCUSDT","ETHUSDT"],"supported_timeframes":["1m"]}""";

    /** Between two attempts to reach Aegis. */
    private static final long FIRST_PAUSE_MS = 3_000;
    private static final long LONGEST_PAUSE_MS = 30_000;

    public static void main(String[] args) throws InterruptedException {
        var rows = new DataStream();
        var me = new Control.Identity(env("AEGIS_COMPONENT_ID", ""), "");
        for (long pause = FIRST_PAUSE_MS;; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
            try (var control = new Control(env("AEGIS_SOCKET", ""))) {
                me = control.register(env("AEGIS_SESSION_TOKEN", ""), env("AEGIS_COMPONENT_NAME", "counter"), me);
                serve(control, me, rows);
                System.exit(0);
            } catch (Control.Refused refusal) { // trying again would give the same answer
                System.err.println("registration refused: " + refusal.getMessage());
                System.exit(1);
            } catch (IOException error) {
                System.err.println("control connection lost: " + error);
            }
            Thread.sleep(pause);
        }
    }

    /** One control connection, from REGISTERED to SHUTDOWN. */
    private static void serve(Control control, Control.Identity me, DataStream rows)
            throws IOException, InterruptedException {
        var configuration = control.handshake();
        System.err.println("running with " + Json.list(configuration.get("topics")).size() + " topics");
        rows.start(Json.text(configuration.get("data_stream_socket")), me);
        while (true) {
            Map<String, Object> message = control.next();
            switch (Json.text(message.get("command"))) {
                case "PING" -> control.pong(message);
                case "REBORN" -> { // the session runs again
                    System.out.println(rows.begin().summary());
                    control.ack(message);
                }
                case "SHUTDOWN" -> {
                    System.out.println(rows.end().summary());
                    control.ack(message);
                    return;
                }
                default -> { }
            }
        }
    }

    private static String env(String name, String otherwise) {
        return System.getenv().getOrDefault(name, otherwise);
    }
}
