package io.ocos.ingest.io;

import io.ocos.ingest.domain.Problem;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads the bodies of requests without a waiting thread, within bounds of size, of time, and of what all bodies take
 * together. Memory grows with what has arrived, never with what a length claims.
 */
final class BodyReader {

    /** Bytes that a body may have (SPEC 3, E4). */
    static final int MAX_BODY_BYTES = 256 << 10;

    private static final int CHUNK_BYTES = 4 << 10;

    /** What came of a body. */
    sealed interface Body {

        /** It is complete; {@link BodyReader#release} must follow. */
        @SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
        record Complete(byte[] bytes) implements Body {}

        /** It is not taken. */
        record Refused(Problem problem, String detail) implements Body {}
    }

    private final long maxBytesInFlight;
    private final long timeoutMillis;
    private final AtomicLong bytesInFlight = new AtomicLong();

    private final Executor executor;

    /** @param executor where a body that came too slowly is refused */
    BodyReader(long maxBytesInFlight, long timeoutMillis, Executor executor) {
        this.executor = executor;
        this.maxBytesInFlight = maxBytesInFlight;
        this.timeoutMillis = timeoutMillis;
    }

    /** Bytes of bodies that are held now. */
    long bytesInFlight() {
        return bytesInFlight.get();
    }

    /** Gives back what a complete body has taken. */
    void release(Body.Complete body) {
        bytesInFlight.addAndGet(-body.bytes().length);
    }

    /**
     * Reads a body; the future never fails.
     *
     * @param request with async processing begun
     */
    CompletableFuture<Body> read(HttpServletRequest request) {
        if (request.getContentLengthLong() > MAX_BODY_BYTES) {
            return CompletableFuture.completedFuture(new Body.Refused(
                    Problem.TOO_LARGE,
                    "a body of %d bytes, expected at most %d"
                            .formatted(request.getContentLengthLong(), MAX_BODY_BYTES)));
        }
        try {
            Reading reading = new Reading(request.getInputStream());
            return reading.begin();
        } catch (IOException | IllegalStateException e) {
            return CompletableFuture.completedFuture(
                    new Body.Refused(Problem.ABORTED, "the body could not be read: " + e.getMessage()));
        }
    }

    private final class Reading implements ReadListener {

        private final CompletableFuture<Body> body = new CompletableFuture<>();
        private final ServletInputStream in;
        private final ByteArrayOutputStream received = new ByteArrayOutputStream(1 << 10);
        private final byte[] chunk = new byte[CHUNK_BYTES];
        private int held;
        private boolean ended;

        Reading(ServletInputStream in) {
            this.in = in;
        }

        CompletableFuture<Body> begin() {
            in.setReadListener(this);
            return body.orTimeout(timeoutMillis, TimeUnit.MILLISECONDS)
                    .exceptionallyAsync(
                            timeout -> {
                                end();
                                return new Body.Refused(
                                        Problem.SLOW, "the body was not complete after %d ms".formatted(timeoutMillis));
                            },
                            executor);
        }

        @Override
        public void onDataAvailable() throws IOException {
            while (!body.isDone() && in.isReady()) {
                int count = in.read(chunk);
                if (count < 0) {
                    return;
                }
                take(count);
            }
        }

        @Override
        public void onAllDataRead() {
            Body.Complete complete;
            synchronized (this) {
                if (ended) {
                    return;
                }
                ended = true;
                complete = new Body.Complete(received.toByteArray());
            }
            body.complete(complete);
        }

        @Override
        public void onError(Throwable failure) {
            refuse(Problem.ABORTED, "the body ended early: " + failure.getMessage());
        }

        private void take(int count) {
            synchronized (this) {
                if (ended) {
                    return;
                }
                held += count;
                received.write(chunk, 0, count);
            }
            boolean roomLeft = bytesInFlight.addAndGet(count) <= maxBytesInFlight;
            if (held > MAX_BODY_BYTES) {
                refuse(Problem.TOO_LARGE, "a body of more than %d bytes".formatted(MAX_BODY_BYTES));
            } else if (!roomLeft) {
                refuse(Problem.BUSY, "the bodies of all requests take %d bytes".formatted(maxBytesInFlight));
            }
        }

        private void refuse(Problem problem, String detail) {
            if (end()) {
                body.complete(new Body.Refused(problem, detail));
            }
        }

        /** Ends without a body; false when it had ended. */
        private synchronized boolean end() {
            if (ended) {
                return false;
            }
            ended = true;
            bytesInFlight.addAndGet(-held);
            return true;
        }
    }
}
