package io.ocos.metering.domain.usage;

/**
 * That an entry does not count as usage.
 *
 * @param reason its code
 * @param detail what was wrong, the value, what was expected
 */
public record UsageRefusal(Reason reason, String detail) {

    /** Why an entry does not count. */
    public enum Reason {
        /** No {@code JobCreated} of this job by then. */
        UNKNOWN_JOB,
        /** The job was created, and never given to this node. */
        NOT_ASSIGNED,
        /** Read before the job was given to the node. */
        BEFORE_DISPATCH,
        /** Read after the job's deadline. */
        AFTER_DEADLINE,
        /** A counter is below its running maximum, and the node has not booted in between. */
        COUNTER_FELL,
        /** The minute is final: the record came later than SPEC 3 allows. */
        LATE
    }
}
