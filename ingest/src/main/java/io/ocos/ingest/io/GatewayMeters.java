package io.ocos.ingest.io;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.ocos.ingest.config.IngestMetrics;
import io.ocos.ingest.domain.Answer;
import io.ocos.ingest.domain.Problem;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The measurements of a gateway; requests = accepted + duplicate + rejected once all are answered. */
final class GatewayMeters {

    private final MeterRegistry registry;
    private final Counter requests;
    private final Counter accepted;
    private final Counter duplicate;
    private final Map<Problem, Counter> rejected;
    private final Counter late;
    private final Counter entriesDropped;
    private final Timer append;

    GatewayMeters(MeterRegistry registry) {
        this.registry = registry;
        requests = registry.counter(IngestMetrics.GATEWAY_REQUESTS);
        accepted = registry.counter(IngestMetrics.GATEWAY_ACCEPTED);
        duplicate = registry.counter(IngestMetrics.GATEWAY_DUPLICATE);
        rejected = Arrays.stream(Problem.values())
                .collect(Collectors.toMap(
                        Function.identity(),
                        problem -> registry.counter(
                                IngestMetrics.GATEWAY_REJECTED, IngestMetrics.TAG_REASON, problem.name()),
                        (a, b) -> a,
                        () -> new EnumMap<>(Problem.class)));
        late = registry.counter(IngestMetrics.GATEWAY_LATE);
        entriesDropped = registry.counter(IngestMetrics.GATEWAY_ENTRIES_DROPPED);
        append = registry.timer(IngestMetrics.GATEWAY_APPEND);
    }

    void request() {
        requests.increment();
    }

    /** Counts a request by its answer, once. */
    void answer(Answer answer) {
        if (answer instanceof Answer.Accepted written) {
            accepted.increment();
            entriesDropped.increment(written.droppedEntries());
            late.increment(written.countsForUptime() ? 0 : 1);
        } else if (answer instanceof Answer.Duplicate) {
            duplicate.increment();
        } else if (answer instanceof Answer.Refused refused) {
            Objects.requireNonNull(rejected.get(refused.problem())).increment();
        }
    }

    /** A refused request that is worth keeping: kept, limited or failed. */
    void reject(String outcome) {
        registry.counter(IngestMetrics.GATEWAY_REJECTS, IngestMetrics.TAG_OUTCOME, outcome)
                .increment();
    }

    void tick(boolean written) {
        registry.counter(IngestMetrics.GATEWAY_TICKS, IngestMetrics.TAG_OUTCOME, written ? "written" : "failed")
                .increment();
    }

    void unreadable(String topic) {
        registry.counter(IngestMetrics.GATEWAY_UNREADABLE, IngestMetrics.TAG_TOPIC, topic)
                .increment();
    }

    /** Begins to measure; running the result ends it. */
    Runnable appendBegins() {
        Timer.Sample sample = Timer.start(registry);
        return () -> sample.stop(append);
    }
}
