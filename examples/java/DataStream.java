import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Reads the rows, over as many data connections as it takes, each row once. */
final class DataStream {
    private static final long PAUSE_MS = 500;

    /** Of this run; all fields are guarded by this object. */
    private Totals totals = new Totals();
    /** The present connection has brought rows: it belongs to the run that is counted. */
    private boolean brought;
    /** The run is over and cannot be had from its start: wait for the next one. */
    private boolean late;
    private boolean started;

    /** Begins to read; after a new control connection it is called again, and the stream simply goes on. */
    synchronized void start(String path, Control.Identity me) {
        if (started) {
            return;
        }
        started = true;
        var reader = new Thread(() -> readForEver(path, me));
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Called at REBORN; gives what the old run has come to. Aegis has closed the connection of that run before, so there is
     * an end to wait for.
     */
    synchronized Totals begin() throws InterruptedException {
        while (brought) {
            wait();
        }
        var old = totals;
        totals = new Totals();
        return old;
    }

    /** Called at SHUTDOWN. Rows that have arrived already count: until none came for 100 ms, at most a second. */
    synchronized Totals end() throws InterruptedException {
        long before = -1;
        for (int tries = 0; tries < 10 && before != totals.rows; tries++) {
            before = totals.rows;
            wait(100);
        }
        return totals;
    }

    private void readForEver(String path, Control.Identity me) {
        while (true) {
            try (var lines = new Lines(path)) {
                read(lines, me);
            } catch (IOException error) {
                System.err.println("data connection lost: " + error);
            }
            lost();
            try {
                Thread.sleep(PAUSE_MS);
            } catch (InterruptedException end) {
                return;
            }
        }
    }

    /** One data connection, from its handshake to its end. */
    private void read(Lines lines, Control.Identity me) throws IOException {
        lines.write(hello(me));
        accept(new String(lines.read(), StandardCharsets.UTF_8));
        while (true) {
            take(lines.read());
        }
    }

    /**
     * Says where to begin. A process that has nothing yet, because it was just started or was killed in the middle of a run,
     * asks for the run from its start; one that lost its connection says how many bytes of whole rows it has.
     */
    private synchronized String hello(Control.Identity me) {
        boolean nothing = totals.rows == 0 && !late;
        var position = nothing ? "\"from\":\"start\"" : "\"received\":" + totals.bytes;
        return "{\"component_id\":%s,\"session_token\":%s,%s}".formatted(
                Json.quote(me.componentId()), Json.quote(me.sessionId()), position);
    }

    private synchronized void accept(String line) throws IOException {
        var answer = Json.object(Json.parse(line));
        late = !"ok".equals(answer.get("status"));
        if (late) {
            throw new IOException(Json.text(answer.get("message")));
        }
    }

    private synchronized void take(byte[] line) throws IOException {
        brought = true;
        totals.add(line);
    }

    private synchronized void lost() {
        brought = false;
        notifyAll();
    }
}
