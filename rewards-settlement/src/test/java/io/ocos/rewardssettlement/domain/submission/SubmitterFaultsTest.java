package io.ocos.rewardssettlement.domain.submission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.rewardssettlement.domain.submission.JournalEntry.Failed;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Failure;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Sent;
import io.ocos.rewardssettlement.domain.submission.JournalEntry.Signed;
import io.ocos.rewardssettlement.domain.submission.JournalState.BatchStatus;
import io.ocos.rewardssettlement.domain.submission.StepResult.Acted;
import io.ocos.rewardssettlement.domain.submission.StepResult.Halted;
import io.ocos.rewardssettlement.domain.submission.StepResult.Waiting;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Faults 21–31 and bad input 39 and 41 of the settlement, by their numbers. */
class SubmitterFaultsTest {

    private static final int STEPS = 500;

    private final Simulation world = new Simulation();

    /** Steps until the chain would have to move. */
    private static StepResult settleSteps(Submitter submitter) {
        StepResult result = submitter.step();
        while (result instanceof Acted) {
            result = submitter.step();
        }
        return result;
    }

    private <T extends JournalEntry> List<T> entries(Class<T> type) {
        return world.entries().stream().filter(type::isInstance).map(type::cast).toList();
    }

    private Submitter submitterWithOneSent() {
        world.addBatch();
        Submitter submitter = world.start();
        settleSteps(submitter);
        assertThat(world.journaled().status(1)).isEqualTo(BatchStatus.SENT);
        return submitter;
    }

    @Test
    void fault21TimeoutAfterTheTransactionWasAccepted() {
        world.addBatch();
        List<String> sends = new ArrayList<>();
        SettlementChain timingOut = new Delegate(world.chain) {
            @Override
            public SendResult send(String raw) {
                sends.add(raw);
                super.send(raw);
                throw new ChainUnavailableException("timeout");
            }
        };
        Submitter submitter = world.start(timingOut);
        assertThat(submitter.step()).isInstanceOf(Acted.class);
        assertThatThrownBy(submitter::step).isInstanceOf(ChainUnavailableException.class);
        assertThat(world.journaled().status(1)).isEqualTo(BatchStatus.SIGNED);

        Submitter next = world.start(timingOut);
        assertThat(settleSteps(next)).isInstanceOf(Waiting.class);
        assertThat(world.journaled().status(1)).isEqualTo(BatchStatus.SENT);
        assertThat(sends).as("it was looked up, not sent again").hasSize(1);
        world.settle(world.restart(), STEPS);
        assertThat(world.noncesOf(Call.Propose.class, 1)).isEqualTo(1);
        world.checkInvariants();
    }

    @Test
    void fault22DroppedFromThePool() {
        Submitter submitter = submitterWithOneSent();
        Signed before = world.journaled().open().orElseThrow().latest();
        world.chain.dropPool();
        assertThat(settleSteps(submitter)).isInstanceOf(Waiting.class);
        assertThat(world.chain.pool.values())
                .extracting(SimulatedChain.Transaction::hash)
                .containsExactly(before.hash());
        world.settle(submitter, STEPS);
        assertThat(entries(Signed.class))
                .filteredOn(signed -> signed.nonce() == before.nonce())
                .hasSize(1);
        world.checkInvariants();
    }

    @Test
    void fault23UnderpricedAndStuckIsReplacedBySameNonce() {
        Submitter submitter = submitterWithOneSent();
        Signed first = world.journaled().open().orElseThrow().latest();
        world.chain.baseFee = BigInteger.valueOf(10_000);
        world.settle(submitter, STEPS);
        List<Signed> attempts = entries(Signed.class).stream()
                .filter(signed -> signed.nonce() == first.nonce())
                .toList();
        assertThat(attempts).hasSize(2);
        Fees replaced = attempts.get(1).fees();
        assertThat(replaced.maxFeePerGas()).isGreaterThanOrEqualTo(BigInteger.valueOf(20_000));
        assertThat(replaced.maxPriorityFeePerGas().multiply(BigInteger.valueOf(8)))
                .isGreaterThanOrEqualTo(first.fees().maxPriorityFeePerGas().multiply(BigInteger.valueOf(9)));
        assertThat(world.chain.state().nonce()).isEqualTo(2);
        world.checkInvariants();
    }

