package io.ocos.ingest.config;

/**
 * Configuration of the writer of PROGRESS records; null stands for the default.
 *
 * @param kafkaBootstrap the brokers
 * @param opsPort port of health, readiness and metrics, 0 (default) = any free one
 */
public record JobProgressConfig(String kafkaBootstrap, Integer opsPort) {

    public JobProgressConfig {
        kafkaBootstrap = Checks.required("kafkaBootstrap", kafkaBootstrap);
        opsPort = Checks.range("opsPort", opsPort, 0, 0, 65_535);
    }
}
