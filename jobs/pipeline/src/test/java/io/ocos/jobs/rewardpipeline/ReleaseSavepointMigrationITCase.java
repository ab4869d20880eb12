package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.reference.Reference;
import io.ocos.jobs.reference.ReferenceInput;
import io.ocos.jobs.reference.ReferenceOutput;
import io.ocos.jobs.reference.Vectors;
import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.jobs.runtime.FlinkRuntime;
import io.ocos.jobs.runtime.FlinkRuntimeConfig;
import io.ocos.jobs.runtime.KeptSavepoints;
import io.ocos.schemas.config.ConfigLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The job of now goes on from the savepoint of every release as if it had been there from the start. */
class ReleaseSavepointMigrationITCase {

    @TempDir
    Path dir;

    @TestFactory
    Stream<DynamicTest> goesOnFromTheSavepointOf() {
        return KeptSavepoints.RELEASES.stream()
                .map(release -> DynamicTest.dynamicTest(release, () -> goOnFrom(release, dir.resolve(release))));
    }

    private static void goOnFrom(String release, Path dir) throws Exception {
        Reference.Setup setup = Vectors.setup(KeptSavepoints.input());
        ReferenceInput input = ReferenceInput.read(KeptSavepoints.input());
        long cut = KeptSavepoints.cutMillis();
        long until = setup.untilMillis() / 60_000;
        ReferenceOutput expected = minutes(Reference.run(input, setup), lastClosed(cut) + 1, until);
        try (PipelineBroker broker = PipelineBroker.start(dir.resolve("kafka"))) {
            broker.write(input, 0, cut);
            broker.progress(cut);
            broker.write(input, cut, Long.MAX_VALUE);
            broker.progress(until * 60_000 + 120_000);
            KeptSavepoints.restore(release, RewardPipelineJob.NAME, dir.resolve("flink"));
            FlinkRuntime flink = start(setup, broker, dir);
            PipelineCluster.Results results;
            try {
                results = broker.awaitResults(until, expected, () -> "the job: " + flink.terminated());
            } finally {
                flink.close();
            }
            PipelineRows.assertSame(results, expected, release);
        }
    }

    /** Makes the savepoint of this release. */
    @Test
    @EnabledIfSystemProperty(named = KeptSavepoints.WRITE_TO, matches = ".+")
    void write() throws Exception {
        Reference.Setup setup = Vectors.setup(KeptSavepoints.input());
        ReferenceInput input = ReferenceInput.read(KeptSavepoints.input());
        long cut = KeptSavepoints.cutMillis();
        long open = lastClosed(cut) + 1;
        ReferenceOutput expected = minutes(Reference.run(input, setup), 0, open);
        try (PipelineBroker broker = PipelineBroker.start(dir.resolve("kafka"))) {
            broker.write(input, 0, cut);
            broker.progress(cut);
            FlinkRuntime flink = start(setup, broker, dir);
            try {
                // Once all is committed no transaction of this broker is left in the state.
                PipelineRows.assertSame(
                        broker.awaitResults(open, expected, () -> "the job: " + flink.terminated()),
                        expected,
                        "the cut");
                KeptSavepoints.write(flink, RewardPipelineJob.NAME, dir.resolve("savepoint"));
            } finally {
                flink.close();
            }
        }
    }

    private static FlinkRuntime start(Reference.Setup setup, PipelineBroker broker, Path dir) {
        return FlinkRuntime.start(ConfigLoader.load(
                FlinkRuntimeConfig.class,
                null,
                Map.of(
                        "dataDir", dir.resolve("flink").toString(),
                        "rewardPipeline.kafkaBootstrap", broker.bootstrap(),
                        "rewardPipeline.chainId", Long.toString(setup.chainId()),
                        "rewardPipeline.registry", setup.registry().toString(),
                        "rewardPipeline.checkpointIntervalMillis", "500")));
    }

    /** The last minute that is closed when the three clocks stand at a time: that of jobs is held back the most. */
    private static long lastClosed(long millis) {
        return new Closing(Closing.NEVER).last(millis - Closing.JOB_DISORDER_MILLIS - 1);
    }

    private static ReferenceOutput minutes(ReferenceOutput output, long from, long to) {
        return new ReferenceOutput(
                between(output.nodeMinutes(), ReferenceOutput.NodeMinuteRow::minute, from, to),
                between(output.scores(), ReferenceOutput.ScoreRow::minute, from, to),
                between(output.rewards(), ReferenceOutput.RewardRow::minute, from, to),
                between(output.closed(), ReferenceOutput.ClosedRow::minute, from, to),
                output.batches());
    }

    private static <T> List<T> between(List<T> rows, ToLongFunction<T> minute, long from, long to) {
        return rows.stream()
                .filter(row -> from <= minute.applyAsLong(row) && minute.applyAsLong(row) < to)
                .toList();
    }
}