    @Test
    void fault23AboveTheCapItWaitsAndSaysSo() {
        world.policy = Simulation.policy(true, 300);
        Submitter submitter = submitterWithOneSent();
        world.chain.baseFee = BigInteger.valueOf(10_000);
        StepResult last = submitter.step();
        for (int i = 0; i < 60; i++) {
            world.tick();
            last = submitter.step();
        }
        assertThat(last).isInstanceOfSatisfying(Waiting.class, waiting -> assertThat(waiting.problems())
                .singleElement()
                .asString()
                .contains("above the cap of 300 wei"));
        assertThat(entries(Signed.class))
                .allSatisfy(signed ->
                        assertThat(signed.fees().maxFeePerGas()).isLessThanOrEqualTo(BigInteger.valueOf(300)));
        world.chain.baseFee = BigInteger.valueOf(100);
        world.settle(submitter, STEPS);
        assertThat(world.noncesOf(Call.Propose.class, 1)).isEqualTo(1);
    }

    @Test
    void fault24NonceTakenByAForeignTransaction() {
        Submitter submitter = submitterWithOneSent();
        world.chain.dropPool();
        world.chain.foreign(0, BigInteger.valueOf(1_000));
        world.chain.mine();
        for (int i = 0; i < Simulation.CONFIRMATIONS; i++) {
            assertThat(settleSteps(submitter)).isInstanceOf(Waiting.class);
            assertThat(entries(Failed.class)).as("not final yet").isEmpty();
            world.chain.mine();
        }
        world.settle(submitter, STEPS);
        assertThat(entries(Failed.class)).singleElement().satisfies(failed -> assertThat(failed.failure())
                .isEqualTo(Failure.NONCE_TAKEN));
        assertThat(world.chain.included(new Call.Propose(world.batches.get(0), Hash32.ZERO, 0)))
                .hasSize(1);
        assertThat(world.chain.state().nonce()).as("foreign, propose, finalize").isEqualTo(3);
        world.checkInvariants();
    }

    @Test
    void fault24ForeignTransactionThatAReorgRemovesGivesTheNonceBack() {
        Submitter submitter = submitterWithOneSent();
        world.chain.dropPool();
        world.chain.foreign(0, BigInteger.valueOf(1_000));
        world.chain.mine();
        settleSteps(submitter);
        world.chain.reorg(1, false);
        world.settle(submitter, STEPS);
        assertThat(entries(Failed.class)).isEmpty();
        assertThat(world.chain.state().nonce()).isEqualTo(2);
        world.checkInvariants();
    }

    @Test
    void fault25NonceAheadOfTheChainIsFilled() {
        world.addBatch();
        world.chain.foreign(0, BigInteger.ONE);
        Submitter submitter = world.start();
        settleSteps(submitter);
        assertThat(world.journaled().open().orElseThrow().nonce()).isEqualTo(1);
        // What was to use nonce 0 is gone for ever.
        world.chain.pool.remove(0L);
        world.settle(submitter, STEPS);
        assertThat(world.chain.included(new Call.Fill())).hasSize(1);
        assertThat(world.chain.state().nonce()).as("fill, propose, finalize").isEqualTo(3);
        world.checkInvariants();
    }

    @Test
    void fault25KilledBetweenSigningAndSendingUsesTheSameNonce() {
        world.addBatch();
        Submitter submitter = world.start();
        submitter.step();
        assertThat(world.journaled().status(1)).isEqualTo(BatchStatus.SIGNED);
        assertThat(world.chain.pool).isEmpty();
        world.settle(world.restart(), STEPS);
        assertThat(entries(Signed.class)).hasSize(2);
        assertThat(world.chain.state().nonce()).isEqualTo(2);
        assertThat(world.chain.included(new Call.Fill())).isEmpty();
    }

    @Test
    void fault26ReorgOfEachDepthRemovesTheProposal() {
        for (int depth = 1; depth <= Simulation.CONFIRMATIONS; depth++) {
            Simulation reorged = new Simulation();
            reorged.addBatch();
            Submitter submitter = reorged.start();
            settleSteps(submitter);
            for (int i = 0; i < depth; i++) {
                reorged.chain.mine();
                settleSteps(submitter);
            }
            assertThat(reorged.journaled().status(1)).isEqualTo(BatchStatus.MINED);
            String raw = reorged.journaled().open().orElseThrow().latest().raw();
            reorged.chain.reorg(depth, false);
            settleSteps(submitter);
            assertThat(reorged.journaled().status(1)).as("depth %d", depth).isEqualTo(BatchStatus.SENT);
            assertThat(reorged.chain.pool.values())
                    .extracting(SimulatedChain.Transaction::raw)
                    .containsExactly(raw);
            reorged.settle(submitter, STEPS);
            assertThat(reorged.noncesOf(Call.Propose.class, 1)).isEqualTo(1);
            reorged.checkInvariants();
        }
    }

