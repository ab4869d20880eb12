package io.ocos.rewardssettlement.domain.submission;

import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.util.Optional;

/**
 * The chain, as far as the submitter has to do with it. {@link #send} is the one call with an effect. Every method throws
 * {@link ChainUnavailableException} when there is no answer; a send may then have happened all the same.
 */
public interface SettlementChain {

    /** A block by number and hash. */
    record BlockRef(long number, Hash32 hash) {
        @Override
        public String toString() {
            return "%d (%s)".formatted(number, hash);
        }
    }

    /**
     * A block.
     *
     * @param timeSeconds since the Unix epoch
     */
    record Block(BlockRef ref, long timeSeconds) {
        public long number() {
            return ref.number();
        }
    }

    /** What became of a batch number on chain. */
    enum BatchState {
        NONE,
        PENDING,
        VETOED,
        FINALIZED
    }

    /**
     * A batch on chain.
     *
     * @param challengeEndsAt seconds since the Unix epoch
     */
    record ChainBatch(BatchState state, Hash32 root, long epoch, TokenAmount cumulativeTotal, long challengeEndsAt) {}

    /**
     * The contract at a block.
     *
     * @param pending number of the batch that waits, 0 when none does
     * @param lastProposed 0 when none was
     * @param lastFinalized 0 when none was
     * @param finalizedTotal wei
     * @param epochCap wei
     * @param treasuryBalance wei that the treasury holds
     * @param treasuryAllowance wei that it lets the contract take
     */
    record Contract(
            boolean paused,
            boolean proposalsHalted,
            long pending,
            long lastProposed,
            long lastFinalized,
            long lastFinalizedEpoch,
            TokenAmount finalizedTotal,
            TokenAmount epochCap,
            long epochSeconds,
            TokenAmount treasuryBalance,
            TokenAmount treasuryAllowance) {}

    /**
     * The submitter's account at a block.
     *
     * @param nonce number of its transactions
     * @param balance wei of the chain's own coin
     * @param proposer whether it may propose
     */
    record Account(long nonce, BigInteger balance, boolean proposer) {}

    /** That a transaction is in a block. */
    record Receipt(BlockRef block, boolean succeeded, long gasUsed) {}

    /**
     * What the chain asks for.
     *
     * @param baseFee of the next block, wei per gas; empty on a chain without EIP-1559
     * @param priorityFee that the node suggests, wei per gas
     * @param gasPrice that the node suggests for legacy transactions, wei per gas
     */
    record FeeQuote(Optional<BigInteger> baseFee, BigInteger priorityFee, BigInteger gasPrice) {}

    /**
     * What a call would do now.
     *
     * @param gas that it takes; 0 when it is refused
     * @param refusal why the contract would refuse it
     */
    record Estimate(long gas, Optional<String> refusal) {}

    /** What a node said to a transaction. */
    enum SendStatus {
        /** It is in the pool, now or before. */
        ACCEPTED,
        /** Its nonce is used. */
        NONCE_TOO_LOW,
        /** It offers too little, or too little more than another of the same nonce. */
        UNDERPRICED,
        /** The account cannot pay for it. */
        INSUFFICIENT_FUNDS,
        /** Anything else. */
        REFUSED
    }

    /**
     * A node's answer to a transaction.
     *
     * @param detail the node's words
     */
    record SendResult(SendStatus status, String detail) {}

    /** The chain's id. */
    long chainId();

    /** Whether there is a settlement contract at the address: its code answers as one. */
    boolean hasContract();

    /** The newest block. */
    Block head();

    /** The block of a number in the chain as it is now; empty above the head. */
    Optional<Block> block(long number);

    /** The contract at a block of the chain as it is now. */
    Contract contract(long blockNumber);

    /** A batch at a block of the chain as it is now. */
    ChainBatch batch(long number, long blockNumber);

    /** The submitter's account at a block of the chain as it is now. */
    Account account(long blockNumber);

    /** The account's next nonce when all that is in the pool is counted. */
    long pendingNonce();

    /** The receipt of a transaction that is in a block. */
    Optional<Receipt> receipt(Hash32 transaction);

    /** Whether a transaction is in a block or in the pool. */
    boolean knows(Hash32 transaction);

    /** What to offer. */
    FeeQuote fees();

    /** What a call of the submitter would do now. */
    Estimate estimate(Call call);

    /** Hands a transaction in. */
    SendResult send(String raw);
}
