package io.ocos.jobs.settlement;

import io.ocos.jobs.flink.JobArguments;
import io.ocos.jobs.flink.JobDefinition;
import io.ocos.jobs.flink.KafkaSinks;
import io.ocos.jobs.flink.KafkaSources;
import io.ocos.jobs.flink.RecordTypeInfo;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.avro.SettlementLeaf;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.time.Duration;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** Rewards and closed minutes to settlement batches (DESIGN 2). */
public final class SettlementJob {

    /** Name of the job, of its consumer group, and of it where it refuses records. */
    public static final String NAME = "settlement";

    private static final String REJECTED = "-rejected";

    private SettlementJob() {}

    /** For a cluster: {@code flink run -c io.ocos.jobs.settlement.SettlementJob … CONFIG.yaml [KEY=VALUE …]}. */
    public static void main(String[] arguments) throws Exception {
        define(JobArguments.load(SettlementJobConfig.class, arguments)).execute();
    }

    /** The job for a configuration. */
    public static JobDefinition define(SettlementJobConfig config) {
        ArtifactStore store = ArtifactStore.at(config.artifactDirectory());
        return new JobDefinition(
                NAME,
                Duration.ofMillis(config.checkpointIntervalMillis()),
                environment -> build(environment, config, store));
    }

    private static void build(StreamExecutionEnvironment environment, SettlementJobConfig config, ArtifactStore store) {
        environment.setParallelism(config.parallelism());
        SingleOutputStreamOperator<Reward> rewards = read(environment, config, Topic.REWARDS, Reward.class);
        SingleOutputStreamOperator<MinuteClosed> minutes =
                read(environment, config, Topic.MINUTES_CLOSED, MinuteClosed.class);
        SettlementTopology.Streams streams = SettlementTopology.build(rewards, minutes, config.epochMinutes(), store);
        streams.batches()
                .sinkTo(KafkaSinks.exactlyOnce(
                        config.kafkaBootstrap(),
                        config.kafkaPropertiesFile(),
                        NAME + "-batches",
                        Topic.SETTLEMENT_BATCHES,
                        new BatchKeying()))
                .name(Topic.SETTLEMENT_BATCHES.topicName())
                .uid("settlement-batches-sink")
                .setParallelism(1); // keeps their order
        streams.leaves()
                .sinkTo(KafkaSinks.exactlyOnce(
                        config.kafkaBootstrap(),
                        config.kafkaPropertiesFile(),
                        NAME + "-leaves",
                        Topic.SETTLEMENT_LEAVES,
                        new LeafKeying()))
                .name(Topic.SETTLEMENT_LEAVES.topicName())
                .uid("settlement-leaves-sink");
        rewards.getSideOutput(RecordDecoder.REJECTED)
                .union(minutes.getSideOutput(RecordDecoder.REJECTED))
                .sinkTo(KafkaSinks.<RejectedRecord>exactlyOnce(
                        config.kafkaBootstrap(),
                        config.kafkaPropertiesFile(),
                        NAME + "-rejected",
                        (rejected, context, time) -> new ProducerRecord<>(
                                rejected.getSource() + REJECTED,
                                null,
                                rejected.getTimestamp(),
                                null,
                                RecordCodec.encode(rejected))))
                .name("rejected")
                .uid("settlement-rejected-sink")
                .setParallelism(1);
    }

    private static <T extends SpecificRecord> SingleOutputStreamOperator<T> read(
            StreamExecutionEnvironment environment, SettlementJobConfig config, Topic topic, Class<T> type) {
        int readers = Math.min(config.parallelism(), topic.partitions());
        return environment
                .fromSource(
                        KafkaSources.raw(config.kafkaBootstrap(), config.kafkaPropertiesFile(), NAME, topic),
                        WatermarkStrategy.noWatermarks(),
                        topic.topicName())
                .uid("settlement-source-" + topic.topicName())
                .setParallelism(readers)
                .process(new RecordDecoder<>(type), RecordTypeInfo.of(type))
                .name("decode " + topic.topicName())
                .uid("settlement-decode-" + topic.topicName())
                .setParallelism(readers);
    }

    private static final class BatchKeying implements KafkaSinks.Keying<SettlementBatch> {
        private static final long serialVersionUID = 1;

        @Override
        public byte @Nullable [] key(SettlementBatch batch) {
            return null;
        }

        @Override
        public long timestampMillis(SettlementBatch batch) {
            return Minutes.startMillis(batch.getToMinute());
        }
    }

    private static final class LeafKeying implements KafkaSinks.Keying<SettlementLeaf> {
        private static final long serialVersionUID = 1;

        @Override
        public byte[] key(SettlementLeaf leaf) {
            return leaf.getPayee().bytes();
        }

        @Override
        public long timestampMillis(SettlementLeaf leaf) {
            return Minutes.startMillis(leaf.getToMinute());
        }
    }
}
