package io.ocos.ingest.io;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ocos.ingest.domain.BlockHeader;
import io.ocos.ingest.domain.BlockRef;
import io.ocos.ingest.domain.EvmLog;
import io.ocos.ingest.domain.FinalBlock;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Topics {@code chain-events} and {@code chain-events-rejected}, written in transactions under one transactional id. There is no
 * cursor beside the topic: the last committed {@code BlockFinalized} in it is the cursor, so events and cursor cannot differ.
 */
final class KafkaChainLog implements ChainLog {

    /** Name of a chain event that carries the stream's progress (SPEC 2.2). */
    static final String BLOCK_FINALIZED = "BlockFinalized";

    /** Of all followers there are: whoever uses it last fences all others. */
    static final String TRANSACTIONAL_ID = "ocos-chain-events-writer";

    /** Reported as the source of refused logs, and as who refused them. */
    static final String PROCESS = "chain-follower";

    private static final Logger LOG = LoggerFactory.getLogger(KafkaChainLog.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String EVENTS = Topic.CHAIN_EVENTS.topicName();
    private static final String REJECTED = Topic.CHAIN_EVENTS_REJECTED.topicName();
    private static final TopicPartition PARTITION = new TopicPartition(EVENTS, 0);
    private static final int TAIL_RECORDS = 1_024;
    private static final int MAX_RAW_BYTES = 256 << 10;
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration BOUND = Duration.ofSeconds(30);

    private final Map<String, Object> clientProperties;
    private @Nullable KafkaProducer<byte[], byte[]> producer;

    /** @param clientProperties bootstrap servers and security */
    KafkaChainLog(Map<String, Object> clientProperties) {
        this.clientProperties = Map.copyOf(clientProperties);
    }

    @Override
    public List<BlockRef> open() {
        close();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            int partitions = consumer.partitionsFor(EVENTS).size();
            if (partitions == 0) {
                throw new UnknownTopicOrPartitionException("topic %s does not exist yet".formatted(EVENTS));
            }
            if (partitions != Topic.CHAIN_EVENTS.partitions()) {
                throw new FollowerStoppedException(
                        "topic %s has %d partitions, expected %d: its order is that of the chain"
                                .formatted(EVENTS, partitions, Topic.CHAIN_EVENTS.partitions()));
            }
            // First fence, which also ends what a predecessor left open, then read: nothing can come in between.
            KafkaProducer<byte[], byte[]> opened = producer();
            producer = opened;
            fencing(opened::initTransactions);
            return readBack(consumer);
        }
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.putAll(Map.of(
                ConsumerConfig.CLIENT_ID_CONFIG,
                PROCESS,
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
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private KafkaProducer<byte[], byte[]> producer() {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.putAll(Map.of(
                ProducerConfig.CLIENT_ID_CONFIG,
                PROCESS,
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                TRANSACTIONAL_ID,
                ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                60_000,
                ProducerConfig.LINGER_MS_CONFIG,
                5,
                ProducerConfig.BATCH_SIZE_CONFIG,
                128 << 10,
                ProducerConfig.BUFFER_MEMORY_CONFIG,
                16L << 20,
                ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                5_000,
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                10_000,
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                10_000));
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** The last committed blocks; looks further and further back until there is one. */
    private static List<BlockRef> readBack(KafkaConsumer<byte[], byte[]> consumer) {
        consumer.assign(List.of(PARTITION));
        long end = consumer.endOffsets(List.of(PARTITION)).getOrDefault(PARTITION, 0L);
        long begin = consumer.beginningOffsets(List.of(PARTITION)).getOrDefault(PARTITION, 0L);
        for (long back = TAIL_RECORDS; ; back *= 4) {
            long from = Math.max(begin, end - back);
            List<BlockRef> blocks = finalized(consumer, from, end);
            if (!blocks.isEmpty()) {
                LOG.info("topic {}: the last committed block is {}", EVENTS, blocks.get(blocks.size() - 1));
                return blocks;
            }
            if (from == begin) {
                if (begin > 0) {
                    throw new FollowerStoppedException(
                            "topic %s was written up to offset %d, and no BlockFinalized is left in it: records were deleted, so where to go on is not known; restore the topic with retention.ms=-1 (docs/operations/chain-follower.md)"
                                    .formatted(EVENTS, end));
                }
                LOG.info("topic {}: no block was ever committed", EVENTS);
                return List.of();
            }
        }
    }

    private static List<BlockRef> finalized(KafkaConsumer<byte[], byte[]> consumer, long from, long end) {
        List<BlockRef> blocks = new ArrayList<>();
        ConsumerRecord<byte[], byte[]> stray = null;
        consumer.seek(PARTITION, from);
        long start = System.nanoTime();
        while (consumer.position(PARTITION) < end) {
            if (System.nanoTime() - start > BOUND.toNanos()) {
                throw new TimeoutException(
                        "topic %s could not be read back from offset %d within %s".formatted(EVENTS, from, BOUND));
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                Optional<ChainEvent> event = decode(record);
                if (event.isPresent()) {
                    boolean finalized = event.get().getName().equals(BLOCK_FINALIZED);
                    stray = finalized ? null : record;
                    if (finalized) {
                        blocks.add(new BlockRef(
                                event.get().getBlockNumber(),
                                AvroValues.hash32(event.get().getBlockHash())));
                    }
                }
            }
        }
        if (stray != null) {
            throw new FollowerStoppedException(
                    "topic %s: the event at offset %d has no BlockFinalized behind it, so it was not written by a chain follower; find out what wrote it (docs/operations/chain-follower.md)"
                            .formatted(EVENTS, stray.offset()));
        }
        return blocks;
    }

    private static Optional<ChainEvent> decode(ConsumerRecord<byte[], byte[]> record) {
        try {
            return record.value() == null
                    ? Optional.empty()
                    : Optional.of(RecordCodec.decode(record.value(), ChainEvent.class));
        } catch (MalformedRecordException e) {
            LOG.warn("topic {}: the record at offset {} is skipped: {}", EVENTS, record.offset(), e.detail());
            return Optional.empty();
        }
    }

    @Override
    public void append(List<FinalBlock> blocks) {
        KafkaProducer<byte[], byte[]> opened = producer;
        if (opened == null) {
            throw new IllegalStateException("not open");
        }
        fencing(() -> {
            opened.beginTransaction();
            for (FinalBlock block : blocks) {
                for (FinalBlock.Event event : block.events()) {
                    send(opened, event(block.header(), event));
                }
                for (FinalBlock.Refused refused : block.refused()) {
                    send(opened, rejected(block.header(), refused));
                }
                send(opened, finalized(block.header()));
            }
            opened.commitTransaction();
        });
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> record) {
        // commitTransaction throws what a send failed with.
        var unused = producer.send(record);
    }

    private static void fencing(Runnable action) {
        try {
            action.run();
        } catch (KafkaException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                // The second is what a write gets, the first what the end of a transaction gets.
                if (cause instanceof ProducerFencedException || cause instanceof InvalidProducerEpochException) {
                    throw new FollowerStoppedException(
                            "another chain follower has taken over topic %s (transactional id %s), or this one was suspended for so long that its transaction was ended; it stops, nothing is lost or doubled; run only one"
                                    .formatted(EVENTS, TRANSACTIONAL_ID),
                            e);
                }
            }
            throw e;
        }
    }

    static ProducerRecord<byte[], byte[]> event(BlockHeader header, FinalBlock.Event event) {
        EvmLog log = event.log();
        return record(header, log.transactionHash(), log.logIndex(), log.address(), event.name(), event.args());
    }

    /** The record that a block is complete (SPEC 2.2): of no contract and no transaction. */
    static ProducerRecord<byte[], byte[]> finalized(BlockHeader header) {
        return record(header, Hash32.ZERO, -1, Address.ZERO, BLOCK_FINALIZED, Map.of());
    }

    private static ProducerRecord<byte[], byte[]> record(
            BlockHeader header,
            Hash32 transaction,
            long logIndex,
            Address contract,
            String name,
            Map<String, String> args) {
        return new ProducerRecord<>(
                EVENTS,
                0,
                header.timeSeconds() * 1_000,
                contract.toBytes(),
                RecordCodec.encode(new ChainEvent(
                        header.number(),
                        AvroValues.avro(header.hash()),
                        header.timeSeconds(),
                        AvroValues.avro(transaction),
                        logIndex,
                        AvroValues.avro(contract),
                        name,
                        args)));
    }

    static ProducerRecord<byte[], byte[]> rejected(BlockHeader header, FinalBlock.Refused refused) {
        EvmLog log = refused.log();
        byte[] raw = raw(log);
        boolean cut = raw.length > MAX_RAW_BYTES;
        RejectedRecord value = RejectedRecord.newBuilder()
                .setSource(PROCESS)
                .setPartition(-1)
                .setOffset(-1)
                .setTimestamp(header.timeSeconds() * 1_000)
                .setKey(ByteBuffer.wrap(log.address().toBytes()))
                .setRaw(ByteBuffer.wrap(raw, 0, Math.min(raw.length, MAX_RAW_BYTES)))
                .setReason(refused.reason().name())
                .setDetail("block %d, log %d, transaction %s: %s%s"
                        .formatted(
                                log.blockNumber(),
                                log.logIndex(),
                                log.transactionHash(),
                                refused.detail(),
                                cut ? " (raw is cut, of %d bytes)".formatted(raw.length) : ""))
                .setDetectedBy(PROCESS)
                .build();
        return new ProducerRecord<>(
                REJECTED, 0, header.timeSeconds() * 1_000, log.address().toBytes(), RecordCodec.encode(value));
    }

    /** The log as JSON-RPC has it. */
    private static byte[] raw(EvmLog log) {
        ObjectNode json = JSON.createObjectNode()
                .put("address", log.address().toString())
                .put("blockHash", log.blockHash().toString())
                .put("blockNumber", "0x" + Long.toHexString(log.blockNumber()))
                .put("transactionHash", log.transactionHash().toString())
                .put("logIndex", "0x" + Long.toHexString(log.logIndex()))
                .put("data", log.data())
                .put("removed", log.removed());
        ArrayNode topics = json.putArray("topics");
        log.topics().forEach(topic -> topics.add(topic.toString()));
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        KafkaProducer<byte[], byte[]> opened = producer;
        producer = null;
        if (opened != null) {
            // An open transaction is left to whoever opens next: what was not committed never was.
            opened.close(Duration.ofSeconds(2));
        }
    }
}
