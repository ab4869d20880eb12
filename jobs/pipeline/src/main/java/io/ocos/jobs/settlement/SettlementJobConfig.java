package io.ocos.jobs.settlement;

import static io.ocos.jobs.flink.ConfigChecks.inRange;
import static io.ocos.jobs.flink.ConfigChecks.required;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the SettlementJob. Keys that have a default may be absent (null to the constructor); afterwards nothing but
 * {@code kafkaPropertiesFile} is null.
 *
 * @param kafkaBootstrap {@code host:port[,host:port]}
 * @param kafkaPropertiesFile further properties of the Kafka clients (security); null = none
 * @param epochMinutes length of an epoch, a constant of the deployment (SPEC 10), 1 … 525 600; default 60
 * @param artifactDirectory where artifacts are kept: a URI of any file system that Flink knows, or a local path
 * @param parallelism subtasks of each operator, 1 … 128; default 2
 * @param checkpointIntervalMillis also the time after which a batch is seen, 10 … 3 600 000; default 10 000
 */
public record SettlementJobConfig(
        String kafkaBootstrap,
        @Nullable Path kafkaPropertiesFile,
        Integer epochMinutes,
        String artifactDirectory,
        Integer parallelism,
        Integer checkpointIntervalMillis) {

    public SettlementJobConfig {
        required("kafkaBootstrap", kafkaBootstrap);
        required("artifactDirectory", artifactDirectory);
        epochMinutes = inRange("epochMinutes", epochMinutes, 60, 1, 525_600);
        parallelism = inRange("parallelism", parallelism, 2, 1, 128);
        checkpointIntervalMillis = inRange("checkpointIntervalMillis", checkpointIntervalMillis, 10_000, 10, 3_600_000);
    }
}
