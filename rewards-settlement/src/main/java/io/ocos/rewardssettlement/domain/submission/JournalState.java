package io.ocos.rewardssettlement.domain.submission;

import io.ocos.rewardssettlement.domain.submission.JournalEntry.BatchFinalized;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.BatchVetoed;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Confirmed;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Failed;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Failure;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Halted;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Mined;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Planned;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Resumed;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Sent;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Signed;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.BlockRef;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the journal says: the fold of its entries. Refuses an entry that cannot follow the ones before it, so a journal that
 * can be read obeys the state machine.
 */
public final class JournalState {

    /** Where a batch is. */
    public enum BatchStatus {
        /** Neither planned nor skipped. */
        NONE,
        PLANNED,
        SIGNED,
        SENT,
        MINED,
        CONFIRMED,
        FINALIZED,
        VETOED,
        /** A newer batch was proposed in its stead; its amounts are in that one. */
        SUPERSEDED,
        /** Its proposal came to nothing; it is planned anew, or a newer one is. */
        FAILED
    }

    private record Proposed(long lastProposed, BatchStatus status) {}

    private final TreeMap<Long, Operation> open = new TreeMap<>();
    private final TreeMap<Long, Proposed> batches = new TreeMap<>();
    private long size;
    private @Nullable BlockRef anchor;
    private @Nullable Halted halted;
    private long haltedAt;
    private @Nullable Call lastFailed;
    private int failures;

    /** The state after all entries of a journal. */
    public static JournalState of(List<JournalEntry> entries) {
        JournalState state = new JournalState();
        entries.forEach(state::apply);
        return state;
    }

    /** Number of entries so far = index of the next one. */
    public long size() {
        return size;
    }

    /** The transaction about a batch that may be in the chain or get there; at most one at a time. */
    public Optional<Operation> open() {
        return open.values().stream()
                .filter(operation -> !(operation.call() instanceof Call.Fill)
                        && !operation.attempts().isEmpty())
                .findFirst();
    }

    /** The transactions that fill nonces, and may be in the chain or get there; by nonce. */
    public SortedMap<Long, Operation> fills() {
        TreeMap<Long, Operation> fills = new TreeMap<>();
        open.values().stream()
                .filter(operation -> operation.call() instanceof Call.Fill
                        && !operation.attempts().isEmpty())
                .forEach(operation -> fills.put(operation.nonce(), operation));
        return fills;
    }

    /** The operation that was planned, and not signed. */
    Optional<Operation> planned() {
        return open.values().stream()
                .filter(operation -> operation.attempts().isEmpty())
                .findFirst();
    }

    /** The block of the last transaction that was final: if it ever leaves the chain, a reorg went too deep. */
    public Optional<BlockRef> anchor() {
        return Optional.ofNullable(anchor);
    }

    /** Why it halted; empty while it works. */
    public Optional<String> halted() {
        return Optional.ofNullable(halted).map(Halted::reason);
    }

    /** Index of the entry that halted it. */
    public long haltedAt() {
        return haltedAt;
    }

    /** How often in a row a call like this one, of the same batch, reverted. */
    public int failures(Call call) {
        return lastFailed != null && sameMatter(lastFailed, call) ? failures : 0;
    }

    /** Where a batch is. */
    public BatchStatus status(long number) {
        Map.Entry<Long, Proposed> entry = batches.ceilingEntry(number);
        while (entry != null) {
            if (entry.getKey() == number) {
                return entry.getValue().status();
            }
            // A batch that failed has superseded nothing.
            if (entry.getValue().status() != BatchStatus.FAILED) {
                return entry.getValue().lastProposed() < number ? BatchStatus.SUPERSEDED : BatchStatus.NONE;
            }
            entry = batches.higherEntry(entry.getKey());
        }
        return BatchStatus.NONE;
    }

