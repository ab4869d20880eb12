package io.ocos.jobs.registry;

import io.ocos.jobs.flink.JobArguments;
import io.ocos.jobs.flink.JobDefinition;
import io.ocos.jobs.flink.KafkaSinks;
import io.ocos.schemas.avro.RegistryChange;
import io.ocos.schemas.io.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The registry's changes to topic {@code registry-changes}: the rows as they are at first, then every commit (DESIGN 2). */
public final class RegistryCdcJob {

    /** Name of the job. */
    public static final String NAME = "registry-cdc";

    private RegistryCdcJob() {}

    /** For a cluster: {@code flink run -c io.ocos.jobs.registry.RegistryCdcJob … CONFIG.yaml [KEY=VALUE …]}. */
    public static void main(String[] arguments) throws Exception {
        define(JobArguments.load(RegistryCdcJobConfig.class, arguments)).execute();
    }

    /** The job for a configuration. It waits for PostgreSQL however long it is away. */
    public static JobDefinition define(RegistryCdcJobConfig config) {
        return new JobDefinition(
                        NAME,
                        Duration.ofMillis(config.checkpointIntervalMillis()),
                        environment -> build(environment, config))
                .restartingForEver();
    }

    private static void build(StreamExecutionEnvironment environment, RegistryCdcJobConfig config) {
        environment.setParallelism(1);
        DataStream<RegistryChange> read = environment
                .fromSource(RegistrySource.of(config), WatermarkStrategy.noWatermarks(), "registry")
                .uid(RegistryCdcTopology.SOURCE_UID);
        RegistryCdcTopology.build(
                        read,
                        new ChangeSequence(
                                new ReplicationSlot(config.database(), config.slot()),
                                config.heartbeatIntervalMillis()))
                .sinkTo(KafkaSinks.exactlyOnce(
                        config.kafkaBootstrap(),
                        config.kafkaPropertiesFile(),
                        NAME,
                        Topic.REGISTRY_CHANGES,
                        new RowKeying()))
                .name(Topic.REGISTRY_CHANGES.topicName())
                .uid(RegistryCdcTopology.SINK_UID);
    }

    private static final class RowKeying implements KafkaSinks.Keying<RegistryChange> {
        private static final long serialVersionUID = 1;

        @Override
        public byte[] key(RegistryChange change) {
            return ChangeSequence.row(change).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public long timestampMillis(RegistryChange change) {
            return change.getCommittedAt();
        }
    }
}
