package io.ocos.ingest.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.ocos.ingest.config.ChainFollowerConfig;
import io.ocos.jobs.kafka.KafkaProcess;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.config.ConfigLoader;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The follower on a real chain and a real broker: what lies in the topic is what the chain holds, each once, in order. */
class ChainFollowerITCase {

    private static final Set<String> TOPICS =
            Set.of(Topic.CHAIN_EVENTS.topicName(), Topic.CHAIN_EVENTS_REJECTED.topicName());

    @TempDir
    static Path directory;

    private static KafkaProcess broker;
    private static Admin admin;
    private static int chains;

    private EmittingChain chain;

    /** A committed record of topic chain-events. */
    private record Written(
            long block, String hash, long time, String transaction, long logIndex, String contract, String event) {}

    @BeforeAll
    static void startBroker() {
        broker = KafkaProcess.start(directory.resolve("kafka"));
        admin = Admin.create(client());
    }

    @AfterAll
    static void stopBroker() {
        admin.close();
        broker.close();
    }

    @BeforeEach
    void newTopicsAndChain() {
        Eventually.that(ChainFollowerITCase::recreateTopics);
        chain = new EmittingChain(directory.resolve("anvil-%d.log".formatted(chains++)));
    }

    @AfterEach
    void stopChain() {
        chain.close();
    }

