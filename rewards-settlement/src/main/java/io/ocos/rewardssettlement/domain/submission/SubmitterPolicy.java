package io.ocos.rewardssettlement.domain.submission;

/**
 * How the submitter behaves.
 *
 * @param chainId EIP-155 chain id that the chain must have
 * @param confirmations blocks that must lie above a block before what is in it is done, at least 1
 * @param finalizes whether it also finalizes batches when their window is over and they are funded
 * @param requireRecomputed whether a batch is proposed only when it was recomputed from the archived inputs
 * @param replaceAfterMillis how long a transaction waits to be mined before one that offers more replaces it
 * @param gapAfterMillis how long a nonce below ours may stay unused before it is filled
 * @param recheckAfterMillis how long after it was found wanting a batch is checked again
 * @param gasHeadroomPercent gas limit in percent of the estimate, at least 100
 * @param maxGas gas limit above which nothing is signed
 * @param maxFailures transactions about one batch that may revert in a row before the submitter halts, at least 1
 * @param fees what it offers
 */
public record SubmitterPolicy(
        long chainId,
        int confirmations,
        boolean finalizes,
        boolean requireRecomputed,
        long replaceAfterMillis,
        long gapAfterMillis,
        long recheckAfterMillis,
        int gasHeadroomPercent,
        long maxGas,
        int maxFailures,
        FeePolicy fees) {}
