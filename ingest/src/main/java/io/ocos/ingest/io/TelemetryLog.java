package io.ocos.ingest.io;

import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.SignedEnvelope;
import java.util.concurrent.CompletableFuture;

/** The log that a gateway writes to. Calls return at once; the futures complete on a thread of the log's. */
public interface TelemetryLog extends AutoCloseable {

    /** Where a record lies in topic {@code telemetry}. */
    record Position(int partition, long offset) {}

    /**
     * Appends an envelope; completes once the write is durable on all in-sync replicas. Records that are appended later
     * to the same partition lie behind it.
     *
     * @return fails when the log did not confirm in time; it is then unknown whether the envelope is in it
     */
    CompletableFuture<Position> append(SignedEnvelope envelope);

    /** Writes a tick into every partition; completes once all are durable, with their number. */
    CompletableFuture<Integer> tick(String gateway, long atMillis);

    /** Keeps a refused request; completes once it is durable. */
    CompletableFuture<Void> keep(RejectedRecord rejected);

    /** Writes what was appended, then closes. */
    @Override
    void close();
}
