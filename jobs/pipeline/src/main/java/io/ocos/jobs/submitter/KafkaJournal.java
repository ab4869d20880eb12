package io.ocos.jobs.submitter;

import io.ocos.rewardssettlement.domain.submission.FencedException;
import io.ocos.rewardssettlement.domain.submission.Journal;
import io.ocos.rewardssettlement.domain.submission.JournalEntry;
import io.ocos.rewardssettlement.domain.submission.JournalException;
import io.ocos.rewardssettlement.io.SubmissionSteps;
import io.ocos.schemas.avro.SubmissionStep;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * The journal in topic {@code settlement-journal}: each entry is a transaction of its own under one transactional id, so that an
 * entry is there for good or not at all, and whoever opens the journal ends what others could still write (docs/decisions).
 */
final class KafkaJournal implements Journal, AutoCloseable {

    /** Of all submitters there are: whoever uses it last fences all others. */
    static final String TRANSACTIONAL_ID = "ocos-settlement-submitter";

    private static final String TOPIC = Topic.SETTLEMENT_JOURNAL.topicName();
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration BOUND = Duration.ofMinutes(1);

    private final Map<String, Object> clientProperties;
    private @Nullable KafkaProducer<byte[], byte[]> producer;

    /** @param clientProperties bootstrap servers and security */
    KafkaJournal(Map<String, Object> clientProperties) {
        this.clientProperties = Map.copyOf(clientProperties);
    }

    @Override
    public List<JournalEntry> open() {
        close();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            int partitions = consumer.partitionsFor(TOPIC).size();
            if (partitions != 1) {
                throw new JournalException("topic %s has %d partitions, expected 1: the journal is one sequence"
                        .formatted(TOPIC, partitions));
            }
            // First fence, which also ends what a predecessor left open, then read: nothing can come in between.
            KafkaProducer<byte[], byte[]> opened = producer();
            producer = opened;
            opened.initTransactions();
            return read(consumer);
        } catch (KafkaException e) {
            throw new JournalException("the journal cannot be opened: " + e.getMessage(), e);
        }
    }

    @Override
    public void append(JournalEntry entry) {
        KafkaProducer<byte[], byte[]> opened = producer;
        if (opened == null) {
            throw new IllegalStateException("not open");
        }
        try {
            opened.beginTransaction();
            // commitTransaction throws what the send failed with.
            var unused = opened.send(new ProducerRecord<>(
                    TOPIC, 0, entry.at(), null, RecordCodec.encode(SubmissionSteps.record(entry))));
            opened.commitTransaction();
        } catch (KafkaException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                // The second is what a write gets, the first what the end of a transaction gets.
                if (cause instanceof ProducerFencedException || cause instanceof InvalidProducerEpochException) {
                    throw new FencedException(
                            "another submitter has taken over the journal (transactional id %s), or this one was suspended for long"
                                    .formatted(TRANSACTIONAL_ID),
                            e);
                }
            }
            throw new JournalException(
                    "it is unknown whether this is in the journal: %s: %s".formatted(entry, e.getMessage()), e);
        }
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.close(Duration.ZERO);
            producer = null;
        }
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.putAll(Map.of(
                ConsumerConfig.CLIENT_ID_CONFIG,
                SubmitterService.PROCESS + "-journal",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "none",
                ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                false,
                ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                10_000));
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private KafkaProducer<byte[], byte[]> producer() {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.putAll(Map.of(
                ProducerConfig.CLIENT_ID_CONFIG,
                SubmitterService.PROCESS,
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                TRANSACTIONAL_ID,
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                30_000,
                ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                10_000,
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                20_000,
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                20_000));
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static List<JournalEntry> read(KafkaConsumer<byte[], byte[]> consumer) {
        consumer.assign(List.of(PARTITION));
        long begin = consumer.beginningOffsets(List.of(PARTITION)).getOrDefault(PARTITION, 0L);
        if (begin != 0) {
            throw new IllegalStateException(
                    "topic %s begins at offset %d: entries were deleted, so what was sent is not known any more; keep it with retention.ms=-1 and cleanup.policy=delete (docs/operations/submitter.md)"
                            .formatted(TOPIC, begin));
        }
        long end = consumer.endOffsets(List.of(PARTITION)).getOrDefault(PARTITION, 0L);
        consumer.seek(PARTITION, 0);
        List<JournalEntry> entries = new ArrayList<>();
        long start = System.nanoTime();
        while (consumer.position(PARTITION) < end) {
            if (System.nanoTime() - start > BOUND.toNanos()) {
                throw new JournalException("topic %s could not be read within %s".formatted(TOPIC, BOUND));
            }
            consumer.poll(POLL).forEach(record -> entries.add(entry(record)));
        }
        return entries;
    }

    private static JournalEntry entry(ConsumerRecord<byte[], byte[]> record) {
        try {
            if (record.value() == null) {
                throw new MalformedRecordException("NO_VALUE", "a record without value");
            }
            return SubmissionSteps.entry(RecordCodec.decode(record.value(), SubmissionStep.class));
        } catch (MalformedRecordException e) {
            throw new IllegalStateException(
                    "topic %s: the record at offset %d is no step of a submitter: %s"
                            .formatted(TOPIC, record.offset(), e.detail()),
                    e);
        }
    }
}
