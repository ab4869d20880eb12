package io.ocos.jobs.submitter;

import io.ocos.rewardssettlement.domain.submission.BatchSource;
import io.ocos.rewardssettlement.domain.submission.Proposal;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The batches of topic {@code settlement-batches}, and the lease: all submitters are one consumer group, and whoever has the
 * topic's one partition acts, while the others wait. The lease keeps two from getting in each other's way; what keeps them from
 * doing something twice is the journal.
 */
final class BatchTail implements BatchSource, AutoCloseable {

    /** The consumer group of all submitters. */
    static final String GROUP = "ocos-settlement-submitter";

    private static final Logger LOG = LoggerFactory.getLogger(BatchTail.class);
    private static final String TOPIC = Topic.SETTLEMENT_BATCHES.topicName();
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Consumer<Throwable> onFailure;
    private final Thread thread;
    private final Map<Long, String> cids = new HashMap<>();
    private final TreeMap<Long, Proposal> batches = new TreeMap<>();
    private @Nullable String contradiction;
    private boolean caughtUp;
    private boolean leader;
    private long unreadable;

    /**
     * Begins to read, and to ask for the lease.
     *
     * @param clientProperties bootstrap servers and security
     * @param onFailure called once, when reading has failed for good
     */
    BatchTail(Map<String, Object> clientProperties, Consumer<Throwable> onFailure) {
        this.onFailure = onFailure;
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.putAll(Map.of(
                ConsumerConfig.CLIENT_ID_CONFIG,
                SubmitterService.PROCESS + "-batches",
                ConsumerConfig.GROUP_ID_CONFIG,
                GROUP,
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                false,
                // A topic that is made later, and a leader that dies, are seen soon.
                ConsumerConfig.METADATA_MAX_AGE_CONFIG,
                5_000,
                ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
                10_000,
                ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
                2_000));
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        thread = new Thread(this::run, "batches");
        thread.setDaemon(true);
        thread.start();
    }

    /** Whether this submitter has the lease. */
    synchronized boolean isLeader() {
        return leader;
    }

    /** Records that are no batch. */
    synchronized long unreadable() {
        return unreadable;
    }

    /** Identifier of a batch's artifact. */
    synchronized Optional<String> cid(long number) {
        return Optional.ofNullable(cids.get(number));
    }

    @Override
    public synchronized boolean isCaughtUp() {
        return caughtUp;
    }

    @Override
    public synchronized Optional<Proposal> ofNumber(long number) {
        return Optional.ofNullable(batches.get(number));
    }

    @Override
    public synchronized List<Proposal> above(long number) {
        return List.copyOf(batches.tailMap(number, false).descendingMap().values());
    }

    @Override
    public synchronized Optional<String> contradiction() {
        return Optional.ofNullable(contradiction);
    }

    @Override
    public void close() {
        consumer.wakeup();
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (consumer) {
            consumer.subscribe(List.of(TOPIC), new Lease());
            while (true) {
                try {
                    consumer.poll(POLL).forEach(this::read);
                    lookAtEnd();
                } catch (InterruptException | WakeupException e) {
                    throw e;
                } catch (KafkaException e) {
                    LOG.warn("topic {}: {}", TOPIC, e.toString());
                    LockSupport.parkNanos(RETRY.toNanos());
                }
            }
        } catch (WakeupException | InterruptException e) {
            LOG.debug("topic {}: closed", TOPIC);
        } catch (Throwable e) {
            onFailure.accept(e);
        } finally {
            end();
        }
    }

    private synchronized void end() {
        leader = false;
        caughtUp = false;
    }

    private void lookAtEnd() {
        if (isCaughtUp() || !isLeader()) {
            return;
        }
        boolean atEnd = consumer.endOffsets(consumer.assignment()).entrySet().stream()
                .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
        synchronized (this) {
            caughtUp = atEnd && leader;
            if (caughtUp) {
                LOG.info(
                        "topic {}: read, {} batches, the newest is {}",
                        TOPIC,
                        batches.size(),
                        batches.isEmpty() ? 0 : batches.lastKey());
            }
        }
    }

    private synchronized void read(ConsumerRecord<byte[], byte[]> record) {
        try {
            if (record.value() == null) {
                throw new MalformedRecordException("NO_VALUE", "a record without value");
            }
            SettlementBatch batch = RecordCodec.decode(record.value(), SettlementBatch.class);
            Proposal proposal = new Proposal(
                    batch.getNumber(),
                    batch.getEpoch(),
                    AvroValues.hash32(batch.getRoot()),
                    AvroValues.amount(batch.getCumulativeTotal()),
                    AvroValues.hash32(batch.getArtifactDigest()));
            Proposal before = batches.putIfAbsent(proposal.number(), proposal);
            if (before != null && !before.equals(proposal)) {
                contradiction = "topic %s holds two different batches %d: %s, and at offset %d %s"
                        .formatted(TOPIC, proposal.number(), before, record.offset(), proposal);
            }
            cids.putIfAbsent(proposal.number(), batch.getCid());
        } catch (MalformedRecordException e) {
            unreadable++;
            LOG.error(
                    "topic {}: the record at offset {} is no batch and is skipped: {}",
                    TOPIC,
                    record.offset(),
                    e.detail());
        }
    }

    /** Called by poll, in the thread of this tail. */
    private final class Lease implements ConsumerRebalanceListener {

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            if (partitions.isEmpty()) {
                return;
            }
            consumer.seekToBeginning(partitions);
            synchronized (BatchTail.this) {
                batches.clear();
                cids.clear();
                contradiction = null;
                caughtUp = false;
                leader = true;
            }
            LOG.info("this submitter has the lease");
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            if (!partitions.isEmpty()) {
                end();
                LOG.info("this submitter has given the lease back");
            }
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            end();
            LOG.warn("this submitter has lost the lease: the broker has not heard of it for long");
        }
    }
}
