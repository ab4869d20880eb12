package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.flink.JobArguments;
import io.ocos.jobs.flink.JobDefinition;
import io.ocos.jobs.flink.KafkaSinks;
import io.ocos.jobs.flink.KafkaSources;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.ReputationScore;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.io.Topic;
import java.time.Duration;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Signed telemetry, chain and job events to uptime, reputation and rewards of every minute (DESIGN 2). */
public final class RewardPipelineJob {

    /** Name of the job, of its consumer group, and of it where it refuses records. */
    public static final String NAME = "reward-pipeline";

    private RewardPipelineJob() {}

    /** For a cluster: {@code flink run -c io.ocos.jobs.rewardpipeline.RewardPipelineJob … CONFIG.yaml [KEY=VALUE …]}. */
    public static void main(String[] arguments) throws Exception {
        define(JobArguments.load(RewardPipelineJobConfig.class, arguments)).execute();
    }

    /** The job for a configuration. */
    public static JobDefinition define(RewardPipelineJobConfig config) {
        return new JobDefinition(
                NAME, Duration.ofMillis(config.checkpointIntervalMillis()), environment -> build(environment, config));
    }

    private static void build(StreamExecutionEnvironment environment, RewardPipelineJobConfig config) {
        environment.setParallelism(config.parallelism());
        // A subtask without a partition would hold back the time of all: there are never more than partitions.
        int telemetryReaders = Math.min(config.parallelism(), Topic.TELEMETRY.partitions());
        RewardPipelineTopology.Outputs outputs = RewardPipelineTopology.build(
                new RewardPipelineTopology.Sources(
                        source(
                                environment,
                                config,
                                Topic.TELEMETRY,
                                Clocks.telemetry(),
                                RewardPipelineTopology.TELEMETRY_SOURCE_UID,
                                telemetryReaders),
                        source(
                                environment,
                                config,
                                Topic.CHAIN_EVENTS,
                                Clocks.chain(),
                                RewardPipelineTopology.CHAIN_SOURCE_UID,
                                1),
                        source(
                                environment,
                                config,
                                Topic.JOB_EVENTS,
                                Clocks.jobs(),
                                RewardPipelineTopology.JOB_SOURCE_UID,
                                1)),
                config.filter(),
                new Closing(Closing.NEVER));
        sink(config, outputs);
    }

    private static DataStream<RawRecord> source(
            StreamExecutionEnvironment environment,
            RewardPipelineJobConfig config,
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

    /** Rows and rejects of a subtask are one transaction; the minutes have a sink of one subtask, which keeps their order. */
    private static void sink(RewardPipelineJobConfig config, RewardPipelineTopology.Outputs outputs) {
        RewardPipelineTopology.rows(outputs)
                .sinkTo(kafka(config, "rows"))
                .name("rows")
                .uid(RewardPipelineTopology.ROWS_SINK_UID);
        outputs.minutesClosed()
                .sinkTo(kafka(config, "minutes"))
                .name("minutes-closed")
                .uid(RewardPipelineTopology.MINUTES_SINK_UID)
                .setParallelism(1);
    }

    private static <T extends SpecificRecord> KafkaSink<T> kafka(RewardPipelineJobConfig config, String sink) {
        return KafkaSinks.exactlyOnce(
                config.kafkaBootstrap(),
                config.kafkaPropertiesFile(),
                NAME + "-" + sink,
                (value, context, time) -> outgoing(value));
    }

    private static ProducerRecord<byte[], byte[]> outgoing(SpecificRecord value) {
        if (value instanceof NodeMinute row) {
            return Outgoing.nodeMinute(row);
        } else if (value instanceof ReputationScore row) {
            return Outgoing.score(row);
        } else if (value instanceof Reward row) {
            return Outgoing.reward(row);
        } else if (value instanceof MinuteClosed row) {
            return Outgoing.minuteClosed(row);
        } else if (value instanceof RejectedRecord row) {
            return Outgoing.rejected(row);
        }
        throw new IllegalArgumentException("no topic for a " + value.getSchema().getName());
    }
}
