package io.ocos.rewardssettlement.domain.submission;

import io.ocos.rewardssettlement.domain.submission.SettlementChain.BlockRef;
import io.ocos.schemas.domain.Hash32;

/**
 * A step of the submitter. A transaction goes PLANNED → SIGNED → SENT → MINED → CONFIRMED, or FAILED; back to SIGNED when
 * another attempt of the same nonce replaces it, back to SENT when a reorg takes it out of the chain. {@code operation} is the
 * index of its {@link Planned} entry in the journal.
 */
public sealed interface JournalEntry {

    /** Why a transaction came to nothing. */
    enum Failure {
        /** It is in the chain, and the contract refused it. */
        REVERTED,
        /** Another transaction of the same key has its nonce, for good. */
        NONCE_TAKEN
    }

    /** What was decided. Nothing was signed yet. */
    record Planned(long at, Call call) implements JournalEntry {}

    /**
     * An attempt, which may be sent from now on, and may have been whatever follows.
     *
     * @param raw the signed bytes, 0x-hex
     */
    record Signed(long at, long operation, long nonce, long gasLimit, Fees fees, Hash32 hash, String raw)
            implements JournalEntry {}

    /** A node has taken the attempt; or a reorg has put it back to there. */
    record Sent(long at, long operation, Hash32 hash) implements JournalEntry {}

    /** The attempt is in a block. */
    record Mined(long at, long operation, Hash32 hash, BlockRef block, boolean succeeded) implements JournalEntry {}

    /** The block has enough blocks above it; the attempt succeeded. */
    record Confirmed(long at, long operation, Hash32 hash, BlockRef block) implements JournalEntry {}

    /** None of the attempts can have an effect any more. */
    record Failed(long at, long operation, Failure failure, String detail) implements JournalEntry {}

    /** A batch that was proposed is finalized, in a block that has enough above it. */
    record BatchFinalized(long at, long number) implements JournalEntry {}

    /** A batch that was proposed is vetoed, in a block that has enough above it. */
    record BatchVetoed(long at, long number) implements JournalEntry {}

    /** Nothing is done any more, until a person says so. */
    record Halted(long at, String reason) implements JournalEntry {}

    /**
     * A person has said so.
     *
     * @param halt index of the {@link Halted} entry
     */
    record Resumed(long at, long halt) implements JournalEntry {}

    /** When it was written, ms UTC. */
    long at();
}