    /** The batch whose proposal is final, and which was not seen finalized or vetoed; at most one at a time. */
    public Optional<Long> undecided() {
        return batches.entrySet().stream()
                .filter(entry -> entry.getValue().status() == BatchStatus.CONFIRMED)
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /**
     * Adds the next entry.
     *
     * @throws IllegalStateException when it cannot follow the ones before it
     */
    public void apply(JournalEntry entry) {
        long index = size;
        if (entry instanceof Planned planned) {
            plan(index, planned.call());
        } else if (entry instanceof Signed signed) {
            sign(signed);
        } else if (entry instanceof Sent sent) {
            Operation operation = operation(sent.operation(), entry);
            require(operation.has(sent.hash()), entry, "of a transaction that was not signed");
            operation.sent();
            status(operation.call(), BatchStatus.SENT);
        } else if (entry instanceof Mined mined) {
            Operation operation = operation(mined.operation(), entry);
            require(operation.has(mined.hash()), entry, "of a transaction that was not signed");
            operation.mined(mined.hash(), mined.block());
            status(operation.call(), BatchStatus.MINED);
        } else if (entry instanceof Confirmed confirmed) {
            Operation operation = operation(confirmed.operation(), entry);
            require(
                    operation.isMinedAs(confirmed.hash(), confirmed.block()),
                    entry,
                    "of a transaction not mined there");
            open.remove(confirmed.operation());
            anchor = confirmed.block();
            status(operation.call(), BatchStatus.CONFIRMED);
            if (lastFailed != null && sameMatter(lastFailed, operation.call())) {
                lastFailed = null;
            }
        } else if (entry instanceof Failed failed) {
            fail(failed);
        } else if (entry instanceof BatchFinalized finalized) {
            decide(finalized.number(), BatchStatus.FINALIZED, entry);
        } else if (entry instanceof BatchVetoed vetoed) {
            decide(vetoed.number(), BatchStatus.VETOED, entry);
        } else if (entry instanceof Halted halt) {
            require(halted == null, entry, "though it is halted");
            halted = halt;
            haltedAt = index;
        } else if (entry instanceof Resumed resumed) {
            require(halted != null && resumed.halt() == haltedAt, entry, "of a halt that is not in force");
            halted = null;
            // A person has looked at it: from here on the chain says what is proposed and final, whatever was before.
            anchor = null;
            lastFailed = null;
            batches.clear();
        }
        size = index + 1;
    }

    private void plan(long index, Call call) {
        require(halted == null, call, "though it is halted");
        open.values().removeIf(operation -> operation.attempts().isEmpty());
        if (!(call instanceof Call.Fill)) {
            require(open().isEmpty(), call, "while another transaction is under way");
        }
        if (call instanceof Call.Propose propose) {
            for (Map.Entry<Long, Proposed> later :
                    batches.tailMap(call.number(), true).entrySet()) {
                BatchStatus status = later.getValue().status();
                require(
                        status == BatchStatus.FAILED || status == BatchStatus.PLANNED,
                        call,
                        "though batch %d is %s".formatted(later.getKey(), status));
            }
            batches.values().removeIf(proposed -> proposed.status() == BatchStatus.PLANNED);
            batches.put(call.number(), new Proposed(propose.lastProposed(), BatchStatus.PLANNED));
        }
        open.put(index, new Operation(index, call));
    }

    private void sign(Signed signed) {
        Operation operation = operation(signed.operation(), signed);
        if (!operation.attempts().isEmpty()) {
            require(operation.nonce() == signed.nonce(), signed, "with another nonce than " + operation.nonce());
            Fees before = operation.latest().fees();
            require(
                    enough(before.maxFeePerGas(), signed.fees().maxFeePerGas())
                            && enough(
                                    before.maxPriorityFeePerGas(), signed.fees().maxPriorityFeePerGas()),
                    signed,
                    "with less than 12.5 % above " + before);
        }
        for (Operation other : open.values()) {
            require(
                    other == operation || other.attempts().isEmpty() || other.nonce() != signed.nonce(),
                    signed,
                    "with the nonce of operation " + other.id());
        }
        operation.signed(signed);
        status(operation.call(), BatchStatus.SIGNED);
    }

    private static boolean enough(BigInteger before, BigInteger after) {
        return after.shiftLeft(3).compareTo(before.multiply(BigInteger.valueOf(9))) >= 0 && after.compareTo(before) > 0;
    }

    private void fail(Failed failed) {
        Operation operation = operation(failed.operation(), failed);
        open.remove(failed.operation());
        Call call = operation.call();
        if (call instanceof Call.Propose propose) {
            batches.put(call.number(), new Proposed(propose.lastProposed(), BatchStatus.FAILED));
        }
        if (failed.failure() == Failure.REVERTED) {
            failures = failures(call) + 1;
            lastFailed = call;
        }
    }

    private void decide(long number, BatchStatus status, JournalEntry entry) {
        Proposed proposed = batches.get(number);
        require(
                proposed != null && proposed.status() == BatchStatus.CONFIRMED,
                entry,
                "though its proposal is not confirmed");
        if (proposed != null) {
            batches.put(number, new Proposed(proposed.lastProposed(), status));
        }
    }

    private void status(Call call, BatchStatus status) {
        if (call instanceof Call.Propose propose) {
            batches.put(call.number(), new Proposed(propose.lastProposed(), status));
        }
    }

    private Operation operation(long id, JournalEntry entry) {
        Operation operation = open.get(id);
        if (operation == null) {
            throw new IllegalStateException(
                    "journal entry %d: %s: there is no such operation under way".formatted(size, entry));
        }
        return operation;
    }

    private static boolean sameMatter(Call a, Call b) {
        return a.getClass() == b.getClass() && a.number() == b.number();
    }

    private void require(boolean holds, Object entry, String otherwise) {
        if (!holds) {
            throw new IllegalStateException("journal entry %d: %s: %s".formatted(size, entry, otherwise));
        }
    }
}
