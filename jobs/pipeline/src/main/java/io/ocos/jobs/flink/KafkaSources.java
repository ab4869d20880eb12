package io.ocos.jobs.flink;

import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Properties;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.jspecify.annotations.Nullable;

/** Kafka sources as every job uses them: committed records only, from the start of the topic on the job's first start. */
public final class KafkaSources {

    private KafkaSources() {}

    /**
     * An unbounded source. Positions are in the job's checkpoints; those committed to the group only show the lag.
     *
     * @param bootstrap {@code host:port}, comma-separated
     * @param propertiesFile further properties of the consumers (security), read here and now; null = none
     * @param group consumer group, one per job
     * @throws ConfigException when the file cannot be read
     */
    public static KafkaSource<RawRecord> raw(
            String bootstrap, @Nullable Path propertiesFile, String group, Topic... topics) {
        return raw(bootstrap, propertiesFile, group, OffsetsInitializer.earliest(), topics);
    }

    /** As {@link #raw(String, Path, String, Topic...)}, from other offsets on the job's first start. */
    public static KafkaSource<RawRecord> raw(
            String bootstrap, @Nullable Path propertiesFile, String group, OffsetsInitializer start, Topic... topics) {
        return KafkaSource.<RawRecord>builder()
                .setProperties(properties(propertiesFile))
                .setBootstrapServers(bootstrap)
                .setGroupId(group)
                .setClientIdPrefix(group + "-" + topics[0].topicName())
                .setTopics(Arrays.stream(topics).map(Topic::topicName).toList())
                .setStartingOffsets(start)
                .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
                .setDeserializer(new RawRecordDeserializer())
                .build();
    }

    /**
     * The properties of a file, for clients of ours beside the sources; none for null.
     *
     * @throws ConfigException when the file cannot be read
     */
    public static Properties properties(@Nullable Path file) {
        Properties properties = new Properties();
        if (file != null) {
            try (Reader reader = Files.newBufferedReader(file)) {
                properties.load(reader);
            } catch (IOException e) {
                throw new ConfigException("kafkaPropertiesFile %s cannot be read: %s".formatted(file, e), e);
            }
        }
        return properties;
    }
}
