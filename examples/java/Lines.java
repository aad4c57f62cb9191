import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** A Unix socket that carries lines. One buffer for its life: a new one would lose what was read ahead. */
final class Lines implements Closeable {
    private final SocketChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(256 * 1024).flip();

    Lines(String path) throws IOException {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
    }

    void write(String line) throws IOException {
        var bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** The next line with its newline. What is left of one when the connection ends is forgotten. */
    byte[] read() throws IOException {
        var line = new ByteArrayOutputStream(512);
        while (true) {
            if (!buffer.hasRemaining()) {
                fill();
            }
            int start = buffer.position();
            int end = start;
            while (end < buffer.limit() && buffer.get(end) != '\n') {
                end++;
            }
            boolean whole = end < buffer.limit();
            end += whole ? 1 : 0;
            line.write(buffer.array(), start, end - start);
            buffer.position(end);
            if (whole) {
                return line.toByteArray();
            }
        }
    }

    private void fill() throws IOException {
        buffer.clear();
        int count = channel.read(buffer);
        buffer.flip();
        if (count < 0) {
            throw new EOFException("end of connection");
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
