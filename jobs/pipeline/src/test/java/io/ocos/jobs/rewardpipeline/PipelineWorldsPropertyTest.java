package io.ocos.jobs.rewardpipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.reference.Reference;
import io.ocos.jobs.reference.ReferenceInput;
import io.ocos.jobs.reference.ReferenceOutput;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.apache.flink.api.common.RuntimeExecutionMode;

/** Stream = batch = reference, for any inputs in any order that the topics allow, at any parallelism. */
class PipelineWorldsPropertyTest {

    @SuppressWarnings("NullAway.Init") // jqwik calls start before any property.
    private static PipelineCluster cluster;

    @BeforeContainer
    static void start() throws Exception {
        cluster = PipelineCluster.start(4);
    }

    @AfterContainer
    static void stop() {
        cluster.close();
    }

    @Property(tries = 3, shrinking = ShrinkingMode.BOUNDED)
    void streamAndBatchAreTheReference(
            @ForAll("worlds") World world, @ForAll @IntRange(min = 1, max = 4) int parallelism, @ForAll long seed)
            throws Exception {
        check(world, parallelism, seed);
    }

    /** 510 worlds or more. */
    @Tag("full")
    @Property(tries = 34, shrinking = ShrinkingMode.BOUNDED)
    void streamAndBatchAreTheReferenceOverMany(
            @ForAll("worlds") World world, @ForAll @IntRange(min = 1, max = 4) int parallelism, @ForAll long seed)
            throws Exception {
        check(world, parallelism, seed);
    }

    /** SPEC 4 orders events by their place in the chain alone; consensus keeps block times from going back, the rules do not. */
    @Property(tries = 2, shrinking = ShrinkingMode.BOUNDED)
    void blockTimesMayGoBack(
            @ForAll("worlds") World world, @ForAll @IntRange(min = 1, max = 4) int parallelism, @ForAll long seed)
            throws Exception {
        Reference.Setup setup = world.setup();
        ReferenceInput input = world.input();
        Random random = new Random(seed);
        assertIs(
                new ReferenceInput(
                        input.telemetry(), BlockTimes.shuffled(input.chainEvents(), random), input.jobEvents()),
                setup,
                new PipelineCluster.Way(RuntimeExecutionMode.BATCH, parallelism, seed));
        assertIs(
                new ReferenceInput(
                        input.telemetry(), BlockTimes.disordered(input.chainEvents(), random), input.jobEvents()),
                setup,
                new PipelineCluster.Way(RuntimeExecutionMode.STREAMING, parallelism, seed));
    }

    private static void assertIs(ReferenceInput input, Reference.Setup setup, PipelineCluster.Way way)
            throws Exception {
        PipelineRows.assertSame(cluster.run(input, setup, way), Reference.run(input, setup), way);
    }

    /** What the generator reaches: every reason a reward can have, scaled pools, and jobs that pay. */
    @Example
    void worldsReachEveryReason() {
        Set<String> reasons = new TreeSet<>();
        Random random = new Random(1); // The same worlds in every run.
        RandomGenerator<World> worlds = worlds().generator(1000);
        for (int i = 0; i < 40; i++) {
            World world = worlds.next(random).value();
            Reference.run(world.input(), world.setup()).rewards().stream()
                    .filter(row -> row.amount().signum() > 0 || !row.reason().equals("PAID"))
                    .forEach(row -> reasons.add(row.kind() + " " + row.reason()));
        }
        assertThat(reasons)
                .containsExactlyInAnyOrder(
                        "MINUTE TYPE_CLOSED",
                        "MINUTE UNDERSTAKED",
                        "MINUTE OFFLINE",
                        "MINUTE PROBATION",
                        "MINUTE UNPROVEN",
                        "MINUTE LOW_REPUTATION",
                        "MINUTE SCALED",
                        "MINUTE PAID",
                        "JOB PAID",
                        "JOB UNREGISTERED",
                        "ADJUSTMENT ADJUSTED");
    }

    @Provide
    Arbitrary<World> worlds() {
        return World.worlds(15, 25);
    }

    private static void check(World world, int parallelism, long seed) throws Exception {
        Reference.Setup setup = world.setup();
        ReferenceInput input = world.input();
        ReferenceOutput expected = Reference.run(input, setup);
        Random random = new Random(seed);
        ReferenceInput mixed = new ReferenceInput(
                PipelineVectorsITCase.mixed(input.telemetry(), random),
                PipelineVectorsITCase.mixed(input.chainEvents(), random),
                PipelineVectorsITCase.mixed(input.jobEvents(), random));
        for (RuntimeExecutionMode mode :
                new RuntimeExecutionMode[] {RuntimeExecutionMode.STREAMING, RuntimeExecutionMode.BATCH}) {
            PipelineCluster.Way way = new PipelineCluster.Way(mode, parallelism, seed);
            PipelineRows.assertSame(cluster.run(mixed, setup, way), expected, way);
        }
    }
}
