package io.ocos.jobs.archive;

import static io.ocos.jobs.flink.ConfigChecks.inRange;
import static io.ocos.jobs.flink.ConfigChecks.required;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the ArchiveJob, and of an archive that is written once. Keys that have a default may be absent (null to the
 * constructor); afterwards nothing but {@code kafkaPropertiesFile} is null.
 *
 * @param kafkaBootstrap {@code host:port[,host:port]}
 * @param kafkaPropertiesFile further properties of the Kafka consumers (security); null = none
 * @param directory where the archive is: a directory, or the URI of one on any file system that Flink has
 * @param epochMinutes length of an epoch, a constant of the deployment (SPEC 10), 1 … 1 000 000; default 60
 * @param parallelism subtasks that read and write, at least 1; default 1
 * @param checkpointIntervalMillis 10 … 3 600 000; default 10 000
 */
public record ArchiveJobConfig(
        String kafkaBootstrap,
        @Nullable Path kafkaPropertiesFile,
        String directory,
        Integer epochMinutes,
        Integer parallelism,
        Integer checkpointIntervalMillis) {

    public ArchiveJobConfig {
        required("kafkaBootstrap", kafkaBootstrap);
        required("directory", directory);
        epochMinutes = inRange("epochMinutes", epochMinutes, 60, 1, 1_000_000);
        parallelism = inRange("parallelism", parallelism, 1, 1, 1_024);
        checkpointIntervalMillis = inRange("checkpointIntervalMillis", checkpointIntervalMillis, 10_000, 10, 3_600_000);
    }
}
