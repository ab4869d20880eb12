package io.ocos.rewardssettlement.domain.submission;

import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;

/**
 * What the submitter saw last, to be shown.
 *
 * @param head newest block
 * @param newestBatch newest batch that was made, 0 before the first
 * @param lastProposed number, 0 before the first
 * @param pending number of the batch in its challenge window, 0 when there is none
 * @param lastFinalized number, 0 before the first
 * @param shortfall what the treasury lacks, in balance or allowance, to fund the pending or newest batch, wei
 * @param balance of the submitter's account, wei of the chain's own coin
 */
public record SubmitterView(
        long head,
        long newestBatch,
        long lastProposed,
        long pending,
        long lastFinalized,
        TokenAmount shortfall,
        BigInteger balance) {

    /** Before the chain was seen. */
    public static final SubmitterView NOTHING = new SubmitterView(-1, 0, 0, 0, 0, TokenAmount.ZERO, BigInteger.ZERO);
}
