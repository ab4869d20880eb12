package io.ocos.metering.domain.usage;

import java.util.Comparator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A node's counters of a job at a time. Two are duplicates when they differ in nothing but their source.
 *
 * @param at node's clock, ms
 * @param counters cumulative
 * @param bootId of the samples beside it; null when there are none
 * @param partition source partition of the envelope
 * @param offset source offset of the envelope
 * @param entry index in the payload, of all its entries
 */
public record JobReading(
        long at, UsageCounters counters, @Nullable Long bootId, int partition, long offset, int entry) {

    /** By time, then by what they say: so that the order depends on the set alone. */
    static final Comparator<JobReading> ORDER = Comparator.comparingLong(JobReading::at)
            .thenComparing(
                    JobReading::counters,
                    Comparator.comparingLong(UsageCounters::cpuMillis)
                            .thenComparingLong(UsageCounters::gpuMillis)
                            .thenComparingLong(UsageCounters::egressBytes))
            .thenComparing(JobReading::bootId, Comparator.nullsFirst(Comparator.naturalOrder()));

    boolean isDuplicateOf(JobReading other) {
        return at == other.at && counters.equals(other.counters) && Objects.equals(bootId, other.bootId);
    }
}
