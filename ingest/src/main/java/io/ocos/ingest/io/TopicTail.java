package io.ocos.ingest.io;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a topic from some time on and then follows it, in a thread of its own, committed records only. Waits for the topic
 * and for brokers as long as it takes. Partitions that are added later are not seen before a restart.
 */
final class TopicTail implements AutoCloseable {

    /** Read from the first record on. */
    static final long FROM_THE_BEGINNING = 0;

    private static final Logger LOG = LoggerFactory.getLogger(TopicTail.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final long RETRY_MILLIS = 500;

    private final String topic;
    private final long fromMillis;
    private final Consumer<ConsumerRecord<byte[], byte[]>> handler;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final CompletableFuture<Void> caughtUp = new CompletableFuture<>();
    private final Consumer<Throwable> onFailure;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;

    /**
     * Begins to read.
     *
     * @param clientProperties bootstrap servers and security
     * @param fromMillis record timestamp to begin with
     * @param handler called for every record, in the order of its partition
     * @param onFailure called once, when reading has failed for good
     */
    TopicTail(
            Map<String, Object> clientProperties,
            String topic,
            long fromMillis,
            Consumer<ConsumerRecord<byte[], byte[]>> handler,
            Consumer<Throwable> onFailure) {
        this.topic = topic;
        this.fromMillis = fromMillis;
        this.handler = handler;
        this.onFailure = onFailure;
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.putAll(Map.of(
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                false,
                ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                10_000));
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        thread = new Thread(this::run, "tail-" + topic);
        thread.setDaemon(true);
        thread.start();
    }

    String topic() {
        return topic;
    }

    /** Completes when all that was in the topic at the start has been handled. */
    CompletableFuture<Void> caughtUp() {
        return caughtUp;
    }

    @Override
    public void close() {
        closing.countDown();
        consumer.wakeup();
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (consumer) {
            Map<TopicPartition, Long> ends = Map.of();
            while (ends.isEmpty()) {
                ends = begin();
            }
            while (true) {
                consumer.poll(POLL).forEach(handler);
                if (!caughtUp.isDone() && ends.entrySet().stream().allMatch(e -> isAt(e.getKey(), e.getValue()))) {
                    LOG.info("topic {}: caught up at {}", topic, ends.values());
                    caughtUp.complete(null);
                }
            }
        } catch (WakeupException e) {
            LOG.debug("topic {}: closed", topic);
        } catch (Throwable e) {
            // Whatever it is, without this thread the gateway would go on with what it knew: the process must end.
            onFailure.accept(e);
        }
    }

    private boolean isAt(TopicPartition partition, long end) {
        return consumer.position(partition) >= end;
    }

    /** Assigns all partitions; where they end now, empty when that could not be learned yet. */
    private Map<TopicPartition, Long> begin() {
        try {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            if (!partitions.isEmpty()) {
                consumer.assign(partitions);
                Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
                if (fromMillis == FROM_THE_BEGINNING) {
                    consumer.seekToBeginning(partitions);
                } else {
                    seekTo(fromMillis, partitions, ends);
                }
                return ends;
            }
            LOG.info("topic {} does not exist yet", topic);
        } catch (RetriableException e) {
            LOG.warn("topic {}: {}", topic, e.getMessage());
        }
        try {
            if (closing.await(RETRY_MILLIS, TimeUnit.MILLISECONDS)) {
                throw new WakeupException();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WakeupException();
        }
        return Map.of();
    }

    private void seekTo(long millis, List<TopicPartition> partitions, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, Long> times = new HashMap<>();
        partitions.forEach(partition -> times.put(partition, millis));
        Map<TopicPartition, OffsetAndTimestamp> starts = consumer.offsetsForTimes(times);
        for (TopicPartition partition : partitions) {
            OffsetAndTimestamp start = starts.get(partition);
            consumer.seek(partition, start == null ? Objects.requireNonNull(ends.get(partition)) : start.offset());
        }
    }
}