    private static boolean recreateTopics() {
        try {
            Set<String> there = admin.listTopics().names().get();
            admin.deleteTopics(TOPICS.stream().filter(there::contains).toList())
                    .all()
                    .get();
            admin.createTopics(TOPICS.stream()
                            .map(name -> new NewTopic(name, 1, (short) 1))
                            .toList())
                    .all()
                    .get();
            return true;
        } catch (ExecutionException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void everyBlockOnceWithItsEventsUnderTheContractsKeyAtTheBlocksTime() throws Exception {
        for (int round = 1; round <= 20; round++) {
            chain.stakeChanged(chain.registry, round, 1_000L * round, -round);
            chain.stakeChanged(chain.stranger, round, 5, 5);
            chain.stakeChanged(chain.registry, round, 7, round);
            chain.mine(6);
        }
        // Malformed: an address with bits above it, and a topic too few.
        Hash32 stakeChanged = topicOfStakeChanged();
        chain.log(chain.registry, List.of(stakeChanged, new Hash32(1, 0, 0, 9)), "%0128x".formatted(1));
        chain.log(chain.registry, List.of(stakeChanged), "%0128x".formatted(1));
        chain.mine(10);
        try (ChainFollower follower = start(Map.of("confirmations", "2", "maxRange", "50"))) {
            awaitPublished(follower, chain.head() - 2);
            assertTopicIsTheChain(1, chain.head() - 2);
            Eventually.that(() -> get(follower, "/ready").statusCode() == 200);
            // And goes on live.
            chain.stakeChanged(chain.registry, 77, 7_000, 7);
            chain.mine(4);
            awaitPublished(follower, chain.head() - 2);
            assertTopicIsTheChain(1, chain.head() - 2);

            List<RejectedRecord> rejected = new ArrayList<>();
            for (ConsumerRecord<byte[], byte[]> record : read(Topic.CHAIN_EVENTS_REJECTED)) {
                rejected.add(RecordCodec.decode(record.value(), RejectedRecord.class));
                assertThat(record.key()).isEqualTo(chain.registry.toBytes());
            }
            assertThat(rejected)
                    .extracting(RejectedRecord::getReason)
                    .containsExactlyInAnyOrder("MALFORMED_ABI", "TOPIC_COUNT");
            assertThat(metric(follower, "ocos_follower_rejected_total")).isEqualTo(2);
            assertThat(metric(follower, "ocos_follower_lag_blocks")).isZero();
        }
        for (ConsumerRecord<byte[], byte[]> record : read(Topic.CHAIN_EVENTS)) {
            ChainEvent event = RecordCodec.decode(record.value(), ChainEvent.class);
            assertThat(record.timestamp()).isEqualTo(event.getBlockTime() * 1_000);
            assertThat(record.key()).isEqualTo(event.getContract().bytes());
        }
    }

    @Test
    void row30_reorgInsideTheDepthIsInvisible() throws Exception {
        try (ChainFollower follower = start(Map.of("confirmations", "5"))) {
            chain.mine(12);
            awaitPublished(follower, chain.head() - 5);
            // What is on a branch that the follower has seen, and that then goes away.
            String snapshot = chain.snapshot();
            chain.stakeChanged(chain.registry, 1, 111, 111);
            chain.mine(4);
            awaitHead(follower, chain.head());
            chain.revert(snapshot);
            chain.stakeChanged(chain.registry, 2, 222, 222);
            chain.mine(3);
            awaitHead(follower, chain.head());
            // A reorg that keeps the head's number.
            chain.stakeChanged(chain.registry, 3, 333, 333);
            chain.mine(4);
            awaitHead(follower, chain.head());
            awaitPublished(follower, chain.head() - 5);
            chain.reorg(4);
            chain.stakeChanged(chain.registry, 4, 444, 444);
            chain.mine(8);
            awaitPublished(follower, chain.head() - 5);

            assertTopicIsTheChain(1, chain.head() - 5);
            assertThat(metric(follower, "ocos_follower_reorgs_total")).isGreaterThanOrEqualTo(2);
            assertThat(metric(follower, "ocos_follower_reorg_depth_blocks")).isBetween(4.0, 5.0);
            assertThat(follower.terminated()).isNotDone();
        }
        assertThat(written()).extracting(Written::event).anyMatch(event -> event.contains("stake=222"));
        assertThat(written())
                .extracting(Written::event)
                .noneMatch(event -> event.contains("stake=111") || event.contains("stake=333"));
    }

    @Test
    void fault27_reorgDeeperThanTheDepthStopsWithInstructionsAndWritesNothing() throws Exception {
        chain.mine(10);
        long ancestor = chain.head();
        String snapshot = chain.snapshot();
        chain.stakeChanged(chain.registry, 1, 111, 111);
        chain.mine(6);
        List<Written> before;
        try (ChainFollower follower = start(Map.of("confirmations", "1"))) {
            awaitPublished(follower, chain.head() - 1);
            before = written();
            chain.revert(snapshot);
            chain.stakeChanged(chain.registry, 2, 222, 222);
            chain.mine(20);
            assertThatThrownBy(() -> follower.terminated().get(60, TimeUnit.SECONDS))
                    .hasMessageContaining("REORG DEEPER THAN 1 CONFIRMATIONS")
                    .hasMessageContaining("common to both is block %d (%s)"
                            .formatted(
                                    ancestor, chain.block(ancestor).path("hash").textValue()))
                    .hasMessageContaining("docs/operations/chain-follower.md");
        }
        assertThat(written()).isEqualTo(before);
        // Started anew it finds the same, and stops again.
        try (ChainFollower again = start(Map.of("confirmations", "1"))) {
            assertThatThrownBy(() -> again.terminated().get(60, TimeUnit.SECONDS))
                    .hasMessageContaining("REORG DEEPER THAN 1 CONFIRMATIONS")
                    .hasMessageContaining("block " + ancestor);
        }
        assertThat(written()).isEqualTo(before);
    }

    @Test
    void killsBetweenSendAndCommitLoseNothingAndDoubleNothing() throws Exception {
        for (int round = 1; round <= 15; round++) {
            chain.stakeChanged(chain.registry, round, round, 1);
            chain.mine(4);
        }
        // A transaction is 10 blocks: 2 or 3 events and 10 BlockFinalized.
        Map<String, String> settings = Map.of("confirmations", "1", "maxRange", "10");
        killed("test.halt.ack", 5, settings);
        assertThat(written()).isEmpty();
        killed("test.halt.send", 20, settings);
        int committed = written().size();
        assertThat(committed).isBetween(10, 19);
        // All of a transaction acknowledged (the next batch of blocks has between 12 and 13 records), nothing
        // committed.
        killed("test.halt.ack", 12, settings);
        assertThat(written()).hasSize(committed);
        try (ChainFollower follower = start(settings)) {
            awaitPublished(follower, chain.head() - 1);
        }
        assertTopicIsTheChain(1, chain.head() - 1);
    }

    private void killed(String property, int count, Map<String, String> settings) throws Exception {
        Path properties = directory.resolve("halting.properties");
        Files.writeString(properties, "interceptor.classes=" + HaltingInterceptor.class.getName());
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-D%s=%d".formatted(property, count),
                "-cp",
                System.getProperty("java.class.path"),
                FollowerMain.class.getName()));
        Map<String, String> values = new HashMap<>(values(settings));
        values.put("kafkaPropertiesFile", properties.toString());
        values.forEach((key, value) -> command.add(key + "=" + value));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("killed.log").toFile())
                .start();
        try {
            assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue())
                    .as(Files.readString(directory.resolve("killed.log")))
                    .isEqualTo(9);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void secondInstanceFencesTheFirst() throws Exception {
        chain.mine(10);
        try (ChainFollower first = start(Map.of("confirmations", "1"))) {
            awaitPublished(first, chain.head() - 1);
            try (ChainFollower second = start(Map.of("confirmations", "1"))) {
                Eventually.that(() -> metric(second, "ocos_follower_published_block") == chain.head() - 1);
                chain.stakeChanged(chain.registry, 1, 111, 111);
                chain.mine(5);
                assertThatThrownBy(() -> first.terminated().get(60, TimeUnit.SECONDS))
                        .hasMessageContaining("another chain follower has taken over topic chain-events");
                awaitPublished(second, chain.head() - 1);
                assertThat(second.terminated()).isNotDone();
            }
        }
        assertTopicIsTheChain(1, chain.head() - 1);
    }

