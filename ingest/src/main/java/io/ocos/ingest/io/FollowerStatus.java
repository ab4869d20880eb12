package io.ocos.ingest.io;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.ocos.ingest.config.IngestMetrics;
import io.ocos.ingest.domain.FinalBlock;
import java.time.Clock;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** How far the follower is: its measurements, and whether it is ready. Written by its thread, read by any. */
final class FollowerStatus {

    /** Without a successful look at the chain for so long it is not ready. */
    private static final long STALE_MILLIS = 30_000;

    private final MeterRegistry registry;
    private final Clock clock;
    private final int confirmations;
    private final int readyLagBlocks;
    private volatile long head = -1;
    private volatile long published = -1;
    private volatile boolean publishedKnown;
    private volatile long lastLookAt;
    private volatile long lastCommitAt;
    private volatile long deepestReorg;
    private volatile int range;
    private volatile @Nullable String failure = "it has not looked at the chain yet";

    FollowerStatus(MeterRegistry registry, Clock clock, int confirmations, int readyLagBlocks) {
        this.registry = registry;
        this.clock = clock;
        this.confirmations = confirmations;
        this.readyLagBlocks = readyLagBlocks;
        gauge(IngestMetrics.FOLLOWER_HEAD, status -> status.head);
        gauge(IngestMetrics.FOLLOWER_PUBLISHED, status -> status.published);
        gauge(IngestMetrics.FOLLOWER_LAG, FollowerStatus::lag);
        gauge(IngestMetrics.FOLLOWER_LAST_COMMIT, status -> status.lastCommitAt / 1_000.0);
        gauge(IngestMetrics.FOLLOWER_RANGE, status -> status.range);
        gauge(IngestMetrics.FOLLOWER_REORG_DEPTH, status -> status.deepestReorg);
    }

    private void gauge(String name, ToDoubleFunction<FollowerStatus> value) {
        Gauge.builder(name, this, value).register(registry);
    }

    void head(long number) {
        head = number;
    }

    /** The cursor as read back. */
    void resumed(long number) {
        published = number;
        publishedKnown = true;
    }

    void committed(List<FinalBlock> blocks) {
        published = blocks.get(blocks.size() - 1).header().number();
        lastCommitAt = clock.millis();
        registry.counter(IngestMetrics.FOLLOWER_BLOCKS).increment(blocks.size());
        for (FinalBlock block : blocks) {
            block.events().forEach(event -> registry.counter(
                            IngestMetrics.FOLLOWER_EVENTS, IngestMetrics.TAG_NAME, event.name())
                    .increment());
            block.refused().forEach(refused -> registry.counter(
                            IngestMetrics.FOLLOWER_REJECTED,
                            IngestMetrics.TAG_REASON,
                            refused.reason().name())
                    .increment());
            registry.counter(IngestMetrics.FOLLOWER_IGNORED).increment(block.ignored());
            registry.counter(IngestMetrics.FOLLOWER_OUT_OF_ORDER).increment(block.outOfOrder());
        }
    }

    void range(int blocks) {
        range = blocks;
    }

    void receiptCheck() {
        registry.counter(IngestMetrics.FOLLOWER_RECEIPT_CHECKS).increment();
    }

    void reorg(long depth) {
        registry.counter(IngestMetrics.FOLLOWER_REORGS).increment();
        deepestReorg = Math.max(deepestReorg, depth);
    }

    /** A look at the chain that went well. */
    void succeeded() {
        lastLookAt = clock.millis();
        failure = null;
    }

    void rpcFailed(RpcException.Kind kind, String message) {
        registry.counter(IngestMetrics.FOLLOWER_RPC_FAILURES, IngestMetrics.TAG_REASON, kind.tag())
                .increment();
        failure = message;
    }

    void kafkaFailed(String message) {
        registry.counter(IngestMetrics.FOLLOWER_KAFKA_FAILURES).increment();
        failure = message;
    }

    private long lag() {
        return head < 0 || !publishedKnown ? 0 : Math.max(0, head - confirmations - published);
    }

    List<String> notReady() {
        String last = failure;
        if (last != null) {
            return List.of(last);
        }
        if (clock.millis() - lastLookAt > STALE_MILLIS) {
            return List.of("the chain was not looked at in the last %d s".formatted(STALE_MILLIS / 1_000));
        }
        return lag() <= readyLagBlocks
                ? List.of()
                : List.of("%d final blocks are still to be written, expected at most %d"
                        .formatted(lag(), readyLagBlocks));
    }
}
