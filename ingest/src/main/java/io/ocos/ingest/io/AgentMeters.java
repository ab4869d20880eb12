package io.ocos.ingest.io;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.ocos.ingest.config.IngestMetrics;
import io.ocos.ingest.domain.DropReason;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** The measurements of an agent. */
final class AgentMeters {

    private final MeterRegistry registry;
    private final Map<DropReason, Counter> dropped = new EnumMap<>(DropReason.class);
    private final Counter accepted;
    private final Counter refused;
    private final Counter failed;
    private volatile long lastAcceptedAt;

    AgentMeters(MeterRegistry registry) {
        this.registry = registry;
        for (DropReason reason : DropReason.values()) {
            dropped.put(
                    reason,
                    registry.counter(IngestMetrics.AGENT_ENTRIES_DROPPED, IngestMetrics.TAG_REASON, reason.tag()));
        }
        accepted = outcome("accepted");
        refused = outcome("refused");
        failed = outcome("failed");
        Gauge.builder(IngestMetrics.AGENT_LAST_ACCEPTED, () -> lastAcceptedAt / 1_000.0)
                .register(registry);
    }

    private Counter outcome(String name) {
        return registry.counter(IngestMetrics.AGENT_ENVELOPES, IngestMetrics.TAG_OUTCOME, name);
    }

    void watch(EntryBuffer buffer, SequenceFile sequence) {
        Gauge.builder(IngestMetrics.AGENT_BUFFER_FREE_BYTES, buffer::freeBytes).register(registry);
        Gauge.builder(IngestMetrics.AGENT_BUFFER_ENTRIES, buffer::entries).register(registry);
        Gauge.builder(IngestMetrics.AGENT_SEQUENCE, sequence::last).register(registry);
    }

    void dropped(DropReason reason, int entries) {
        Objects.requireNonNull(dropped.get(reason)).increment(entries);
    }

    void accepted(long atMillis) {
        lastAcceptedAt = atMillis;
        accepted.increment();
    }

    void refused() {
        refused.increment();
    }

    void failed() {
        failed.increment();
    }

    /** When a gateway last accepted an envelope, ms; 0 before the first. */
    long lastAcceptedAt() {
        return lastAcceptedAt;
    }
}
