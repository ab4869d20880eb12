package io.ocos.ingest.io;

import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The log in Kafka: {@code acks=all} and idempotent, so that a record that is confirmed is there once, and behind all that
 * this process wrote to its partition before. An envelope that is not confirmed within {@link #DELIVERY} fails rather than
 * arriving late: a tick must not overtake it by more than the disorder that readers allow (SPEC 13).
 */
final class KafkaTelemetryLog implements TelemetryLog {

    /** Time after which an unconfirmed write fails. */
    static final Duration DELIVERY = Duration.ofSeconds(5);

    private static final String TELEMETRY = Topic.TELEMETRY.topicName();
    private static final String REJECTED = Topic.TELEMETRY_REJECTED.topicName();

    private final KafkaProducer<byte[], byte[]> telemetry;
    /** Of its own, so that rejects never take the room or the time of envelopes. */
    private final KafkaProducer<byte[], byte[]> rejects;

    /** @param clientProperties bootstrap servers and security */
    KafkaTelemetryLog(Map<String, Object> clientProperties, String clientId, long bufferBytes) {
        telemetry = producer(clientProperties, clientId, bufferBytes);
        rejects = producer(clientProperties, clientId + "-rejects", 8L << 20);
    }

    private static KafkaProducer<byte[], byte[]> producer(
            Map<String, Object> clientProperties, String clientId, long bufferBytes) {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.putAll(Map.of(
                ProducerConfig.CLIENT_ID_CONFIG,
                clientId,
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                true,
                ProducerConfig.LINGER_MS_CONFIG,
                5,
                ProducerConfig.BATCH_SIZE_CONFIG,
                64 << 10,
                ProducerConfig.BUFFER_MEMORY_CONFIG,
                bufferBytes,
                ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                3_000,
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                (int) DELIVERY.toMillis(),
                // Only the first look-up of a topic, or a full buffer, can block a caller.
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                1_000));
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public CompletableFuture<Position> append(SignedEnvelope envelope) {
        byte[] key = envelope.getNode().bytes();
        return send(
                        telemetry,
                        new ProducerRecord<>(
                                TELEMETRY, null, envelope.getReceivedAt(), key, RecordCodec.encode(envelope)))
                .thenApply(written -> new Position(written.partition(), written.offset()));
    }

    @Override
    public CompletableFuture<Integer> tick(String gateway, long atMillis) {
        byte[] value = RecordCodec.encode(new TelemetryTick(gateway, atMillis));
        List<PartitionInfo> partitions;
        try {
            partitions = telemetry.partitionsFor(TELEMETRY);
        } catch (KafkaException e) {
            return CompletableFuture.failedFuture(e);
        }
        Stream<CompletableFuture<RecordMetadata>> writes = partitions.stream()
                .map(partition ->
                        send(telemetry, new ProducerRecord<>(TELEMETRY, partition.partition(), atMillis, null, value)));
        return CompletableFuture.allOf(writes.toArray(CompletableFuture<?>[]::new))
                .thenApply(written -> partitions.size());
    }

    @Override
    public CompletableFuture<Void> keep(RejectedRecord rejected) {
        byte[] key = rejected.getKey() == null ? null : AvroValues.bytes(rejected.getKey());
        return send(
                        rejects,
                        new ProducerRecord<>(
                                REJECTED, null, rejected.getTimestamp(), key, RecordCodec.encode(rejected)))
                .thenAccept(written -> {});
    }

    private static CompletableFuture<RecordMetadata> send(
            KafkaProducer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> sent) {
        CompletableFuture<RecordMetadata> written = new CompletableFuture<>();
        try {
            var unused = producer.send(sent, (metadata, failure) -> {
                if (failure == null) {
                    written.complete(metadata);
                } else {
                    written.completeExceptionally(failure);
                }
            });
        } catch (KafkaException | IllegalStateException e) {
            written.completeExceptionally(e);
        }
        return written;
    }

    @Override
    public void close() {
        telemetry.close(DELIVERY);
        rejects.close(Duration.ofSeconds(1));
    }
}
