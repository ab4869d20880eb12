package io.ocos.jobs.archive;

import io.ocos.jobs.flink.KafkaSources;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** Reads ranges of committed records of topics with known positions. For one thread. */
public final class TopicReader implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(500);
    private static final long SILENCE_SECONDS = 60;
    private static final int FETCH_BYTES = 4 << 20;

    /** Takes a record; may fail. */
    @FunctionalInterface
    public interface Sink {
        void accept(RawRecord record) throws IOException;
    }

    private final KafkaConsumer<byte[], byte[]> consumer;

    /**
     * @param bootstrap {@code host:port}, comma-separated
     * @param propertiesFile further properties (security); null = none
     */
    public TopicReader(String bootstrap, @Nullable Path propertiesFile) {
        Properties properties = KafkaSources.properties(propertiesFile);
        properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES);
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 10_000);
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /**
     * Names of all partitions of the archived topics.
     *
     * @throws IOException when a topic is not there, or Kafka does not answer
     */
    Set<String> partitions() throws IOException {
        Set<String> names = new TreeSet<>();
        for (Topic topic : ArchiveLayout.TOPICS) {
            Set<String> partitions = partitions(topic);
            if (partitions.isEmpty()) {
                throw new IOException("topic %s is not there".formatted(topic.topicName()));
            }
            names.addAll(partitions);
        }
        return names;
    }

    /**
     * Names of the partitions of a topic; none when it is not there.
     *
     * @throws IOException when Kafka does not answer
     */
    public Set<String> partitions(Topic topic) throws IOException {
        Set<String> names = new TreeSet<>();
        try {
            List<PartitionInfo> partitions = consumer.partitionsFor(topic.topicName());
            if (partitions != null) {
                partitions.forEach(partition -> names.add(partition.topic() + "-" + partition.partition()));
            }
        } catch (KafkaException e) {
            throw new IOException("partitions of topic %s: %s".formatted(topic.topicName(), e.getMessage()), e);
        }
        return names;
    }

    /** The offset behind the last record that is committed now. */
    public long end(String partition) throws IOException {
        TopicPartition id = id(partition);
        try {
            return consumer.endOffsets(Set.of(id)).getOrDefault(id, 0L);
        } catch (KafkaException e) {
            throw failed(partition, e);
        }
    }

    /** The offset of the first record that is still kept, or the end. */
    public long beginning(String partition) throws IOException {
        TopicPartition id = id(partition);
        try {
            return consumer.beginningOffsets(Set.of(id)).getOrDefault(id, 0L);
        } catch (KafkaException e) {
            throw failed(partition, e);
        }
    }

    /**
     * Reads the records with {@code from} ≤ offset &lt; {@code to}.
     *
     * @param to at most {@link #end}
     * @return how many there are
     * @throws IOException when records of the range were deleted, or none came for a minute
     */
    public long read(String partition, long from, long to, Sink sink) throws IOException {
        try {
            return readRange(partition, from, to, sink);
        } catch (KafkaException e) {
            throw failed(partition, e);
        }
    }

    private long readRange(String partition, long from, long to, Sink sink) throws IOException {
        TopicPartition id = id(partition);
        long beginning = beginning(partition);
        if (beginning > from) {
            throw new IOException(
                    "%s: the topic begins at offset %d, expected %d or less: records were deleted before they were archived"
                            .formatted(partition, beginning, from));
        }
        consumer.assign(Set.of(id));
        consumer.seek(id, from);
        long records = 0;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SILENCE_SECONDS);
        for (long position = from; position < to; ) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL).records(id)) {
                if (record.offset() < to) {
                    records++;
                    sink.accept(new RawRecord(
                            record.topic(),
                            record.partition(),
                            record.offset(),
                            record.timestamp(),
                            record.key(),
                            record.value()));
                }
            }
            long reached = consumer.position(id);
            if (reached > position) {
                position = reached;
                deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SILENCE_SECONDS);
            } else if (System.nanoTime() > deadline) {
                throw new IOException("%s: nothing came after offset %d for %d s, expected records up to %d"
                        .formatted(partition, position, SILENCE_SECONDS, to));
            }
        }
        return records;
    }

    @Override
    public void close() {
        consumer.close(Duration.ofSeconds(2));
    }

    /** The offsets at which an archive goes on, for a source. */
    static Map.Entry<TopicPartition, Long> position(String partition, long offset) {
        return Map.entry(id(partition), offset);
    }

    private static IOException failed(String partition, KafkaException e) {
        return new IOException("%s cannot be read: %s".formatted(partition, e.getMessage()), e);
    }

    private static TopicPartition id(String partition) {
        return new TopicPartition(PlannedFile.topic(partition).topicName(), PlannedFile.number(partition));
    }
}
