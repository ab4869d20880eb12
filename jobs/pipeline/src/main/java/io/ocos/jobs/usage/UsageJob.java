package io.ocos.jobs.usage;

import io.ocos.jobs.flink.JobArguments;
import io.ocos.jobs.flink.JobDefinition;
import io.ocos.jobs.flink.KafkaSinks;
import io.ocos.jobs.flink.KafkaSources;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.flink.RecordTypeInfo;
import io.ocos.jobs.rewardpipeline.Clocks;
import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.schemas.io.Topic;
import java.time.Duration;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** What jobs and accounts use to bills: usage per minute, storage per hour, quota events, invoices (SPEC 12). */
public final class UsageJob {

    /** Name of the job, of its consumer group, and of it where it refuses records. */
    public static final String NAME = "usage";

    private UsageJob() {}

    /** For a cluster: {@code flink run -c io.ocos.jobs.usage.UsageJob … CONFIG.yaml [KEY=VALUE …]}. */
    public static void main(String[] arguments) throws Exception {
        define(JobArguments.load(UsageJobConfig.class, arguments)).execute();
    }

    /** The job for a configuration. */
    public static JobDefinition define(UsageJobConfig config) {
        ArtifactStore store = ArtifactStore.at(config.artifactDirectory());
        return new JobDefinition(
                NAME,
                Duration.ofMillis(config.checkpointIntervalMillis()),
                environment -> build(environment, config, store));
    }

    private static void build(StreamExecutionEnvironment environment, UsageJobConfig config, ArtifactStore store) {
        environment.setParallelism(config.parallelism());
        // A subtask without a partition would hold back the time of all: there are never more than partitions.
        int telemetryReaders = Math.min(config.parallelism(), Topic.TELEMETRY.partitions());
        UsageTopology.Outputs outputs = UsageTopology.build(
                new UsageTopology.Sources(
                        source(
                                environment,
                                config,
                                Topic.TELEMETRY,
                                Clocks.telemetry(),
                                UsageTopology.TELEMETRY_SOURCE_UID,
                                telemetryReaders),
                        source(
                                environment,
                                config,
                                Topic.CHAIN_EVENTS,
                                Clocks.chain(),
                                UsageTopology.CHAIN_SOURCE_UID,
                                1),
                        source(environment, config, Topic.JOB_EVENTS, Clocks.jobs(), UsageTopology.JOB_SOURCE_UID, 1),
                        source(
                                environment,
                                config,
                                Topic.REGISTRY_CHANGES,
                                UsageTopology.registryClock(),
                                UsageTopology.REGISTRY_SOURCE_UID,
                                1)),
                config.filter(),
                new Closing(Closing.NEVER),
                config.invoiceGraceMinutes(),
                store);
        outputs.records()
                .union(outputs.rejected()
                        .map(record -> (SpecificRecord) record)
                        .returns(RecordTypeInfo.any())
                        .name("rejected")
                        .uid("usage-rejected"))
                .sinkTo(KafkaSinks.exactlyOnce(
                        config.kafkaBootstrap(),
                        config.kafkaPropertiesFile(),
                        NAME + "-rows",
                        (value, context, time) -> UsageOutgoing.record(value)))
                .name("usage")
                .uid(UsageTopology.SINK_UID);
    }

    private static DataStream<RawRecord> source(
            StreamExecutionEnvironment environment,
            UsageJobConfig config,
            Topic topic,
            WatermarkStrategy<RawRecord> clock,
            String uid,
            int parallelism) {
        return environment
                .fromSource(
                        KafkaSources.raw(config.kafkaBootstrap(), config.kafkaPropertiesFile(), NAME, topic),
                        clock,
                        topic.topicName())
                .uid(uid)
                .setParallelism(parallelism);
    }
}
