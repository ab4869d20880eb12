package io.ocos.metering.domain.usage;

/**
 * What a job has used, or by how much that rose. Sums beyond 2<sup>63</sup> − 1 stay there: no honest counter gets that far.
 *
 * @param cpuMillis CPU time, ms, ≥ 0
 * @param gpuMillis GPU time, ms, ≥ 0
 * @param egressBytes bytes sent, ≥ 0
 */
public record UsageCounters(long cpuMillis, long gpuMillis, long egressBytes) {

    /** Nothing used. */
    public static final UsageCounters ZERO = new UsageCounters(0, 0, 0);

    /** Whether nothing is used. */
    public boolean isZero() {
        return (cpuMillis | gpuMillis | egressBytes) == 0;
    }

    /** Whether any counter is below the other's. */
    public boolean isBelow(UsageCounters other) {
        return cpuMillis < other.cpuMillis || gpuMillis < other.gpuMillis || egressBytes < other.egressBytes;
    }

    UsageCounters plus(UsageCounters other) {
        return new UsageCounters(
                sum(cpuMillis, other.cpuMillis), sum(gpuMillis, other.gpuMillis), sum(egressBytes, other.egressBytes));
    }

    /** The difference to counters none of which is above these. */
    UsageCounters minus(UsageCounters lower) {
        return new UsageCounters(
                cpuMillis - lower.cpuMillis, gpuMillis - lower.gpuMillis, egressBytes - lower.egressBytes);
    }

    private static long sum(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
