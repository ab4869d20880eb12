package io.ocos.metering.domain.usage;

import io.ocos.metering.domain.Acceptance;
import io.ocos.metering.domain.TelemetryPayload;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The entries of an envelope that count as usage: those that pass S1 (SPEC 3), whether or not the envelope counts for uptime.
 *
 * @param jobs readings of jobs, in the order written
 * @param storage readings of storage, in the order written
 */
public record UsageEntries(List<OfJob> jobs, List<OfAccount> storage) {

    /** A job's reading. */
    public record OfJob(Hash32 job, JobReading reading) {}

    /** An account's reading. */
    public record OfAccount(Address account, StorageReading reading) {}

    /**
     * The entries of a payload.
     *
     * @param sentAt node's clock, ms
     * @param partition source partition
     * @param offset source offset
     */
    public static UsageEntries of(TelemetryPayload payload, long sentAt, int partition, long offset) {
        int entry = payload.samples().size();
        List<OfJob> jobs = new ArrayList<>(payload.jobUsage().size());
        for (TelemetryPayload.JobUsage usage : payload.jobUsage()) {
            if (Acceptance.entryCounts(sentAt, usage.at())) {
                jobs.add(new OfJob(
                        usage.jobId(),
                        new JobReading(
                                usage.at(),
                                new UsageCounters(usage.cpuMillis(), usage.gpuMillis(), usage.egressBytes()),
                                bootId(payload.samples(), usage.at()),
                                partition,
                                offset,
                                entry)));
            }
            entry++;
        }
        List<OfAccount> storage = new ArrayList<>(payload.storageUsage().size());
        for (TelemetryPayload.StorageUsage usage : payload.storageUsage()) {
            if (Acceptance.entryCounts(sentAt, usage.at())) {
                storage.add(new OfAccount(
                        usage.account(),
                        new StorageReading(usage.at(), usage.bytesStored(), partition, offset, entry)));
            }
            entry++;
        }
        return new UsageEntries(jobs, storage);
    }

    /** Whether there is none. */
    public boolean isEmpty() {
        return jobs.isEmpty() && storage.isEmpty();
    }

    /** Of the last sample up to a time; of the first after it when there is none before; null without samples. */
    private static @Nullable Long bootId(List<TelemetryPayload.Sample> samples, long at) {
        TelemetryPayload.Sample best = null;
        for (TelemetryPayload.Sample sample : samples) {
            if (best == null || isBetter(sample, best, at)) {
                best = sample;
            }
        }
        return best == null ? null : best.bootId();
    }

    private static boolean isBetter(TelemetryPayload.Sample sample, TelemetryPayload.Sample best, long at) {
        boolean before = sample.at() <= at;
        boolean bestBefore = best.at() <= at;
        if (before != bestBefore) {
            return before;
        }
        return before ? sample.at() > best.at() : sample.at() < best.at();
    }
}
