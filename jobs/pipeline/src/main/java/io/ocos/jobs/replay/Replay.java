package io.ocos.jobs.replay;

import io.ocos.jobs.archive.ArchiveException;
import io.ocos.jobs.flink.JobDefinition;
import io.ocos.jobs.rewardpipeline.PresenceFilter;
import io.ocos.jobs.rewardpipeline.RewardPipelineTopology;
import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.jobs.rewardpipeline.domain.ConflictingEventsException;
import io.ocos.jobs.rewardpipeline.domain.UnknownRulesException;
import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.jobs.settlement.SettlementTopology;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.HeldParameter;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.CsvRecords;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.NettyShuffleEnvironmentOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.FileUtils;

/**
 * Runs the operators of the jobs over files, in Flink's batch mode, and writes what the streams would have carried (SPEC 13).
 * What is too much for the heap is sorted on disk, below the output directory's parent. The output directory appears when it
 * is whole.
 */
public final class Replay {

    /** Accumulator: bytes of the input that have been read. */
    public static final String BYTES_READ = LineParser.BYTES_READ;

    /** Accumulator: effective minute of the first chain event; absent when there is none. */
    static final String FIRST_BLOCK_SECONDS = "firstBlockSeconds";

    private static final String REWARDS_FILE = "rewards.csv";
    private static final String WHAT_IF = "what-if";
    private static final String DIFFERENCE_FILE = "difference.csv";
    private static final String BATCHES_FILE = "batches.csv";
    private static final String ARTIFACTS = "artifacts";
    private static final String TEMPORARY = "tmp";

    private static final MemorySize SORT_MEMORY = MemorySize.ofMebiBytes(256);
    private static final MemorySize NETWORK_MEMORY = MemorySize.ofMebiBytes(64);
    private static final Duration PROGRESS_INTERVAL = Duration.ofMillis(500);
    private static final long CANCEL_BOUND_SECONDS = 5;

    private final ReplayInput input;
    private final ReplaySettings settings;
    private final LongConsumer bytesRead;

    private Replay(ReplayInput input, ReplaySettings settings, LongConsumer bytesRead) {
        this.input = input;
        this.settings = settings;
        this.bytesRead = bytesRead;
    }

    /**
     * Replays an input.
     *
     * @param bytesRead told now and then how many bytes of the input have been read
     * @throws ConfigException when the input is bad, or the output directory is not empty: nothing is written
     */
    public static void run(ReplayInput input, ReplaySettings settings, LongConsumer bytesRead) {
        new Replay(input, settings, bytesRead).run(List.of());
    }

    /**
     * Replays an input as it is, and once more with parameters held at a value: the same files in directory {@code what-if}
     * of the output, and the difference of each payee in {@code difference.csv}.
     *
     * @param held at least one
     * @throws ConfigException as {@link #run(ReplayInput, ReplaySettings, LongConsumer)}
     */
    public static PayeeDifferences whatIf(
            ReplayInput input, ReplaySettings settings, List<HeldParameter> held, LongConsumer bytesRead) {
        return new Replay(input, settings, bytesRead).run(held);
    }

    private PayeeDifferences run(List<HeldParameter> held) {
        Path out = settings.out().toAbsolutePath().normalize();
        requireFree(out);
        try {
            Path parent = Optional.ofNullable(out.getParent()).orElse(out);
            Files.createDirectories(parent);
            Path partial = Files.createTempDirectory(parent, "." + out.getFileName() + ".partial-");
            try {
                PayeeDifferences differences = PayeeDifferences.NONE;
                write(partial, List.of());
                if (!held.isEmpty()) {
                    Path whatIf = Files.createDirectory(partial.resolve(WHAT_IF));
                    write(whatIf, held);
                    differences = PayeeDifferences.between(partial.resolve(REWARDS_FILE), whatIf.resolve(REWARDS_FILE));
                    differences.write(partial.resolve(DIFFERENCE_FILE));
                }
                Files.deleteIfExists(out);
                Files.move(partial, out, StandardCopyOption.ATOMIC_MOVE);
                return differences;
            } finally {
                FileUtils.deleteDirectory(partial.toFile());
            }
        } catch (IOException e) {
            throw new ConfigException("output directory %s cannot be written: %s".formatted(out, e), e);
        }
    }

    private static void requireFree(Path out) {
        if (!Files.exists(out)) {
            return;
        }
        try (Stream<Path> entries = Files.list(out)) {
            if (entries.findAny().isPresent()) {
                throw new ConfigException(
                        "output directory %s is not empty, expected one that is empty or missing".formatted(out));
            }
        } catch (IOException e) {
            throw new ConfigException("output directory %s: no directory, or it cannot be read".formatted(out), e);
        }
    }

    private void write(Path directory, List<HeldParameter> held) throws IOException {
        Path temporary = Files.createDirectory(directory.resolve(TEMPORARY));
        Path artifacts = directory.resolve(ARTIFACTS);
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.createLocalEnvironment(settings.parallelism(), configuration(temporary));
        RewardPipelineTopology.Facts facts = input.connect(
                environment,
                new PresenceFilter(settings.chainId(), settings.registry(), settings.verifySignatures()),
                settings.skipUnreadable(),
                directory);
        RewardPipelineTopology.Minutes minutes = RewardPipelineTopology.minutes(
                PresenceUnion.of(facts), new Closing(Minutes.of(settings.untilMillis())), held);
        files(minutes, directory, ArtifactStore.at(artifacts.toString()));
        requireEvents(execute(environment));
        placeArtifacts(directory, artifacts);
        FileUtils.deleteDirectory(artifacts.toFile());
        FileUtils.deleteDirectory(temporary.toFile());
    }