    @Test
    void fault27DeeperReorgHaltsAndNothingIsRepeated() {
        world.addBatch();
        Submitter submitter = world.settle(world.start(), STEPS);
        long entries = world.entries().size();
        world.chain.reorg(Simulation.CONFIRMATIONS + 5, false);
        StepResult result = submitter.step();
        for (int i = 0; i < 5 && !(result instanceof Halted); i++) {
            result = submitter.step();
        }
        assertThat(result).isInstanceOfSatisfying(Halted.class, halted -> assertThat(halted.reason())
                .contains("reorg deeper than 3 confirmations"));
        // Not after a restart either, whatever else there would be to do.
        world.addBatch();
        Submitter again = world.restart();
        for (int i = 0; i < 20; i++) {
            assertThat(again.step()).isInstanceOf(Halted.class);
            world.tick();
        }
        assertThat(world.entries()).hasSize((int) entries + 1);
        assertThat(world.chain.pool).isEmpty();
        // Only a person ends it, by naming the halt.
        assertThat(again.resume(entries - 1)).isFalse();
        assertThat(again.resume(entries)).isTrue();
        world.settle(again, STEPS);
        assertThat(world.chain.state().lastFinalized()).isEqualTo(2);
    }

    @Test
    void fault28EveryStepIsJournaledBeforeItsEffect() {
        world.addBatch();
        List<String> sent = new ArrayList<>();
        Submitter submitter = world.start(new Delegate(world.chain) {
            @Override
            public SendResult send(String raw) {
                assertThat(entries(Signed.class)).extracting(Signed::raw).contains(raw);
                sent.add(raw);
                return super.send(raw);
            }
        });
        world.settle(submitter, STEPS);
        assertThat(sent).hasSize(2);
    }

    @Test
    void fault29TheFirstOfTwoSubmittersIsFenced() {
        Submitter first = submitterWithOneSent();
        world.chain.mine();
        Submitter second = world.start();
        assertThatThrownBy(first::step).isInstanceOf(FencedException.class);
        world.settle(second, STEPS);
        assertThat(world.chain.state().nonce()).isEqualTo(2);
    }

    @Test
    void fault29AnotherBatchOfThatNumberOnChainHalts() {
        Proposal ours = world.addBatch();
        world.chain.proposeByOther(new Proposal(
                1, ours.epoch(), SimulatedChain.hash("another"), ours.cumulativeTotal(), ours.artifactDigest()));
        Submitter submitter = world.start();
        StepResult result = submitter.step();
        for (int i = 0; i < 5 && !(result instanceof Halted); i++) {
            result = submitter.step();
        }
        assertThat(result).isInstanceOfSatisfying(Halted.class, halted -> assertThat(halted.reason())
                .contains("the chain holds another batch 1"));
        assertThat(world.chain.state().nonce()).isZero();
        assertThat(entries(Signed.class)).isEmpty();
    }

    @Test
    void fault30EndpointsThatDisagreeStopEverythingUntilAQuorumAgrees() {
        world.addBatch();
        SettlementChain liar = new Delegate(world.chain) {
            @Override
            public Contract contract(long blockNumber) {
                Contract real = super.contract(blockNumber);
                return new Contract(
                        real.paused(),
                        real.proposalsHalted(),
                        0,
                        7,
                        real.lastFinalized(),
                        real.lastFinalizedEpoch(),
                        real.finalizedTotal(),
                        real.epochCap(),
                        real.epochSeconds(),
                        real.treasuryBalance(),
                        real.treasuryAllowance());
            }
        };
        Submitter two = world.start(new QuorumChain(List.of(world.chain, liar), 2, new Silent()));
        assertThatThrownBy(two::step).isInstanceOf(ChainDisagreementException.class);
        assertThat(world.entries()).isEmpty();

        QuorumChain three = new QuorumChain(List.of(world.chain, liar, new Delegate(world.chain)), 2, new Silent());
        world.settle(world.start(three), STEPS);
        assertThat(world.chain.state().nonce()).isEqualTo(2);
    }