    @Test
    void fault09_brokerThatIsAwayIsWaitedFor() throws Exception {
        chain.mine(10);
        try (ChainFollower follower = start(Map.of("confirmations", "1"))) {
            awaitPublished(follower, chain.head() - 1);
            broker.kill();
            try {
                chain.stakeChanged(chain.registry, 1, 111, 111);
                chain.mine(5);
                Eventually.that(() -> get(follower, "/ready").statusCode() == 503);
            } finally {
                broker.restart();
            }
            awaitPublished(follower, chain.head() - 1);
        }
        assertTopicIsTheChain(1, chain.head() - 1);
    }

    @Test
    void endpointOfAnotherChainIsRefusedBeforeAnythingIsRead() {
        try (ChainFollower follower = start(Map.of("chainId", "97"))) {
            assertThatThrownBy(() -> follower.terminated().get(60, TimeUnit.SECONDS))
                    .hasMessageContaining("chainId: 97, but EVM node 1")
                    .hasMessageContaining("has chain id 56");
        }
    }

    private ChainFollower start(Map<String, String> settings) {
        return ChainFollower.start(ConfigLoader.load(ChainFollowerConfig.class, null, values(settings)));
    }

    private Map<String, String> values(Map<String, String> settings) {
        Map<String, String> values = new HashMap<>(Map.of(
                "rpcUrls",
                chain.url().toString(),
                "chainId",
                "56",
                "contracts.NodeRegistry",
                chain.registry.toString(),
                "startBlock",
                "1",
                "pollMillis",
                "20",
                "kafkaBootstrap",
                broker.bootstrap()));
        values.putAll(settings);
        return values;
    }

    private static void awaitPublished(ChainFollower follower, long block)
            throws InterruptedException, TimeoutException, ExecutionException {
        awaitGauge(follower, "ocos_follower_published_block", block);
    }

    private static void awaitHead(ChainFollower follower, long block)
            throws InterruptedException, TimeoutException, ExecutionException {
        awaitGauge(follower, "ocos_follower_head_block", block);
    }

