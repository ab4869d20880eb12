package io.ocos.jobs.flink;

import io.ocos.schemas.io.Topic;
import java.util.Arrays;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/** Kafka sources as every job uses them: committed records only, from the start of the topic on the job's first start. */
public final class KafkaSources {

    private KafkaSources() {}

    /**
     * An unbounded source. Positions are in the job's checkpoints; those committed to the group only show the lag.
     *
     * @param bootstrap {@code host:port}, comma-separated
     * @param group consumer group, one per job
     */
    public static KafkaSource<RawRecord> raw(String bootstrap, String group, Topic... topics) {
        return KafkaSource.<RawRecord>builder()
                .setBootstrapServers(bootstrap)
                .setGroupId(group)
                .setClientIdPrefix(group + "-" + topics[0].topicName())
                .setTopics(Arrays.stream(topics).map(Topic::topicName).toList())
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
                .setDeserializer(new RawRecordDeserializer())
                .build();
    }
}