    @Test
    void fault30AnEndpointThatLagsOrIsDownIsOutvoted() {
        world.addBatch();
        SettlementChain lagging = new Delegate(world.chain) {
            @Override
            public Block head() {
                return block(Math.max(0, super.head().number() - 2)).orElseThrow();
            }

            @Override
            public Optional<Receipt> receipt(Hash32 transaction) {
                return Optional.empty();
            }
        };
        SettlementChain down = new Delegate(world.chain) {
            @Override
            public Block head() {
                throw new ChainUnavailableException("down");
            }
        };
        QuorumChain withLagging =
                new QuorumChain(List.of(lagging, world.chain, new Delegate(world.chain)), 2, new Silent());
        Submitter submitter = world.start(withLagging);
        settleSteps(submitter);
        world.chain.mine();
        settleSteps(submitter);
        assertThat(world.journaled().status(1)).isEqualTo(BatchStatus.MINED);

        QuorumChain withDown = new QuorumChain(List.of(down, world.chain, new Delegate(world.chain)), 2, new Silent());
        world.settle(world.start(withDown), STEPS);
        QuorumChain tooFew = new QuorumChain(List.of(down, world.chain), 2, new Silent());
        assertThatThrownBy(tooFew::head)
                .isInstanceOf(ChainUnavailableException.class)
                .hasMessageContaining("1 of 2 endpoints answered");
    }

    @Test
    void fault31RevertIsRecordedAndTheBatchPlannedAnew() {
        Submitter submitter = submitterWithOneSent();
        world.chain.outOfGas = true;
        world.chain.mine();
        world.chain.outOfGas = false;
        world.settle(submitter, STEPS);
        assertThat(entries(Failed.class)).singleElement().satisfies(failed -> {
            assertThat(failed.failure()).isEqualTo(Failure.REVERTED);
            assertThat(failed.detail()).contains("out of gas");
        });
        assertThat(world.noncesOf(Call.Propose.class, 1)).isEqualTo(2);
        assertThat(world.chain.state().nonce())
                .as("reverted, propose, finalize")
                .isEqualTo(3);
        world.checkInvariants();
    }

    @Test
    void fault31RevertsInARowHalt() {
        world.addBatch();
        world.chain.outOfGas = true;
        Submitter submitter = world.start();
        StepResult result = submitter.step();
        for (int i = 0; i < 100 && !(result instanceof Halted); i++) {
            if (result instanceof Waiting) {
                world.tick();
            }
            result = submitter.step();
        }
        assertThat(result).isInstanceOfSatisfying(Halted.class, halted -> assertThat(halted.reason())
                .contains("has reverted 3 times in a row"));
        assertThat(world.chain.state().nonce()).isEqualTo(3);
    }

    @Test
    void fault31WithoutFundsNothingIsSentAndWithThemItGoesOn() {
        world.chain.treasuryAllowance = TokenAmount.ocos(3);
        world.addBatch();
        Submitter submitter = world.start();
        for (int i = 0; i < 60; i++) {
            submitter = world.step(submitter);
        }
        assertThat(submitter.step()).isInstanceOfSatisfying(Waiting.class, waiting -> {
            assertThat(waiting.problems()).singleElement().asString().contains("the treasury lacks 7 OCOS");
            assertThat(waiting.waitsFor()).isEqualTo("funds for batch 1");
        });
        assertThat(submitter.view().shortfall()).isEqualTo(TokenAmount.ocos(7));
        assertThat(world.chain.state().nonce()).isEqualTo(1);
        world.chain.treasuryAllowance = TokenAmount.ocos(10);
        world.settle(submitter, STEPS);
        assertThat(world.chain.state().nonce()).isEqualTo(2);
    }

    @Test
    void badInput41IsRefusedBeforeSigning() {
        world.addBatch();
        Submitter submitter = world.start();

        world.chain.chainId = 1;
        assertRefused(submitter, "chainId: the chain's is 1, expected 56");
        world.chain.chainId = SimulatedChain.CHAIN_ID;

        world.chain.hasContract = false;
        assertRefused(submitter, "settlement: there is no settlement contract at the address");
        world.chain.hasContract = true;

        world.chain.proposer = false;
        assertRefused(submitter, "0x00000000000000000000000000000000000000a1 has no proposer role at the contract");
        world.chain.proposer = true;

        world.chain.baseFee = BigInteger.valueOf(2_000_000);
        assertRefused(
                submitter,
                "'propose batch 1': the chain asks for more than the cap of 1000000 wei per gas: base fee 2000000, gas price 2000010");
        world.chain.baseFee = BigInteger.TEN.pow(5);
        world.chain.priorityFee = BigInteger.ONE;
        world.policy = Simulation.policy(true, Long.MAX_VALUE);
        world.chain.baseFee = BigInteger.TEN.pow(13);
        assertRefused(
                world.start(),
                "'propose batch 1' may cost 2400000000000120000 wei, 0x00000000000000000000000000000000000000a1 has 1000000000000000000");
        assertThat(entries(Signed.class)).isEmpty();
    }

