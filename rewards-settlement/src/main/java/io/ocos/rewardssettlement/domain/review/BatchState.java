package io.ocos.rewardssettlement.domain.review;

import io.ocos.rewardssettlement.domain.submission.SettlementChain;

/** How far a batch is (SPEC 11); the values of column {@code settlement_batches.state}. */
public enum BatchState {
    /** It was made, and nothing else. */
    CREATED,
    /** It is in its challenge window, or after it and not finalized. */
    PROPOSED,
    /** Its amounts can be claimed. */
    FINALIZED,
    /** The guardian has refused it; a later batch has its amounts too. */
    VETOED,
    /** It can no longer be proposed: a later number was. That one has its amounts too. */
    SUPERSEDED;

    /**
     * The state of a batch that was made.
     *
     * @param onChain what the contract says of the number
     * @param lastProposed the highest number that was proposed, 0 when none was
     */
    public static BatchState of(long number, SettlementChain.BatchState onChain, long lastProposed) {
        return switch (onChain) {
            case NONE -> number <= lastProposed ? SUPERSEDED : CREATED;
            case PENDING -> PROPOSED;
            case VETOED -> VETOED;
            case FINALIZED -> FINALIZED;
        };
    }
}
