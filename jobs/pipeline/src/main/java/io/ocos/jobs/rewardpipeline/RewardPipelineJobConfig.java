package io.ocos.jobs.rewardpipeline;

import static io.ocos.jobs.flink.ConfigChecks.inRange;
import static io.ocos.jobs.flink.ConfigChecks.required;

import io.ocos.schemas.domain.Address;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the RewardPipelineJob. Keys that have a default may be absent (null to the constructor); afterwards nothing
 * but {@code kafkaPropertiesFile} is null.
 *
 * @param kafkaBootstrap {@code host:port[,host:port]}
 * @param kafkaPropertiesFile further properties of the Kafka clients (security); null = none
 * @param chainId EIP-155 chain id under which nodes sign
 * @param registry address of the NodeRegistry contract under which nodes sign
 * @param parallelism subtasks of each operator, at least 1; default 2
 * @param checkpointIntervalMillis also the time after which results are seen, 10 … 3 600 000; default 5 000
 */
public record RewardPipelineJobConfig(
        String kafkaBootstrap,
        @Nullable Path kafkaPropertiesFile,
        Long chainId,
        Address registry,
        Integer parallelism,
        Integer checkpointIntervalMillis) {

    public RewardPipelineJobConfig {
        required("kafkaBootstrap", kafkaBootstrap);
        required("chainId", chainId);
        required("registry", registry);
        if (chainId < 1) {
            throw new IllegalArgumentException("chainId %d, expected at least 1".formatted(chainId));
        }
        parallelism = inRange("parallelism", parallelism, 2, 1, 128);
        checkpointIntervalMillis = inRange("checkpointIntervalMillis", checkpointIntervalMillis, 5_000, 10, 3_600_000);
    }

    PresenceFilter filter() {
        return new PresenceFilter(chainId, registry, true);
    }
}