    @Test
    void badInput39TotalsAboveTheCapAreNeverSigned() {
        world.chain.epochCap = TokenAmount.ocos(5);
        world.addBatches(2);
        assertRefused(
                world.start(),
                "batch 2 cannot be proposed now: its total 20000000000000000000 is above 10000000000000000000, what the epoch cap allows");
        assertThat(entries(Signed.class)).isEmpty();
    }

    @Test
    void aBatchThatIsNotWhatItsInputsGiveHalts() {
        world.addBatches(2);
        world.check = batch -> new BatchCheck.Differs("root 0x12, expected 0x34");
        assertThat(world.start().step()).isInstanceOfSatisfying(Halted.class, halted -> assertThat(halted.reason())
                .isEqualTo("batch 2 must not be proposed: root 0x12, expected 0x34"));
        assertThat(entries(Signed.class)).isEmpty();
    }

    @Test
    void theNewestWhoseInputsAreThereIsProposed() {
        world.addBatches(4);
        world.check = batch -> batch.number() > 2
                ? new BatchCheck.NotAvailable("no manifest")
                : new BatchCheck.Recomputed(SimulatedChain.hash("inputs"));
        settleSteps(world.start());
        assertThat(world.journaled().status(2)).isEqualTo(BatchStatus.SENT);
    }

    @Test
    void whileABatchIsBeingCheckedOneThatWasCheckedIsProposed() {
        world.addBatches(3);
        AtomicBoolean secondIsChecked = new AtomicBoolean();
        world.check = batch -> secondIsChecked.get() && batch.number() == 2
                ? new BatchCheck.Recomputed(SimulatedChain.hash("inputs"))
                : new BatchCheck.BeingChecked(3);
        Submitter submitter = world.start();
        assertThat(submitter.step()).isEqualTo(new Waiting(List.of(), "the check of batch 3"));
        secondIsChecked.set(true);
        settleSteps(submitter);
        assertThat(world.journaled().status(2)).isEqualTo(BatchStatus.SENT);
        assertThat(world.journaled().status(3)).isEqualTo(BatchStatus.NONE);
    }

    @Test
    void whatWasNotRecomputedIsProposedOnlyWhereThatIsAllowed() {
        world.addBatch();
        world.check = batch -> new BatchCheck.NotRecomputed(SimulatedChain.hash("inputs"), "no recomputation here");
        assertRefused(
                world.start(), "batch 1 cannot be proposed now: it was not computed again: no recomputation here");
        SubmitterPolicy strict = world.policy;
        world.policy = new SubmitterPolicy(
                strict.chainId(),
                strict.confirmations(),
                strict.finalizes(),
                false,
                strict.replaceAfterMillis(),
                strict.gapAfterMillis(),
                strict.recheckAfterMillis(),
                strict.gasHeadroomPercent(),
                strict.maxGas(),
                strict.maxFailures(),
                strict.fees());
        world.settle(world.start(), STEPS);
    }

    @Test
    void aThousandWaitingBatchesAreCaughtUpByOneProposal() {
        world.addBatches(1_000);
        world.settle(world.start(), STEPS);
        assertThat(world.chain.state().nonce()).isEqualTo(2);
        assertThat(world.journaled().status(1)).isEqualTo(BatchStatus.SUPERSEDED);
        assertThat(world.journaled().status(999)).isEqualTo(BatchStatus.SUPERSEDED);
        assertThat(world.journaled().status(1_001)).isEqualTo(BatchStatus.NONE);
    }

    @Test
    void aVetoedBatchIsFollowedByANewerOneOnceProposalsAreResumed() {
        world.addBatch();
        Submitter submitter = world.start();
        settleSteps(submitter);
        world.chain.mine();
        settleSteps(submitter);
        world.chain.veto();
        world.addBatch();
        for (int i = 0; i < 20; i++) {
            submitter = world.step(submitter);
        }
        assertThat(world.journaled().status(1)).isEqualTo(BatchStatus.VETOED);
        assertThat(world.chain.state().lastProposed()).isEqualTo(1);
        world.chain.resumeProposals();
        world.settle(submitter, STEPS);
        assertThat(world.chain.batch(1, world.chain.head().number()).state())
                .isEqualTo(SettlementChain.BatchState.VETOED);
    }

