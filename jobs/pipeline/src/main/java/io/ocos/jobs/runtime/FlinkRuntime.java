package io.ocos.jobs.runtime;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.ocos.ingest.io.OpsServer;
import io.ocos.jobs.JobsMetrics;
import io.ocos.jobs.flink.JobDefinition;
import io.ocos.jobs.flink.JobHaltedException;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.Service;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.core.execution.RestoreMode;
import org.apache.flink.runtime.clusterframework.ApplicationStatus;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.util.ExceptionUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Flink cluster in this JVM that runs our jobs, each from its newest complete checkpoint. Checkpoints stay on disk
 * whatever ends the process, kill -9 included. A job that has failed for good ends the process, one that has halted
 * ({@link JobHaltedException}) does not.
 */
public final class FlinkRuntime implements Service {

    private static final Logger LOG = LoggerFactory.getLogger(FlinkRuntime.class);

    private static final long START_BOUND_SECONDS = 60;
    private static final long STOP_BOUND_SECONDS = 20;
    private static final long STATUS_BOUND_SECONDS = 5;

    private final RuntimeDirectory directory;
    private final MiniCluster cluster;
    private final Map<String, JobID> jobs = new LinkedHashMap<>();
    private final Map<String, String> halted = new ConcurrentHashMap<>();
    private final List<Future<?>> ends = new ArrayList<>();
    private final PrometheusMeterRegistry metrics = OpsServer.newRegistry("flink");
    private final CompletableFuture<Void> terminated = new CompletableFuture<>();
    private @Nullable OpsServer ops;
    private volatile boolean closed;

    private FlinkRuntime(RuntimeDirectory directory, MiniCluster cluster) {
        this.directory = directory;
        this.cluster = cluster;
    }

    /**
     * Starts the cluster and its jobs; returns when they are submitted ({@code /ready} says when they run).
     *
     * @throws ConfigException when the data directory is in use or a port is taken
     */
    public static FlinkRuntime start(FlinkRuntimeConfig config) {
        return start(config, config.jobs());
    }

    /**
     * As {@link #start(FlinkRuntimeConfig)}, with one of the jobs of the configuration.
     *
     * @throws ConfigException also when the configuration has no section of that job
     */
    public static FlinkRuntime startOnly(String job, FlinkRuntimeConfig config) {
        List<JobDefinition> definitions = config.jobs().stream()
                .filter(definition -> definition.name().equals(job))
                .toList();
        if (definitions.isEmpty()) {
            throw new ConfigException("configuration: section '%s' is missing".formatted(job));
        }
        return start(config, definitions);
    }

    static FlinkRuntime start(FlinkRuntimeConfig config, List<JobDefinition> definitions) {
        RuntimeDirectory directory = RuntimeDirectory.open(config.dataDir());
        List<JobGraph> graphs = definitions.stream()
                .map(definition -> graph(definition, directory))
                .toList();
        int slots = graphs.stream().mapToInt(JobGraph::getMaximumParallelism).sum();
        MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(ClusterSettings.of(config, directory))
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
        FlinkRuntime runtime = new FlinkRuntime(directory, cluster);
        try {
            runtime.run(config, graphs);
            return runtime;
        } catch (Exception e) {
            runtime.close();
            throw e instanceof ConfigException configuration
                    ? configuration
                    : new IllegalStateException("the Flink cluster did not start", e);
        }
    }

    /** Flink's web page and REST interface. */
    public URI webAddress() {
        return cluster.getRestAddress().join();
    }

    /** Port of health and metrics. */
    public int opsPort() {
        return Objects.requireNonNull(ops, "started").port();
    }

    @Override
    public CompletableFuture<Void> terminated() {
        return terminated;
    }