    private void files(RewardPipelineTopology.Minutes minutes, Path directory, ArtifactStore artifacts) {
        SortedFile.write(
                minutes.nodeMinutes().map(SortedFile::row).returns(SortedFile.ROW),
                directory.resolve("node-minutes.csv"),
                CsvRecords.NODE_MINUTES_HEADER,
                "node-minutes.csv");
        SortedFile.write(
                minutes.scores().map(SortedFile::row).returns(SortedFile.ROW),
                directory.resolve("reputation.csv"),
                CsvRecords.REPUTATION_HEADER,
                "reputation.csv");
        SortedFile.write(
                minutes.rewards().map(SortedFile::row).returns(SortedFile.ROW),
                directory.resolve(REWARDS_FILE),
                CsvRecords.REWARDS_HEADER,
                REWARDS_FILE);
        SortedFile.write(
                SettlementTopology.build(minutes.rewards(), minutes.minutesClosed(), settings.epochMinutes(), artifacts)
                        .batches()
                        .map(SortedFile::row)
                        .returns(SortedFile.ROW),
                directory.resolve(BATCHES_FILE),
                CsvRecords.BATCHES_HEADER,
                BATCHES_FILE);
    }

    private static Configuration configuration(Path temporary) {
        return new Configuration()
                .set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH)
                .set(PipelineOptions.GENERIC_TYPES, false)
                .set(PipelineOptions.OBJECT_REUSE, true)
                .set(PipelineOptions.MAX_PARALLELISM, JobDefinition.MAX_PARALLELISM)
                .set(RestartStrategyOptions.RESTART_STRATEGY, "none")
                .set(TaskManagerOptions.MANAGED_MEMORY_SIZE, SORT_MEMORY)
                .set(TaskManagerOptions.NETWORK_MEMORY_MIN, NETWORK_MEMORY)
                .set(TaskManagerOptions.NETWORK_MEMORY_MAX, NETWORK_MEMORY)
                .set( // Records are small and few after their union: processors are what is short, not disks.
                        NettyShuffleEnvironmentOptions.SHUFFLE_COMPRESSION_CODEC,
                        NettyShuffleEnvironmentOptions.CompressionCodec.NONE)
                .set(HeartbeatManagerOptions.HEARTBEAT_INTERVAL, PROGRESS_INTERVAL)
                .set(CoreOptions.TMP_DIRS, temporary.toString());
    }

    private JobExecutionResult execute(StreamExecutionEnvironment environment) {
        try {
            return await(environment.executeAsync("replay"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the replay was interrupted", e);
        } catch (Exception e) {
            throw badInput(e).orElseGet(() -> new IllegalStateException("the replay failed", e));
        }
    }

    private JobExecutionResult await(JobClient job) throws InterruptedException, ExecutionException {
        CompletableFuture<JobExecutionResult> end = job.getJobExecutionResult();
        while (true) {
            try {
                return end.get(PROGRESS_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                tellProgress(job);
            } catch (InterruptedException e) {
                cancel(job, end);
                throw e;
            }
        }
    }

    /** So that nothing is written any more when the files are deleted. */
    private static void cancel(JobClient job, CompletableFuture<JobExecutionResult> end) throws InterruptedException {
        try {
            job.cancel().get(CANCEL_BOUND_SECONDS, TimeUnit.SECONDS);
            end.get(CANCEL_BOUND_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // It is cancelled, or has ended in another way.
            return;
        }
    }

    private void tellProgress(JobClient job) throws InterruptedException {
        try {
            Map<String, Object> accumulators = job.getAccumulators().get();
            if (accumulators.get(BYTES_READ) instanceof Long bytes) {
                bytesRead.accept(bytes);
            }
        } catch (ExecutionException | IllegalStateException e) {
            // The job has just ended, or its cluster too: its result says how.
            return;
        }
    }

    private static Optional<RuntimeException> badInput(Exception failure) {
        return Stream.of(
                        UnreadableInputException.class,
                        ConflictingEventsException.class,
                        UnknownRulesException.class,
                        ArchiveException.class,
                        ConfigException.class)
                .map(type -> ExceptionUtils.findThrowable(failure, type))
                .flatMap(Optional::stream)
                .findFirst()
                .map(cause -> new ConfigException(String.valueOf(cause.getMessage()), failure));
    }

    private void requireEvents(JobExecutionResult result) {
        Object first = result.getAllAccumulatorResults().get(FIRST_BLOCK_SECONDS);
        if (first instanceof Long seconds && seconds != Long.MAX_VALUE && settings.untilMillis() / 1_000 < seconds) {
            throw new ConfigException(
                    "--until %d is before the first chain event, which is of second %d: expected at least %d000"
                            .formatted(settings.untilMillis(), seconds, seconds));
        }
    }

    /** From their content identifiers to the names of SPEC 13. */
    private static void placeArtifacts(Path directory, Path artifacts) throws IOException {
        try (BufferedReader batches = Files.newBufferedReader(directory.resolve(BATCHES_FILE))) {
            String line = batches.readLine(); // The header.
            for (line = batches.readLine(); line != null; line = batches.readLine()) {
                String number = line.substring(0, line.indexOf(','));
                String cid = line.substring(line.lastIndexOf(',') + 1);
                Files.copy(artifacts.resolve(cid + ".csv"), directory.resolve("batch-%s.csv".formatted(number)));
            }
        }
    }
}
