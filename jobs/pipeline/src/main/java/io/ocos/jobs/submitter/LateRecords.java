package io.ocos.jobs.submitter;

import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The late-record alarm (SPEC 13): inputs that came when their minute was closed are in the archive and not in the rewards, so a
 * batch made since is not what its inputs give. The RewardPipelineJob rejects them with reason {@value #REASON}. Not for several
 * threads.
 */
final class LateRecords implements AutoCloseable {

    static final String REASON = "LATE";

    private static final List<TopicPartition> PARTITIONS = List.of(
            partition(Topic.TELEMETRY_REJECTED),
            partition(Topic.CHAIN_EVENTS_REJECTED),
            partition(Topic.JOB_EVENTS_REJECTED));
    private static final Duration POLL = Duration.ofMillis(200);

    /** The newest late record of each topic that a person has not acknowledged. */
    private record Late(long offset, String detail) {}

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<String, Long> acknowledged;
    private final Map<String, Late> newest = new TreeMap<>();
    private boolean assigned;

    /**
     * Nothing is read yet.
     *
     * @param clientProperties bootstrap servers and security
     * @param acknowledged by topic, the offset up to which its late records are known and accepted
     */
    LateRecords(Map<String, Object> clientProperties, Map<String, Long> acknowledged) {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.putAll(Map.of(
                ConsumerConfig.CLIENT_ID_CONFIG,
                SubmitterService.PROCESS + "-late",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                false,
                ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                15_000));
        this.consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.acknowledged = Map.copyOf(acknowledged);
    }

    private static TopicPartition partition(Topic topic) {
        return new TopicPartition(topic.topicName(), 0);
    }

    /**
     * Reads on to the end as it is now.
     *
     * @return why nothing may be proposed, one line; empty when there is no late record that is not acknowledged
     * @throws org.apache.kafka.common.KafkaException when the topics cannot be read
     */
    Optional<String> alarm() {
        if (!assigned) {
            consumer.assign(PARTITIONS);
            consumer.seekToBeginning(PARTITIONS);
            assigned = true;
        }
        Map<TopicPartition, Long> ends = consumer.endOffsets(PARTITIONS);
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            consumer.poll(POLL).forEach(this::look);
        }
        return newest.isEmpty()
                ? Optional.empty()
                : Optional.of("inputs came after their minutes were closed: %s; see docs/operations/submitter.md"
                        .formatted(newest.entrySet().stream()
                                .map(late -> "%s@%d: %s"
                                        .formatted(
                                                late.getKey(),
                                                late.getValue().offset(),
                                                late.getValue().detail()))
                                .collect(Collectors.joining("; "))));
    }

    private void look(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null || record.offset() <= acknowledged.getOrDefault(record.topic(), -1L)) {
            return;
        }
        try {
            SpecificRecord decoded = RecordCodec.decode(record.value());
            if (decoded instanceof RejectedRecord rejected
                    && rejected.getReason().equals(REASON)) {
                newest.put(record.topic(), new Late(record.offset(), rejected.getDetail()));
            }
        } catch (MalformedRecordException e) {
            // Whatever it is, it is no late record of ours; the AnalyticsJob shows it.
        }
    }

    @Override
    public void close() {
        consumer.close(Duration.ofSeconds(1));
    }
}
