import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;

/** A connection to the control socket: one JSON object per line, in both directions. */
final class Control implements Closeable {
    /** Aegis sends a PING every 5 s. Nothing for so long means that the connection is dead. */
    private static final long SILENCE_MS = 35_000;

    /** What REGISTERED gives. The data socket wants both; a new control connection registers under the same id. */
    record Identity(String componentId, String sessionId) { }

    /** An ERROR in answer to REGISTER: final. */
    static final class Refused extends IOException {
        Refused(String reason) {
            super(reason);
        }
    }

    /** Messages of the process: an id is used once, over all connections. */
    private static int sent;

    private final Lines lines;
    private final Timer watch = new Timer(true);
    private volatile long heard = System.nanoTime();

    Control(String path) throws IOException {
        lines = new Lines(path);
        watch.schedule(new TimerTask() {
            @Override
            public void run() {
                closeWhenSilent();
            }
        }, 1_000, 1_000);
    }

    /** Gives the session's secret token and what the component needs. */
    Identity register(String token, String name, Identity me) throws IOException {
        send("LIFECYCLE", "REGISTER", """
                {"session_token":%s,"component_id":%s,"component_name":%s,"capabilities":%s}""".formatted(
                Json.quote(token), Json.quote(me.componentId()), Json.quote(name), Counter.NEEDS), null);
        var answer = receive(); // a connection that ends without an answer is no refusal
        var payload = Json.object(answer.get("payload"));
        if (!"REGISTERED".equals(answer.get("command"))) {
            throw new Refused(Json.text(payload.get("message")));
        }
        return new Identity(Json.text(payload.get("component_id")), Json.text(payload.get("session_id")));
    }

    /** Takes the component to RUNNING, waiting for the ACK of each state; gives the payload of CONFIGURE. */
    Map<String, Object> handshake() throws IOException {
        report("INITIALIZING");
        report("READY");
        var configure = expect("CONFIGURE");
        ack(configure);
        report("CONFIGURED");
        report("RUNNING");
        return Json.object(configure.get("payload"));
    }

    /** The next message. Errors after which the conversation goes on are skipped; after others Aegis ends it. */
    Map<String, Object> next() throws IOException {
        while (true) {
            var message = receive();
            if (!"RUNTIME_ERROR".equals(message.get("command"))) {
                return message;
            }
            var problem = Json.object(message.get("payload"));
            if (!Boolean.TRUE.equals(problem.get("recoverable"))) {
                throw new IOException("Aegis says: " + problem.get("message"));
            }
        }
    }

    void ack(Map<String, Object> message) throws IOException {
        send("CONTROL", "ACK", "{\"status\":\"ok\"}", Json.text(message.get("message_id")));
    }

    void pong(Map<String, Object> ping) throws IOException {
        send("HEARTBEAT", "PONG", "{\"state\":\"RUNNING\"}", Json.text(ping.get("message_id")));
    }

    @Override
    public void close() throws IOException {
        watch.cancel();
        lines.close();
    }

    private void report(String state) throws IOException {
        send("LIFECYCLE", "STATE_UPDATE", "{\"state\":\"" + state + "\"}", null);
        expect("ACK");
    }

    private Map<String, Object> expect(String command) throws IOException {
        var message = next();
        if (!command.equals(message.get("command"))) {
            throw new IOException(message.get("command") + " came instead of " + command);
        }
        return message;
    }

    private Map<String, Object> receive() throws IOException {
        var line = new String(lines.read(), StandardCharsets.UTF_8);
        heard = System.nanoTime();
        return Json.object(Json.parse(line));
    }

    private void send(String type, String command, String payload, String answers) throws IOException {
        sent++;
        lines.write("""
                {"protocol_version":"0.1.0","message_id":"%d-%d","correlation_id":%s,"source":"component:counter",\
                "target":"aegis","type":"%s","command":"%s","payload":%s}""".formatted(
                ProcessHandle.current().pid(), sent, answers == null ? "null" : Json.quote(answers),
                type, command, payload));
    }

    /** A blocking read has no time limit: closing the connection ends it. */
    private void closeWhenSilent() {
        if (System.nanoTime() - heard < SILENCE_MS * 1_000_000) {
            return;
        }
        try {
            lines.close();
        } catch (IOException error) {
            System.err.println("closing the control connection: " + error);
        }
    }
}
