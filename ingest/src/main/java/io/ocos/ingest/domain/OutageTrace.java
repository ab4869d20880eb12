package io.ocos.ingest.domain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Outages replayed from a recorded trace, faster than they were by a factor. The trace's nodes are spread evenly over the
 * plan's; its time runs from its first outage to the end of its last, again and again.
 */
public final class OutageTrace implements Availability {

    private final List<List<Outage>> byNode;
    private final int planNodes;
    private final long startMillis;
    private final long spanMillis;
    private final int acceleration;

    /**
     * @param byNode outages of each node of the trace, in any order, which may overlap; at least one outage in all
     * @param planNodes nodes of the plan
     * @param acceleration ≥ 1: trace time per real time
     */
    public OutageTrace(List<List<Outage>> byNode, int planNodes, int acceleration) {
        this.byNode = byNode.stream().map(OutageTrace::merge).toList();
        this.planNodes = planNodes;
        this.acceleration = acceleration;
        this.startMillis = byNode.stream()
                .flatMap(List::stream)
                .mapToLong(Outage::fromMillis)
                .min()
                .orElseThrow(() -> new IllegalArgumentException("trace without outages, expected at least one"));
        this.spanMillis = byNode.stream()
                        .flatMap(List::stream)
                        .mapToLong(Outage::untilMillis)
                        .max()
                        .orElseThrow()
                - startMillis;
    }

    @Override
    public Optional<Uptime> uptime(int node, long timeMillis) {
        long run = Math.multiplyExact(timeMillis, acceleration) / spanMillis;
        long traceTime = startMillis + Math.multiplyExact(timeMillis, acceleration) % spanMillis;
        long upSince = startMillis;
        for (Outage outage : byNode.get((int) ((long) node * byNode.size() / planNodes))) {
            if (outage.fromMillis > traceTime) {
                break;
            }
            if (outage.untilMillis > traceTime) {
                return Optional.empty();
            }
            upSince = outage.untilMillis;
        }
        return Optional.of(new Uptime(run * spanMillis + upSince, (traceTime - upSince) / acceleration));
    }

    /** In order of time, overlapping outages made one, empty ones left out. */
    static List<Outage> merge(List<Outage> outages) {
        List<Outage> merged = new ArrayList<>();
        outages.stream()
                .filter(outage -> outage.untilMillis > outage.fromMillis)
                .sorted(Comparator.comparingLong(Outage::fromMillis))
                .forEach(next -> {
                    int last = merged.size() - 1;
                    if (last >= 0 && merged.get(last).untilMillis >= next.fromMillis) {
                        Outage before = merged.get(last);
                        merged.set(last, new Outage(before.fromMillis, Math.max(before.untilMillis, next.untilMillis)));
                    } else {
                        merged.add(next);
                    }
                });
        return List.copyOf(merged);
    }

    /**
     * A time in which a node was down, ms UTC.
     *
     * @param fromMillis first moment down
     * @param untilMillis first moment up again
     */
    public record Outage(long fromMillis, long untilMillis) {}
}
