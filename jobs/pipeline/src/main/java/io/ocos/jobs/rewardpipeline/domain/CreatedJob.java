package io.ocos.jobs.rewardpipeline.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.Hash32;
import java.math.BigInteger;

/**
 * A {@code JobCreated} (SPEC 2.2, 6). Of several with one job id the first in chain order counts.
 *
 * @param timeSeconds of its block
 * @param challenge whether its kind is CHALLENGE
 */
public record CreatedJob(
        long blockNumber,
        long logIndex,
        long timeSeconds,
        Address customer,
        boolean challenge,
        BigInteger deadlineSeconds) {

    private static final Hash32 CHALLENGE = Hash32.ofName("CHALLENGE");

    /** The job as its event says it. */
    public static CreatedJob of(long blockNumber, long logIndex, long timeSeconds, ChainFact.JobCreated event) {
        return new CreatedJob(
                blockNumber,
                logIndex,
                timeSeconds,
                event.customer(),
                event.kind().equals(CHALLENGE),
                event.deadlineSeconds());
    }

    /** Whether it comes before a position in chain order. */
    public boolean isBefore(long block, long log) {
        return blockNumber < block || (blockNumber == block && logIndex < log);
    }
}
