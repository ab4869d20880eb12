package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.AvroValues;

/**
 * A job event that passed J1.
 *
 * @param at when it happened, ms
 * @param recordedAt writer's clock, ms
 * @param source where it came from, kept for the case that it is refused
 */
public record JobRecord(JobEventType type, Hash32 jobId, Address node, long at, long recordedAt, RawRecord source) {

    /** Minute to which it belongs. */
    public long minute() {
        return Minutes.of(at);
    }

    /** The record of an event whose times are not negative. */
    public static JobRecord of(JobEvent event, RawRecord source) {
        return new JobRecord(
                event.getType(),
                AvroValues.hash32(event.getJobId()),
                AvroValues.address(event.getNode()),
                event.getAt(),
                event.getRecordedAt(),
                source);
    }
}
