package io.ocos.ingest.io;

import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.SignedEnvelope;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A log in memory, of one partition, that confirms at once unless told otherwise. */
final class MemoryLog implements TelemetryLog {

    final List<SignedEnvelope> envelopes = new CopyOnWriteArrayList<>();
    final List<RejectedRecord> rejected = new CopyOnWriteArrayList<>();
    final List<Long> ticks = new CopyOnWriteArrayList<>();
    /** When set, what an append answers instead of confirming. */
    volatile @Nullable Supplier<CompletableFuture<Position>> instead;

    @Override
    public CompletableFuture<Position> append(SignedEnvelope envelope) {
        Supplier<CompletableFuture<Position>> answer = instead;
        if (answer != null) {
            return answer.get();
        }
        synchronized (this) {
            envelopes.add(envelope);
            return CompletableFuture.completedFuture(new Position(0, envelopes.size() - 1L));
        }
    }

    @Override
    public CompletableFuture<Integer> tick(String gateway, long atMillis) {
        ticks.add(atMillis);
        return CompletableFuture.completedFuture(1);
    }

    @Override
    public CompletableFuture<Void> keep(RejectedRecord record) {
        rejected.add(record);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
}
