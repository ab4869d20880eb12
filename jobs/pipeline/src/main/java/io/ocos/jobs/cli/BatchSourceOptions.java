package io.ocos.jobs.cli;

import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.schemas.config.ConfigException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say where batches are published: those of the local stack, or others. */
final class BatchSourceOptions {

    @Mixin
    private StackDirectoryOption stack = new StackDirectoryOption();

    @Option(
            names = "--artifacts",
            paramLabel = "URI",
            description = "Artifact store, without a local stack; a path, or a URI of any file system Flink knows.")
    private @Nullable String artifacts;

    @Option(names = "--kafka", paramLabel = "HOST:PORT", description = "Kafka, without a local stack.")
    private @Nullable String kafka;

    @Option(
            names = "--kafka-properties",
            paramLabel = "FILE",
            description = "Further properties of the Kafka consumers (security).")
    private @Nullable Path kafkaProperties;

    StackDirectoryOption stack() {
        return stack;
    }

    /** Whether the batches are those of the local stack. */
    boolean isLocal() {
        return kafka == null;
    }

    /**
     * {@code host:port}.
     *
     * @throws StackDirectoryOption.NoStackException when it is not given and no stack runs
     */
    String kafka() {
        return kafka != null
                ? kafka
                : stack.running()
                        .url("broker")
                        .orElseThrow(() -> new ConfigException("the broker of the stack is not started yet"));
    }

    /** Null: none. */
    @Nullable
    Path kafkaProperties() {
        return kafkaProperties;
    }

    ArtifactStore artifacts() {
        return ArtifactStore.at(
                artifacts != null
                        ? artifacts
                        : stack.directory().artifacts().toUri().toString());
    }
}
