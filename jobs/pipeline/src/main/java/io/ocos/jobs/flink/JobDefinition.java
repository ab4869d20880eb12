package io.ocos.jobs.flink;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.PipelineOptionsInternal;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;

/**
 * A streaming job with the settings that every one of ours has: exactly-once checkpoints that outlive it, no Kryo, no
 * generated uids, restarts with growing delay, and an id that is a function of its name, so that a new process finds the
 * checkpoints of the one before.
 *
 * @param name lower case, with dashes; never changed once the job has checkpoints
 * @param checkpointInterval at least 10 ms
 * @param topology adds the job's graph to an environment
 * @param maxRestarts restarts without ten good minutes in between after which the job fails for good
 */
public record JobDefinition(
        String name, Duration checkpointInterval, Consumer<StreamExecutionEnvironment> topology, int maxRestarts) {

    /** Key groups of every keyed operator: the most subtasks it can ever have. Part of the state's layout. */
    public static final int MAX_PARALLELISM = 128;

    /** About ten minutes of failures. */
    private static final int MAX_RESTARTS = 20;

    private static final Duration CHECKPOINT_TIMEOUT = Duration.ofMinutes(10);
    private static final int TOLERABLE_FAILED_CHECKPOINTS = 3;

    /** A job that fails for good after about ten minutes of failures. */
    public JobDefinition(String name, Duration checkpointInterval, Consumer<StreamExecutionEnvironment> topology) {
        this(name, checkpointInterval, topology, MAX_RESTARTS);
    }

    /** The same job, which waits for what it needs however long that is away. */
    public JobDefinition restartingForEver() {
        return new JobDefinition(name, checkpointInterval, topology, Integer.MAX_VALUE);
    }

    /** The job's id. */
    public JobID id() {
        UUID uuid = UUID.nameUUIDFromBytes(("ocos/" + name).getBytes(StandardCharsets.UTF_8));
        return JobID.fromHexString(HexFormat.of().toHexDigits(uuid.getMostSignificantBits())
                + HexFormat.of().toHexDigits(uuid.getLeastSignificantBits()));
    }

    /** The graph, for a cluster in this process. */
    public StreamGraph graph() {
        StreamExecutionEnvironment environment = new StreamExecutionEnvironment(settings());
        topology.accept(environment);
        StreamGraph graph = environment.getStreamGraph();
        graph.setJobName(name);
        return graph;
    }

    /** Runs the job where this process is submitted to: the main method's way on any Flink 1.20 cluster. */
    public void execute() throws Exception {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(settings());
        topology.accept(environment);
        environment.execute(name);
    }

    private Configuration settings() {
        return new Configuration()
                .set(PipelineOptions.NAME, name)
                .set(PipelineOptionsInternal.PIPELINE_FIXED_JOB_ID, id().toHexString())
                .set(PipelineOptions.GENERIC_TYPES, false)
                .set(PipelineOptions.AUTO_GENERATE_UIDS, false)
                .set(PipelineOptions.OBJECT_REUSE, true)
                .set(PipelineOptions.MAX_PARALLELISM, MAX_PARALLELISM)
                .set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE)
                .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, checkpointInterval)
                .set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, CHECKPOINT_TIMEOUT)
                .set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, TOLERABLE_FAILED_CHECKPOINTS)
                .set(
                        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION)
                .set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay")
                .set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF, Duration.ofSeconds(1))
                .set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF, Duration.ofSeconds(30))
                .set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_BACKOFF_MULTIPLIER, 2.0)
                .set(
                        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_RESET_BACKOFF_THRESHOLD,
                        Duration.ofMinutes(10))
                .set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_ATTEMPTS, maxRestarts);
    }
}
