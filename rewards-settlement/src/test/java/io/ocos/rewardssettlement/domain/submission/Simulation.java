package io.ocos.rewardssettlement.domain.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.rewardssettlement.domain.submission.Points.Crash;
import io.ocos.rewardssettlement.domain.submission.SettlementChain.BatchState;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A submitter on a {@link SimulatedChain}, with a journal, batches and a clock, all in one thread. {@link Points} lie around each
 * call of the chain and of the journal.
 */
final class Simulation {

    static final int CONFIRMATIONS = 3;

    /** Entries that survive every crash, and one owner. */
    private static final class MemoryJournal {
        private final List<JournalEntry> entries = new ArrayList<>();
        private long owner;
    }

    final SimulatedChain chain = new SimulatedChain();
    final Points points = new Points();
    private final MemoryJournal journal = new MemoryJournal();
    final List<Proposal> batches = new ArrayList<>();
    BatchCheck check = batch -> new BatchCheck.Recomputed(SimulatedChain.hash("inputs " + batch.epoch()));
    SubmitterPolicy policy = policy(true, 1_000_000);
    boolean caughtUp = true;
    long millis = 1_000_000;
    private @Nullable StepResult lastResult;

    static SubmitterPolicy policy(boolean finalizes, long feeCap) {
        return policy(finalizes, feeCap, 3);
    }

    static SubmitterPolicy policy(boolean finalizes, long feeCap, int maxFailures) {
        return new SubmitterPolicy(
                SimulatedChain.CHAIN_ID,
                CONFIRMATIONS,
                finalizes,
                true,
                30_000,
                20_000,
                0,
                120,
                1_000_000,
                maxFailures,
                new FeePolicy(false, BigInteger.valueOf(feeCap), BigInteger.valueOf(feeCap)));
    }

    List<JournalEntry> entries() {
        return List.copyOf(journal.entries);
    }

    JournalState journaled() {
        return JournalState.of(journal.entries);
    }

    Proposal addBatch() {
        long number = batches.size() + 1L;
        Proposal batch = new Proposal(
                number,
                SimulatedChain.START_EPOCH + number,
                SimulatedChain.hash("root " + number),
                TokenAmount.ocos(number * 10),
                SimulatedChain.hash("artifact " + number));
        batches.add(batch);
        return batch;
    }

    void addBatches(int count) {
        for (int i = 0; i < count; i++) {
            addBatch();
        }
    }

    /** A process that begins. */
    Submitter start() {
        return start(chain);
    }

    Submitter start(SettlementChain seen) {
        long owner = ++journal.owner;
        return new Submitter(
                points.around(SettlementChain.class, seen),
                points.around(Journal.class, journal(owner)),
                source(),
                check,
                chain,
                policy,
                clock());
    }

    private Journal journal(long owner) {
        return new Journal() {
            @Override
            public List<JournalEntry> open() {
                return List.copyOf(journal.entries);
            }

            @Override
            public void append(JournalEntry entry) {
                if (journal.owner != owner) {
                    throw new FencedException("another submitter has the journal");
                }
                journal.entries.add(entry);
            }
        };
    }

    private BatchSource source() {
        return new BatchSource() {
            @Override
            public boolean isCaughtUp() {
                return caughtUp;
            }

            @Override
            public Optional<Proposal> ofNumber(long number) {
                return number >= 1 && number <= batches.size()
                        ? Optional.of(batches.get((int) number - 1))
                        : Optional.empty();
            }

            @Override
            public List<Proposal> above(long number) {
                List<Proposal> above = new ArrayList<>();
                for (int i = batches.size() - 1; i >= number; i--) {
                    above.add(batches.get(i));
                }
                return above;
            }

            @Override
            public Optional<String> contradiction() {
                return Optional.empty();
            }
        };
    }

    private Clock clock() {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return Instant.ofEpochMilli(millis);
            }
        };
    }

    /** Time goes on by a block. */
    void tick() {
        millis += SimulatedChain.BLOCK_SECONDS * 1_000;
        chain.mine();
    }

    /** A step; a process that an exception ended is begun anew. Returns the submitter to go on with. */
    Submitter step(Submitter submitter) {
        try {
            lastResult = submitter.step();
            if (!(lastResult instanceof StepResult.Acted)) {
                tick();
            }
            return submitter;
        } catch (ChainUnavailableException e) {
            // The process lives on.
            tick();
            return submitter;
        } catch (Crash | JournalException e) {
            return restart();
        }
    }

    /** Begins anew until it has begun. */
    Submitter restart() {
        while (true) {
            try {
                return start();
            } catch (Crash | ChainUnavailableException | JournalException e) {
                tick();
            }
        }
    }

    /** Runs until the newest batch is finalized for good, at most so many steps. */
    Submitter settle(Submitter from, int steps) {
        Submitter submitter = from;
        for (int i = 0; i < steps && !isSettled(); i++) {
            submitter = step(submitter);
        }
        int entries = journal.entries.size();
        assertThat(isSettled())
                .as(
                        "settled; last: %s; journal ends with %s",
                        lastResult, journal.entries.subList(Math.max(0, entries - 12), entries))
                .isTrue();
        return submitter;
    }

    boolean isSettled() {
        long newest = batches.size();
        return chain.state().lastFinalized() == newest
                && journaled().status(newest) == JournalState.BatchStatus.FINALIZED;
    }

    /** What must hold at any time: no number is proposed twice, what is final on chain is what was made, the journal is whole. */
    void checkInvariants() {
        for (Proposal batch : batches) {
            long proposed = chain.included(new Call.Propose(batch, Hash32.ZERO, 0)).stream()
                    .filter(SimulatedChain.Included::succeeded)
                    .count();
            long finalized = chain.included(new Call.Finalize(batch.number())).stream()
                    .filter(SimulatedChain.Included::succeeded)
                    .count();
            assertThat(proposed).as("proposals of batch %d", batch.number()).isLessThanOrEqualTo(1);
            assertThat(finalized)
                    .as("finalizations of batch %d", batch.number())
                    .isLessThanOrEqualTo(1);
            SettlementChain.ChainBatch onChain =
                    chain.batch(batch.number(), chain.head().number());
            if (onChain.state() != BatchState.NONE) {
                assertThat(onChain.root()).isEqualTo(batch.root());
            }
        }
        // The fold refuses what breaks the state machine.
        assertThat(journaled().size()).isEqualTo(journal.entries.size());
    }

    /** Transactions about a batch with different nonces, whatever became of them. */
    long noncesOf(Class<? extends Call> kind, long number) {
        List<Long> operations = new ArrayList<>();
        for (int i = 0; i < journal.entries.size(); i++) {
            if (journal.entries.get(i) instanceof JournalEntry.Planned planned
                    && kind.isInstance(planned.call())
                    && planned.call().number() == number) {
                operations.add((long) i);
            }
        }
        return journal.entries.stream()
                .filter(entry -> entry instanceof JournalEntry.Signed signed && operations.contains(signed.operation()))
                .map(entry -> ((JournalEntry.Signed) entry).nonce())
                .distinct()
                .count();
    }
}
