package io.ocos.jobs.usage;

import io.ocos.jobs.rewardpipeline.PresenceFilter;
import io.ocos.schemas.domain.Address;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the UsageJob. Keys that have a default may be absent (null to the constructor); afterwards nothing but
 * {@code kafkaPropertiesFile} is null.
 *
 * @param kafkaBootstrap {@code host:port[,host:port]}
 * @param kafkaPropertiesFile further properties of the Kafka clients (security); null = none
 * @param chainId EIP-155 chain id under which nodes sign
 * @param registry address of the NodeRegistry contract under which nodes sign
 * @param verifySignatures whether signatures of envelopes with usage are verified again (E1); default true
 * @param artifactDirectory where closed invoices are kept: a URI of any file system that Flink knows, or a local path
 * @param invoiceGraceMinutes minutes after the end of a month at which its invoices are closed; what comes later is a line of
 *     the next one; 0 … 10 080; default 10
 * @param parallelism subtasks of each operator, 1 … 128; default 2
 * @param checkpointIntervalMillis also the time after which results are seen, 10 … 3 600 000; default 5 000
 */
public record UsageJobConfig(
        String kafkaBootstrap,
        @Nullable Path kafkaPropertiesFile,
        Long chainId,
        Address registry,
        Boolean verifySignatures,
        String artifactDirectory,
        Integer invoiceGraceMinutes,
        Integer parallelism,
        Integer checkpointIntervalMillis) {

    public UsageJobConfig {
        required("kafkaBootstrap", kafkaBootstrap);
        required("chainId", chainId);
        required("registry", registry);
        required("artifactDirectory", artifactDirectory);
        if (chainId < 1) {
            throw new IllegalArgumentException("chainId %d, expected at least 1".formatted(chainId));
        }
        verifySignatures = verifySignatures == null || verifySignatures;
        invoiceGraceMinutes = inRange("invoiceGraceMinutes", invoiceGraceMinutes, 10, 0, 10_080);
        parallelism = inRange("parallelism", parallelism, 2, 1, 128);
        checkpointIntervalMillis = inRange("checkpointIntervalMillis", checkpointIntervalMillis, 5_000, 10, 3_600_000);
    }

    PresenceFilter filter() {
        return new PresenceFilter(chainId, registry, verifySignatures);
    }

    private static void required(String key, @Nullable Object value) {
        if (value == null) {
            throw new IllegalArgumentException("%s is missing".formatted(key));
        }
    }

    private static int inRange(String key, @Nullable Integer value, int absent, int min, int max) {
        int given = value == null ? absent : value;
        if (given < min || given > max) {
            throw new IllegalArgumentException("%s %d, expected %d … %d".formatted(key, given, min, max));
        }
        return given;
    }
}
