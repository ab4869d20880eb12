package io.ocos.ingest.io;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Ends its process like {@code kill -9} at the n-th record that is sent ({@code test.halt.send}) or acknowledged
 * ({@code test.halt.ack}): the latter lies in the log already, and is not committed.
 */
public final class HaltingInterceptor
        implements ProducerInterceptor<byte[], byte[]>, ConsumerInterceptor<byte[], byte[]> {

    private static final AtomicInteger SENT = new AtomicInteger();
    private static final AtomicInteger ACKNOWLEDGED = new AtomicInteger();

    @Override
    public ProducerRecord<byte[], byte[]> onSend(ProducerRecord<byte[], byte[]> record) {
        haltAt("test.halt.send", SENT);
        return record;
    }

    @Override
    public void onAcknowledgement(@Nullable RecordMetadata metadata, @Nullable Exception exception) {
        haltAt("test.halt.ack", ACKNOWLEDGED);
    }

    private static void haltAt(String property, AtomicInteger count) {
        if (count.incrementAndGet() == Integer.getInteger(property, -1)) {
            Runtime.getRuntime().halt(9);
        }
    }

    @Override
    public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
        return records;
    }

    @Override
    public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

    @Override
    public void close() {}

    @Override
    public void configure(Map<String, ?> configs) {}
}
