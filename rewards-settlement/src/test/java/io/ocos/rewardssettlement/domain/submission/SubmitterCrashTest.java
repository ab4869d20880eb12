package io.ocos.rewardssettlement.domain.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.rewardssettlement.domain.submission.Points.Crash;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The submitter ended at each point there is: before and after every call of the chain and of the journal, one run for each
 * (FAULTS 28, 29).
 */
class SubmitterCrashTest {

    private static final int WAITING = 5;
    private static final int STEPS = 400;

    static IntStream reorgs() {
        return IntStream.rangeClosed(0, Simulation.CONFIRMATIONS);
    }

    /** Points of a run in which nothing goes wrong. */
    private static long pointsOfQuietRun() {
        Simulation quiet = new Simulation();
        quiet.addBatches(WAITING);
        quiet.settle(quiet.start(), STEPS);
        assertThat(quiet.noncesOf(Call.Propose.class, WAITING)).isEqualTo(1);
        assertThat(quiet.noncesOf(Call.Finalize.class, WAITING)).isEqualTo(1);
        return quiet.points.count();
    }

    @Test
    void aQuietRunProposesTheNewestOnce() {
        assertThat(pointsOfQuietRun()).isGreaterThan(100);
    }

    @ParameterizedTest
    @MethodSource("reorgs")
    void endedAtEveryPoint(int reorg) {
        long points = pointsOfQuietRun();
        for (long point = 1; point <= points; point++) {
            for (boolean keepsTransactions : new boolean[] {true, false}) {
                Simulation world = new Simulation();
                world.addBatches(WAITING);
                endAt(world, point, reorg, keepsTransactions);
                world.settle(world.restart(), STEPS);
                verify(world, "point %d, reorg %d, keeps %s".formatted(point, reorg, keepsTransactions));
            }
        }
    }

    private static void endAt(Simulation world, long end, int reorg, boolean keepsTransactions) {
        world.points.act(point -> {
            if (point == end) {
                throw new Crash(point);
            }
        });
        try {
            Submitter submitter = world.start();
            while (true) {
                if (!(submitter.step() instanceof StepResult.Acted)) {
                    world.tick();
                }
            }
        } catch (Crash e) {
            world.points.rest();
            world.chain.reorg(reorg, keepsTransactions);
        }
    }

    @ParameterizedTest
    @MethodSource("reorgs")
    void anotherTakesOverAtEveryPointAndTheFirstGoesOnUnknowing(int reorg) {
        long points = pointsOfQuietRun();
        for (long point = 1; point <= points; point++) {
            Simulation world = new Simulation();
            world.addBatches(WAITING);
            long takeover = point;
            Submitter[] second = new Submitter[1];
            world.points.act(at -> {
                if (at == takeover) {
                    world.points.rest();
                    world.chain.reorg(reorg, true);
                    second[0] = world.start();
                    for (int i = 0; i < 7; i++) {
                        second[0] = world.step(second[0]);
                    }
                }
            });
            Submitter first = world.restart();
            boolean firstRuns = true;
            for (int i = 0; i < STEPS && !world.isSettled(); i++) {
                // Both act in turn; what the first decides in ignorance, it cannot write.
                firstRuns = firstRuns && stepUntilFenced(first);
                if (second[0] != null) {
                    second[0] = world.step(second[0]);
                } else {
                    world.tick();
                }
            }
            verify(world, "takeover at point %d, reorg %d".formatted(point, reorg));
        }
    }

    private static boolean stepUntilFenced(Submitter first) {
        try {
            StepResult unused = first.step();
            return true;
        } catch (FencedException e) {
            return false;
        }
    }

    private static void verify(Simulation world, String run) {
        assertThat(world.isSettled()).as(run).isTrue();
        world.checkInvariants();
        assertThat(world.noncesOf(Call.Propose.class, WAITING)).as(run).isEqualTo(1);
        assertThat(world.noncesOf(Call.Finalize.class, WAITING)).as(run).isEqualTo(1);
        for (long older = 1; older < WAITING; older++) {
            assertThat(world.noncesOf(Call.Propose.class, older)).as(run).isZero();
            assertThat(world.journaled().status(older)).as(run).isEqualTo(JournalState.BatchStatus.SUPERSEDED);
        }
        assertThat(world.chain.state().nonce()).as(run).isEqualTo(2);
    }
}