    private static void awaitGauge(ChainFollower follower, String name, long value)
            throws InterruptedException, TimeoutException, ExecutionException {
        Eventually.that(() -> follower.terminated().isDone() || metric(follower, name) == value);
        if (follower.terminated().isDone()) {
            throw new CompletionException(
                    "ended", new AssertionError(follower.terminated().get(1, TimeUnit.SECONDS)));
        }
    }

    /** Asks the chain itself, block by block, receipt by receipt. */
    private void assertTopicIsTheChain(long from, long to) throws Exception {
        List<Written> expected = new ArrayList<>();
        for (long number = from; number <= to; number++) {
            JsonNode block = chain.block(number);
            String hash = block.path("hash").textValue();
            long time = Long.decode(block.path("timestamp").textValue());
            for (JsonNode receipt : chain.receipts(number)) {
                for (JsonNode log : receipt.path("logs")) {
                    if (isEvent(log)) {
                        expected.add(new Written(
                                number,
                                hash,
                                time,
                                log.path("transactionHash").textValue(),
                                Long.decode(log.path("logIndex").textValue()),
                                chain.registry.toString(),
                                event(log)));
                    }
                }
            }
            expected.add(new Written(
                    number, hash, time, Hash32.ZERO.toString(), -1, Address.ZERO.toString(), "BlockFinalized{}"));
        }
        assertThat(written()).isEqualTo(expected);
    }

    private boolean isEvent(JsonNode log) {
        return log.path("address").textValue().equals(chain.registry.toString())
                && log.path("topics").size() == 2
                && log.path("topics").get(1).textValue().startsWith("0x" + "0".repeat(24));
    }

    private static String event(JsonNode log) {
        byte[] data = Hex.parse(log.path("data").textValue());
        return "StakeChanged{change=%s, node=0x%s, stake=%s}"
                .formatted(
                        new BigInteger(Arrays.copyOfRange(data, 32, 64)),
                        log.path("topics").get(1).textValue().substring(26),
                        new BigInteger(1, Arrays.copyOfRange(data, 0, 32)));
    }

    private static List<Written> written() throws MalformedRecordException {
        awaitMarkers();
        List<Written> written = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : read(Topic.CHAIN_EVENTS)) {
            ChainEvent event = RecordCodec.decode(record.value(), ChainEvent.class);
            written.add(new Written(
                    event.getBlockNumber(),
                    AvroValues.hash32(event.getBlockHash()).toString(),
                    event.getBlockTime(),
                    AvroValues.hash32(event.getTransactionHash()).toString(),
                    event.getLogIndex(),
                    AvroValues.address(event.getContract()).toString(),
                    event.getName() + new TreeMap<>(event.getArgs())));
        }
        return written;
    }

    /** A commit is acknowledged before its marker is in the log: only then do readers see what was committed. */
    private static void awaitMarkers() {
        Eventually.that(() -> admin.describeTransactions(List.of(KafkaChainLog.TRANSACTIONAL_ID))
                .description(KafkaChainLog.TRANSACTIONAL_ID)
                .toCompletionStage()
                .handle((transaction, absent) -> absent == null ? transaction.state() : TransactionState.EMPTY)
                .thenApply(state -> state != TransactionState.PREPARE_COMMIT && state != TransactionState.PREPARE_ABORT)
                .toCompletableFuture()
                .join());
    }

    private static List<ConsumerRecord<byte[], byte[]>> read(Topic topic) {
        Map<String, Object> properties = new HashMap<>(client());
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        try (var consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic.topicName(), 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
            return records;
        }
    }

    private static Hash32 topicOfStakeChanged() {
        return Hash32.of(Keccak.hash("StakeChanged(address,uint256,int256)".getBytes(StandardCharsets.US_ASCII)));
    }

    static HttpResponse<String> get(ChainFollower follower, String path) {
        try {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(
                                            URI.create("http://127.0.0.1:%d%s".formatted(follower.opsPort(), path)))
                                    .build(),
                            BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static double metric(ChainFollower follower, String name) {
        return get(follower, "/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static Map<String, Object> client() {
        return Map.of("bootstrap.servers", broker.bootstrap());
    }
}
