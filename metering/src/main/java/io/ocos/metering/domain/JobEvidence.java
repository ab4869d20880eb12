package io.ocos.metering.domain;

import io.ocos.schemas.avro.JobEventType;
import java.math.BigInteger;

/** Which job events count as evidence (SPEC 6). Times are milliseconds unless their name says seconds. */
public final class JobEvidence {

    /** Milliseconds within which an event must be recorded. */
    public static final long MAX_DELAY_MILLIS = 60_000;

    private static final BigInteger GRACE_MILLIS = BigInteger.valueOf(2_592_000_000L);
    private static final BigInteger MILLIS_PER_SECOND = BigInteger.valueOf(1_000);

    private JobEvidence() {}

    /** J1: recorded when it happened or at most a minute later. */
    public static boolean isTimely(long at, long recordedAt) {
        return recordedAt >= at && recordedAt - at <= MAX_DELAY_MILLIS;
    }

    /** Whether J2 asks for the job's creation. */
    public static boolean needsJob(JobEventType type) {
        return type == JobEventType.VERIFIED || type == JobEventType.FAILED || type == JobEventType.MISMATCH;
    }

    /** The last time at which an event of a job can count, ms; {@link Long#MAX_VALUE} when that is later. */
    public static long lastMillis(BigInteger deadlineSeconds) {
        return deadlineSeconds
                .multiply(MILLIS_PER_SECOND)
                .add(GRACE_MILLIS)
                .min(BigInteger.valueOf(Long.MAX_VALUE))
                .longValueExact();
    }

    /**
     * J2: between the creation of the job and 30 days after its deadline.
     *
     * @param createdSeconds block time of the job's first {@code JobCreated}
     * @param deadlineSeconds its deadline, any uint256
     */
    public static boolean isOfJob(long at, long createdSeconds, BigInteger deadlineSeconds) {
        return createdSeconds <= at / 1_000 // as createdSeconds · 1000 ≤ at, which could overflow
                && at <= lastMillis(deadlineSeconds);
    }
}
