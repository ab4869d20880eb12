package io.ocos.rewardssettlement.domain.review;

import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;

/**
 * What identifies a batch (SPEC 10), as one source has it.
 *
 * @param root Merkle root
 * @param total Σ cumulative, wei
 * @param delta rise of the total since the batch before, wei
 * @param payees number of leaves
 * @param cid content identifier of the artifact
 */
public record BatchFacts(
        long number, long epoch, Hash32 root, TokenAmount total, TokenAmount delta, long payees, String cid) {

    /** Computed from the lines. */
    public static BatchFacts of(Batch batch) {
        return new BatchFacts(
                batch.number(),
                batch.epoch(),
                batch.root(),
                batch.cumulativeTotal(),
                batch.delta(),
                batch.lines().size(),
                batch.cid());
    }
}