    /** Cancels the jobs, which keeps their newest checkpoints, and stops the cluster. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (ops != null) {
            ops.close();
        }
        if (cluster.isRunning()) {
            jobs.values().forEach(job -> awaitQuietly(cluster.cancelJob(job), "a job's cancellation"));
            ends.forEach(end -> awaitQuietly(end, "a job's end"));
        }
        awaitQuietly(cluster.closeAsync(), "the end of the cluster");
        Metrics.removeRegistry(metrics);
        metrics.close();
        directory.close();
        terminated.complete(null);
    }

    private void run(FlinkRuntimeConfig config, List<JobGraph> graphs) throws Exception {
        Metrics.addRegistry(metrics);
        cluster.start();
        for (JobGraph graph : graphs) {
            cluster.submitJob(graph).get(START_BOUND_SECONDS, TimeUnit.SECONDS);
            jobs.put(graph.getName(), graph.getJobID());
            ends.add(cluster.requestJobResult(graph.getJobID())
                    .whenComplete((result, failure) -> onEnd(graph, result, failure)));
            Gauge.builder(
                            JobsMetrics.JOB_RUNNING,
                            () -> whyNotRunning(graph.getJobID()).isEmpty() ? 1 : 0)
                    .tag(JobsMetrics.LABEL_JOB, graph.getName())
                    .register(metrics);
        }
        ops = OpsServer.start(config.opsPort(), this::notReady, metrics);
        LOG.info("Flink's web page is at {}", webAddress());
    }

    private static JobGraph graph(JobDefinition definition, RuntimeDirectory directory) {
        JobGraph graph = definition.graph().getJobGraph(FlinkRuntime.class.getClassLoader(), definition.id());
        Optional<Path> checkpoint = directory.takeUp(definition.id());
        LOG.info(
                "job {} starts from {}",
                definition.name(),
                checkpoint.map(Path::toString).orElse("the beginning"));
        checkpoint.ifPresent(path -> graph.setSavepointRestoreSettings(
                SavepointRestoreSettings.forPath(path.toUri().toString(), false, RestoreMode.CLAIM)));
        return graph;
    }

    private void onEnd(JobGraph graph, JobResult result, @Nullable Throwable failure) {
        if (closed) {
            return;
        }
        Optional<JobHaltedException> halt = ExceptionUtils.findThrowableSerializedAware(
                failure == null ? result.getSerializedThrowable().orElse(null) : failure,
                JobHaltedException.class,
                FlinkRuntime.class.getClassLoader());
        if (halt.isPresent()) {
            String why = String.valueOf(halt.get().getMessage());
            LOG.error("job {} has halted; the others go on: {}", graph.getName(), why);
            halted.put(graph.getName(), why);
        } else if (failure != null) {
            terminated.completeExceptionally(failure);
        } else if (result.getApplicationStatus() != ApplicationStatus.SUCCEEDED) {
            terminated.completeExceptionally(new IllegalStateException(
                    "job %s ended: %s".formatted(graph.getName(), result.getApplicationStatus()),
                    result.getSerializedThrowable().orElse(null)));
        }
    }

    private List<String> notReady() {
        List<String> reasons = new ArrayList<>();
        jobs.forEach((name, job) -> {
            String halt = halted.get(name);
            if (halt != null) {
                reasons.add("%s: halted: %s".formatted(name, halt));
            } else {
                whyNotRunning(job).ifPresent(reason -> reasons.add(name + ": " + reason));
            }
        });
        return reasons;
    }

    /** Empty while every task of a job runs. */
    private Optional<String> whyNotRunning(JobID job) {
        try {
            AccessExecutionGraph graph = cluster.getExecutionGraph(job).get(STATUS_BOUND_SECONDS, TimeUnit.SECONDS);
            if (graph.getState() != JobStatus.RUNNING) {
                return Optional.of("job is " + graph.getState());
            }
            for (AccessExecutionVertex task : graph.getAllExecutionVertices()) {
                if (task.getExecutionState() != ExecutionState.RUNNING
                        && task.getExecutionState() != ExecutionState.FINISHED) {
                    return Optional.of(
                            "task %s is %s".formatted(task.getTaskNameWithSubtaskIndex(), task.getExecutionState()));
                }
            }
            return Optional.empty();
        } catch (ExecutionException | TimeoutException e) {
            return Optional.of("its state is unknown: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("its state is unknown: interrupted");
        }
    }

    private static void awaitQuietly(Future<?> end, String what) {
        try {
            end.get(STOP_BOUND_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("{} was not clean; checkpoints are not affected", what, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
