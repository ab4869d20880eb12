package io.ocos.jobs.rewardpipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.reference.Reference;
import io.ocos.jobs.reference.ReferenceInput;
import io.ocos.jobs.reference.ReferenceOutput;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.apache.flink.util.FileUtils;

/** The job on a real broker, its process killed with -9 in the middle: nothing is lost, nothing is there twice. */
@SuppressWarnings("NullAway.Init") // jqwik calls start before any example.
class RewardPipelineFailoverITCase {

    private static final int LOG_LINES = 40;

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
        Process first = startJob();
        try {
            broker.awaitClosed(half / 60_000 - 5, RewardPipelineFailoverITCase::log);
        } finally {
            first.destroyForcibly().waitFor();
        }
        broker.write(mixed, half, Long.MAX_VALUE);
        broker.progress(until * 60_000 + 120_000);
        Process second = startJob();
        ReferenceOutput expected = Reference.run(input, setup);
        PipelineCluster.Results results;
        try {
            results = broker.awaitResults(until, expected, RewardPipelineFailoverITCase::log);
        } finally {
            second.destroyForcibly().waitFor();
        }

        assertThat(results.minutesClosed()).isSortedAccordingTo(Comparator.comparingLong(MinuteClosed::getMinute));
        PipelineRows.assertSame(results, expected, world);
        assertThat(broker.read(Topic.TELEMETRY_REJECTED, RejectedRecord.class))
                .doesNotHaveDuplicates()
                .isNotEmpty();
    }

    private static Process startJob() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx512m");
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-"))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.ocos.jobs.cli.Ocos", "flink"));
        Map.of(
                        "dataDir", dir.resolve("flink").toString(),
                        "rewardPipeline.kafkaBootstrap", broker.bootstrap(),
                        "rewardPipeline.chainId", Long.toString(World.CHAIN_ID),
                        "rewardPipeline.registry", World.REGISTRY.toString(),
                        "rewardPipeline.checkpointIntervalMillis", "500")
                .forEach((key, value) -> command.addAll(List.of("--set", key + "=" + value)));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        dir.resolve("flink.log").toFile()));
        builder.environment().put("OCOS_PARENT_PIPE", "1");
        return builder.start();
    }

    private static String log() throws IOException {
        List<String> lines = Files.readAllLines(dir.resolve("flink.log"));
        return "the log ends with %s".formatted(lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    }
}
