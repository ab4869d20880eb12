package io.ocos.jobs.settlement;

import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.NavigableMap;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** The settlement batches as they lie in their topic. */
public final class BatchLog {

    private static final TopicPartition PARTITION = new TopicPartition(Topic.SETTLEMENT_BATCHES.topicName(), 0);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final String API_TIMEOUT_MILLIS = "15000";

    private BatchLog() {}

    /**
     * All committed batches by number.
     *
     * @param propertiesFile further properties of the consumer (security); null = none
     * @throws ConfigException when Kafka or the topic cannot be reached
     */
    public static NavigableMap<Long, SettlementBatch> read(String bootstrap, @Nullable Path propertiesFile) {
        Properties properties = new Properties();
        if (propertiesFile != null) {
            try (Reader reader = Files.newBufferedReader(propertiesFile)) {
                properties.load(reader);
            } catch (IOException e) {
                throw new ConfigException("%s cannot be read: %s".formatted(propertiesFile, e), e);
            }
        }
        properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, API_TIMEOUT_MILLIS);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            return read(consumer);
        } catch (KafkaException e) {
            throw new ConfigException(
                    "topic %s at %s cannot be read: %s".formatted(PARTITION.topic(), bootstrap, e.getMessage()), e);
        }
    }

    private static NavigableMap<Long, SettlementBatch> read(KafkaConsumer<byte[], byte[]> consumer) {
        NavigableMap<Long, SettlementBatch> batches = new TreeMap<>();
        consumer.assign(List.of(PARTITION));
        consumer.seekToBeginning(List.of(PARTITION));
        long end = consumer.endOffsets(List.of(PARTITION)).getOrDefault(PARTITION, 0L);
        while (consumer.position(PARTITION) < end) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                try {
                    SettlementBatch batch = RecordCodec.decode(record.value(), SettlementBatch.class);
                    batches.put(batch.getNumber(), batch);
                } catch (MalformedRecordException e) {
                    throw new ConfigException(
                            "%s at offset %d: %s".formatted(PARTITION.topic(), record.offset(), e.detail()), e);
                }
            }
        }
        return batches;
    }
}
