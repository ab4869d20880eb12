package io.ocos.jobs.analytics;

import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Every topic on a broker, and a producer for them. */
final class Topics implements AutoCloseable {

    private final KafkaProducer<byte[], byte[]> producer;

    private Topics(KafkaProducer<byte[], byte[]> producer) {
        this.producer = producer;
    }

    static Topics create(String bootstrap) throws InterruptedException, ExecutionException {
        Map<String, Object> properties = Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        try (Admin admin = Admin.create(properties)) {
            List<NewTopic> topics = Stream.of(Topic.values())
                    .map(topic -> new NewTopic(topic.topicName(), topic.partitions(), (short) 1))
                    .toList();
            admin.createTopics(topics).all().get();
        }
        return new Topics(new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer()));
    }

    /** Writes a record and returns its place. */
    RecordMetadata put(Topic topic, int partition, SpecificRecord record) {
        return put(topic, partition, RecordCodec.encode(record));
    }

    /** Writes bytes, or a tombstone, with key 6b and timestamp {@link Records#MILLIS}; returns their place. */
    RecordMetadata put(Topic topic, int partition, byte @Nullable [] value) {
        try {
            return producer.send(new ProducerRecord<>(
                            topic.topicName(), partition, Records.MILLIS, new byte[] {0x6b}, value))
                    .get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot write to " + topic, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Writes a record without waiting; {@link #flush()} waits. */
    void send(Topic topic, int partition, SpecificRecord record) {
        var unused = producer.send(new ProducerRecord<>(
                topic.topicName(), partition, Records.MILLIS, new byte[] {0x6b}, RecordCodec.encode(record)));
    }

    void flush() {
        producer.flush();
    }

    @Override
    public void close() {
        producer.close();
    }
}
