package io.ocos.rewardssettlement.domain.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.rewardssettlement.domain.submission.Points.Crash;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Anything may go wrong, at any time and together; one seed is one run. */
class SubmitterPropertyTest {

    private static final int TROUBLED_STEPS = 250;
    private static final int QUIET_STEPS = 2_000;

    @Property(tries = 400, shrinking = ShrinkingMode.OFF)
    void whateverHappensTheNewestBatchIsProposedAndNoneTwice(@ForAll long seed) {
        Random random = new Random(seed);
        Simulation world = new Simulation();
        // What reverts for no reason of the submitter's must not halt it here.
        world.policy = Simulation.policy(true, 1_000_000, Integer.MAX_VALUE);
        world.addBatch();
        int oneIn = 20 + random.nextInt(200);
        world.points.act(point -> breakAt(world, random, oneIn, point));
        Submitter submitter = world.restart();
        for (int step = 0; step < TROUBLED_STEPS; step++) {
            if (random.nextInt(3) == 0) {
                trouble(world, random);
            }
            submitter = world.step(submitter);
            if (step % 50 == 0) {
                world.checkInvariants();
            }
        }

        world.points.rest();
        calm(world);
        world.addBatch();
        world.settle(world.restart(), QUIET_STEPS);
        world.checkInvariants();
        long newest = world.batches.size();
        assertThat(world.chain.batch(newest, world.chain.head().number()).root())
                .isEqualTo(world.batches.get((int) newest - 1).root());
    }

    /** Before a call, what is thrown means that it did not happen; after it, that it did and nobody knows. */
    private static void breakAt(Simulation world, Random random, int oneIn, long point) {
        if (random.nextInt(oneIn) == 0) {
            if (random.nextBoolean()) {
                throw new Crash(point);
            }
            throw world.points.atJournal()
                    ? new JournalException("unknown at point " + point)
                    : new ChainUnavailableException("timeout at point " + point);
        }
    }

    private static void trouble(Simulation world, Random random) {
        SimulatedChain chain = world.chain;
        switch (random.nextInt(14)) {
            case 0, 1 -> world.addBatch();
            case 2 -> chain.reorg(1 + random.nextInt(Simulation.CONFIRMATIONS), random.nextBoolean());
            case 3 -> chain.dropPool();
            case 4 -> chain.baseFee = BigInteger.valueOf(1L << random.nextInt(21));
            case 5 -> chain.baseFee = random.nextBoolean() ? null : BigInteger.valueOf(100);
            case 6 -> chain.foreign(chain.state().nonce(), BigInteger.valueOf(1L << random.nextInt(12)));
            case 7 ->
                chain.foreign(chain.state().nonce() + random.nextInt(4), BigInteger.valueOf(1L << random.nextInt(12)));
            case 8 -> chain.outOfGas = random.nextInt(3) == 0;
            case 9 -> chain.pause(random.nextInt(3) == 0);
            case 10 -> {
                if (chain.state().pending() != 0) {
                    chain.veto();
                }
            }
            case 11 -> chain.resumeProposals();
            case 12 ->
                chain.treasuryAllowance = random.nextInt(3) == 0 ? TokenAmount.ZERO : TokenAmount.ocos(1_000_000);
            default -> chain.mine();
        }
    }

    /** The chain is itself again, and the operator has raised the fee cap, as a transaction that is stuck at it asks for. */
    private static void calm(Simulation world) {
        world.policy = Simulation.policy(true, 1_000_000_000, Integer.MAX_VALUE);
        world.chain.baseFee = BigInteger.valueOf(100);
        world.chain.outOfGas = false;
        world.chain.treasuryAllowance = TokenAmount.ocos(1_000_000);
        world.chain.resumeProposals();
    }
}
