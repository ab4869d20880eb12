package io.ocos.jobs.flink;

import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Kafka sinks as every job uses them: exactly once, by transactions that end with the job's checkpoints. Readers with
 * {@code read_committed} see what a checkpoint covers and nothing else.
 */
public final class KafkaSinks {

    /**
     * Time after which the broker aborts a transaction: longer than a checkpoint and a restart take together
     * ({@link JobDefinition}), since what it aborts is lost, and below the 15 minutes that a broker allows by default.
     */
    static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(14);

    private static final int BATCH_BYTES = 64 << 10;
    private static final int BUFFER_BYTES = 8 << 20;

    /**
     * Where a record goes in its topic, and its time.
     *
     * @param <T> the record type
     */
    public interface Keying<T> extends Serializable {

        /** The record's key; null for none. */
        byte @Nullable [] key(T value);

        /** The record's timestamp: a time of what it is about, never the wall clock; ms UTC, ≥ 0. */
        long timestampMillis(T value);
    }

    private KafkaSinks() {}

    /**
     * A sink of records of one type into one topic.
     *
     * @param bootstrap {@code host:port}, comma-separated
     * @param propertiesFile further properties of the producers (security), read here and now; null = none
     * @param transactionalIdPrefix of this sink alone on this Kafka, and never changed: it fences the sink of a process before
     */
    public static <T extends SpecificRecord> KafkaSink<T> exactlyOnce(
            String bootstrap,
            @Nullable Path propertiesFile,
            String transactionalIdPrefix,
            Topic topic,
            Keying<T> keying) {
        String name = topic.topicName();
        return exactlyOnce(
                bootstrap,
                propertiesFile,
                transactionalIdPrefix,
                (value, context, time) -> new ProducerRecord<>(
                        name, null, keying.timestampMillis(value), keying.key(value), RecordCodec.encode(value)));
    }

    /** As above, with records of any type into any topics: what is written between two checkpoints is one transaction per subtask. */
    public static <T> KafkaSink<T> exactlyOnce(
            String bootstrap,
            @Nullable Path propertiesFile,
            String transactionalIdPrefix,
            KafkaRecordSerializationSchema<T> serializer) {
        return KafkaSink.<T>builder()
                .setKafkaProducerConfig(KafkaSources.properties(propertiesFile))
                .setBootstrapServers(bootstrap)
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix(transactionalIdPrefix)
                .setProperty(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Long.toString(TRANSACTION_TIMEOUT.toMillis()))
                .setProperty(ProducerConfig.LINGER_MS_CONFIG, "20")
                .setProperty(ProducerConfig.BATCH_SIZE_CONFIG, Integer.toString(BATCH_BYTES))
                .setProperty(ProducerConfig.BUFFER_MEMORY_CONFIG, Integer.toString(BUFFER_BYTES))
                .setRecordSerializer(serializer)
                .build();
    }
}
