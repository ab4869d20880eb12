package io.ocos.jobs.rewardpipeline.domain;

import io.ocos.metering.domain.JobEvidence;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.domain.Address;
import org.jspecify.annotations.Nullable;

/** What becomes of a VERIFIED, FAILED or MISMATCH once its minute closes (SPEC 6). */
public enum JobVerdict {
    /** It counts, and changes the node's minutes. */
    EVIDENCE,
    /** It counts and changes nothing: VERIFIED of a job that is no challenge. */
    COUNTED,
    /** An event of this type, job and node with a smaller time has counted. */
    DUPLICATE,
    /** J2 fails. */
    REJECTED;

    /** What happened to whom: of each the event with the smallest time counts. */
    public record Occurrence(JobEventType type, Address node) {}

    /**
     * The verdict on an event; events of a job are judged in the order of their times.
     *
     * @param at when it happened, ms
     * @param created the job, null when there is none up to the end of the event's minute
     * @param isNew whether no event of this type, job and node has counted
     */
    public static JobVerdict of(JobEventType type, long at, @Nullable CreatedJob created, boolean isNew) {
        if (created == null || !JobEvidence.isOfJob(at, created.timeSeconds(), created.deadlineSeconds())) {
            return REJECTED;
        }
        if (!isNew) {
            return DUPLICATE;
        }
        return type == JobEventType.VERIFIED && !created.challenge() ? COUNTED : EVIDENCE;
    }
}
