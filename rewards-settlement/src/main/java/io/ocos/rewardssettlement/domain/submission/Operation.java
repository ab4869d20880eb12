package io.ocos.rewardssettlement.domain.submission;

import io.ocos.rewardssettlement.domain.submission.JournalEntry.Signed;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.BlockRef;
import io.ocos.schemas.domain.Hash32;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A transaction on its way: one call, one nonce, one or more attempts, of which at most one gets into the chain. */
public final class Operation {

    /** Where it is. */
    public enum State {
        PLANNED,
        SIGNED,
        SENT,
        MINED
    }

    private final long id;
    private final Call call;
    private final List<Signed> attempts = new ArrayList<>();
    private State state = State.PLANNED;
    private @Nullable Hash32 minedHash;
    private @Nullable BlockRef minedBlock;

    Operation(long id, Call call) {
        this.id = id;
        this.call = call;
    }

    /** Index of its {@code Planned} entry. */
    public long id() {
        return id;
    }

    public Call call() {
        return call;
    }

    public State state() {
        return state;
    }

    /** Oldest first. */
    public List<Signed> attempts() {
        return List.copyOf(attempts);
    }

    /** The newest attempt. */
    public Signed latest() {
        return attempts.get(attempts.size() - 1);
    }

    /** The nonce of all attempts. */
    public long nonce() {
        return latest().nonce();
    }

    /** Whether it is known to be in the chain as this attempt in this block. */
    boolean isMinedAs(Hash32 hash, BlockRef block) {
        return state == State.MINED && hash.equals(minedHash) && block.equals(minedBlock);
    }

    /** The attempt that is in the chain. */
    Optional<Hash32> minedHash() {
        return Optional.ofNullable(minedHash);
    }

    boolean has(Hash32 hash) {
        return attempts.stream().anyMatch(attempt -> attempt.hash().equals(hash));
    }

    void signed(Signed attempt) {
        attempts.add(attempt);
        state = State.SIGNED;
    }

    void sent() {
        state = State.SENT;
        minedHash = null;
        minedBlock = null;
    }

    void mined(Hash32 hash, BlockRef block) {
        state = State.MINED;
        minedHash = hash;
        minedBlock = block;
    }
}
