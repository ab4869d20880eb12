package io.ocos.jobs.clickhouse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.server.HttpChannel;

/**
 * A statement that runs, and the client that waits for it. While the engine works nobody reads the client's connection,
 * so that its end would go unseen: {@link #isAbandoned()} looks.
 */
final class Running {

    /** A call into the engine. */
    interface EngineCall<T> {
        T run() throws EngineException;
    }

    private final HttpChannel http;
    private boolean working;
    private boolean pipelined;

    Running(HttpChannel http) {
        this.http = http;
    }

    /** Calls the engine; the request must have been read to its end, the response must not be complete. */
    <T> T watch(EngineCall<T> call) throws EngineException {
        set(true);
        try {
            return call.run();
        } finally {
            set(false);
        }
    }

    private synchronized void set(boolean newWorking) {
        working = newWorking;
    }

    /** Whether the client has closed its connection while the engine works. */
    synchronized boolean isAbandoned() {
        if (!working || pipelined || !(http.getEndPoint().getTransport() instanceof SocketChannel channel)) {
            return false;
        }
        try {
            int count = channel.read(ByteBuffer.allocate(1));
            // The client sent its next request early, and this took a byte of it: it must send that again.
            pipelined = count > 0;
            return count < 0;
        } catch (IOException e) {
            return true;
        }
    }

    /** Whether the connection must be closed after the response. */
    synchronized boolean isPipelined() {
        return pipelined;
    }

    /** Breaks the connection off, so that the client does not take what it got for a whole response. */
    void abort(Throwable cause) {
        http.abort(cause);
    }

    void closeConnection() {
        http.getEndPoint().close();
    }
}