    @Test
    void aPausedContractIsLeftAlone() {
        world.addBatch();
        world.chain.pause(true);
        Submitter submitter = world.start();
        assertRefused(submitter, "the contract is paused by the guardian");
        world.chain.pause(false);
        world.settle(submitter, STEPS);
    }

    @Test
    void nothingIsProposedBeforeAllBatchesAreRead() {
        world.addBatch();
        world.caughtUp = false;
        Submitter submitter = world.start();
        assertThat(settleSteps(submitter))
                .isInstanceOfSatisfying(
                        Waiting.class, waiting -> assertThat(waiting.waitsFor()).isEqualTo("all batches to be read"));
        world.addBatches(3);
        world.caughtUp = true;
        world.settle(submitter, STEPS);
        assertThat(world.noncesOf(Call.Propose.class, 4)).isEqualTo(1);
    }

    @Test
    void withoutFinalizingItProposesAndLeavesTheRestToOthers() {
        world.policy = Simulation.policy(false, 1_000_000);
        world.addBatch();
        Submitter submitter = world.start();
        for (int i = 0; i < 60; i++) {
            submitter = world.step(submitter);
        }
        assertThat(world.chain.state().nonce()).isEqualTo(1);
        assertThat(submitter.step()).isInstanceOfSatisfying(Waiting.class, waiting -> assertThat(waiting.waitsFor())
                .isEqualTo("somebody to finalize batch 1"));
    }

    @Test
    void legacyFeesWhereTheChainHasNoBaseFee() {
        world.chain.baseFee = null;
        Submitter submitter = submitterWithOneSent();
        Signed first = world.journaled().open().orElseThrow().latest();
        assertThat(first.fees()).isEqualTo(Fees.legacy(BigInteger.TEN));
        world.chain.baseFee = BigInteger.valueOf(50);
        world.settle(submitter, STEPS);
        assertThat(entries(Signed.class))
                .filteredOn(signed -> signed.nonce() == first.nonce())
                .last()
                .satisfies(signed -> {
                    assertThat(signed.fees().dynamic()).isFalse();
                    assertThat(signed.fees().maxFeePerGas()).isGreaterThanOrEqualTo(BigInteger.valueOf(50));
                });
        assertThat(entries(Sent.class)).isNotEmpty();
    }

    private static void assertRefused(Submitter submitter, String problem) {
        assertThat(submitter.step()).isInstanceOfSatisfying(Waiting.class, waiting -> assertThat(waiting.problems())
                .containsExactly(problem));
    }

    private static final class Silent implements QuorumChain.Listener {
        @Override
        public void disagreed(int endpoint, String question) {}

        @Override
        public void failed(int endpoint, String question, ChainUnavailableException failure) {}
    }

    /** An endpoint of its own for the same chain. */
    private static class Delegate implements SettlementChain {
        private final SettlementChain real;

        Delegate(SettlementChain real) {
            this.real = real;
        }

        @Override
        public long chainId() {
            return real.chainId();
        }

        @Override
        public boolean hasContract() {
            return real.hasContract();
        }

        @Override
        public Block head() {
            return real.head();
        }

        @Override
        public Optional<Block> block(long number) {
            return real.block(number);
        }

        @Override
        public Contract contract(long blockNumber) {
            return real.contract(blockNumber);
        }

        @Override
        public ChainBatch batch(long number, long blockNumber) {
            return real.batch(number, blockNumber);
        }

        @Override
        public Account account(long blockNumber) {
            return real.account(blockNumber);
        }

        @Override
        public long pendingNonce() {
            return real.pendingNonce();
        }

        @Override
        public Optional<Receipt> receipt(Hash32 transaction) {
            return real.receipt(transaction);
        }

        @Override
        public boolean knows(Hash32 transaction) {
            return real.knows(transaction);
        }

        @Override
        public FeeQuote fees() {
            return real.fees();
        }

        @Override
        public Estimate estimate(Call call) {
            return real.estimate(call);
        }

        @Override
        public SendResult send(String raw) {
            return real.send(raw);
        }
    }
}
