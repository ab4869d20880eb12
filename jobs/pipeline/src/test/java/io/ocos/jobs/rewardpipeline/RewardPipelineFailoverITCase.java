package io.ocos.jobs.rewardpipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.reference.Reference;
import io.ocos.jobs.reference.ReferenceInput;
import io.ocos.jobs.reference.ReferenceOutput;
import io.ocos.jobs.runtime.FlinkProcess;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.apache.flink.util.FileUtils;

/** The job on a real broker, its process killed with -9 in the middle: nothing is lost, nothing is there twice. */
@SuppressWarnings("NullAway.Init") // jqwik calls start before any example.
class RewardPipelineFailoverITCase {

    private static Path dir;
    private static PipelineBroker broker;

    @BeforeContainer
    static void start() throws Exception {
        dir = Files.createTempDirectory("reward-pipeline");
        broker = PipelineBroker.start(dir.resolve("kafka"));
    }

    @AfterContainer
    static void stop() throws IOException {
        broker.close();
        FileUtils.deleteDirectory(dir.toFile());
    }

    @Example
    void killedInTheMiddleItWritesWhatTheReferenceDoes() throws Exception {
        World world = World.worlds(3, 3).sample();
        Reference.Setup setup = world.setup();
        long until = setup.untilMillis() / 60_000;
        long half = (until - 30) * 60_000;
        ReferenceInput input = world.input();
        Random random = new Random(1);
        ReferenceInput mixed = new ReferenceInput(
                PipelineVectorsITCase.mixed(input.telemetry(), random),
                input.chainEvents(),
                PipelineVectorsITCase.mixed(input.jobEvents(), random));

        broker.write(mixed, 0, half);
        broker.progress(half);
        try (FlinkProcess first = startJob()) {
            broker.awaitClosed(half / 60_000 - 5, first::logEnd);
        }
        broker.write(mixed, half, Long.MAX_VALUE);
        broker.progress(until * 60_000 + 120_000);
        ReferenceOutput expected = Reference.run(input, setup);
        PipelineCluster.Results results;
        try (FlinkProcess second = startJob()) {
            results = broker.awaitResults(until, expected, second::logEnd);
        }

        assertThat(results.minutesClosed()).isSortedAccordingTo(Comparator.comparingLong(MinuteClosed::getMinute));
        PipelineRows.assertSame(results, expected, world);
        assertThat(broker.read(Topic.TELEMETRY_REJECTED, RejectedRecord.class))
                .doesNotHaveDuplicates()
                .isNotEmpty();
    }

    private static FlinkProcess startJob() throws IOException {
        return FlinkProcess.start(
                dir,
                Map.of(
                        "rewardPipeline.kafkaBootstrap", broker.bootstrap(),
                        "rewardPipeline.chainId", Long.toString(World.CHAIN_ID),
                        "rewardPipeline.registry", World.REGISTRY.toString(),
                        "rewardPipeline.checkpointIntervalMillis", "500"));
    }
}
