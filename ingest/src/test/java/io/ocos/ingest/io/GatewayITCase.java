package io.ocos.ingest.io;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ocos.ingest.config.GatewayConfig;
import io.ocos.ingest.io.NodeKeys.Strength;
import io.ocos.jobs.kafka.KafkaProcess;
import io.ocos.metering.domain.Envelope;
import io.ocos.metering.domain.EnvelopeDomain;
import io.ocos.schemas.avro.Bytes20;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.config.ConfigLoader;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Gateways on a real broker. */
class GatewayITCase {

    private static final long CHAIN_ID = 56;
    private static final Address REGISTRY = Address.parse("0x00000000000000000000000000000000000000e9");
    private static final EnvelopeDomain DOMAIN = new EnvelopeDomain(CHAIN_ID, REGISTRY);
    private static final Hash32 BLOCK_HASH = new Hash32(1, 2, 3, 4);
    private static final long BLOCK = 9;
    private static final TestNode NODE = TestNode.named("node", DOMAIN);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    static Path directory;

    private static KafkaProcess broker;
    private static long nextSequence = 1;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = KafkaProcess.start(directory.resolve("kafka"));
        try (Admin admin = Admin.create(client())) {
            admin.createTopics(Arrays.stream(Topic.values())
                            .map(topic -> new NewTopic(topic.topicName(), topic.partitions(), (short) 1))
                            .toList())
                    .all()
                    .get();
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, Topic.TELEMETRY.topicName()),
                            List.of(set("message.timestamp.before.max.ms"), set("message.timestamp.after.max.ms"))))
                    .all()
                    .get();
        }
        long nowSeconds = System.currentTimeMillis() / 1_000;
        try (var chain = new KafkaProducer<>(client(), new ByteArraySerializer(), new ByteArraySerializer())) {
            chain.send(event(
                            nowSeconds,
                            0,
                            "NodeRegistered",
                            Map.of(
                                    "node",
                                    NODE.address().toString(),
                                    "owner",
                                    "0x00000000000000000000000000000000000000aa",
                                    "nodeType",
                                    NodeType.AI.onChain().toString(),
                                    "capacityUnits",
                                    "10")))
                    .get();
            chain.send(event(nowSeconds, -1, "BlockFinalized", Map.of())).get();
        }
        Files.writeString(directory.resolve("password"), "p\n");
        NodeKeys.generate().save(directory.resolve("key.json"), "p", Strength.LIGHT);
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @Test
    void acceptedMeansWrittenUnderTheNodesKeyAtReceivedAt() throws Exception {
        try (Gateway gateway = start("writer", Clock.systemUTC())) {
            Envelope envelope = fresh();
            JsonNode receipt = JSON.readTree(post(gateway, envelope).body());
            ConsumerRecord<byte[], byte[]> written = read(Topic.TELEMETRY).stream()
                    .filter(r -> r.partition() == receipt.path("partition").asInt()
                            && r.offset() == receipt.path("offset").asLong())
                    .findFirst()
                    .orElseThrow();

            assertThat(written.key()).isEqualTo(NODE.address().toBytes());
            assertThat(written.partition())
                    .isEqualTo(Utils.toPositive(Utils.murmur2(written.key())) % Topic.TELEMETRY.partitions());
            assertThat(written.timestamp()).isEqualTo(receipt.path("receivedAt").asLong());
            SignedEnvelope value = RecordCodec.decode(written.value(), SignedEnvelope.class);
            assertThat(value.getSequence()).isEqualTo(envelope.sequence());
            assertThat(value.getGateway()).isEqualTo("writer");
        }
    }

    @Test
    void ticksReachEveryPartitionEachSecond() throws Exception {
        try (Gateway gateway = start("ticking", Clock.systemUTC())) {
            assertThat(gateway.port()).isPositive();
            Eventually.that(() -> ticked("ticking").size() == Topic.TELEMETRY.partitions());
        }
    }

    @Test
    void refusedRequestsAreKeptWithReasonAndBytes() throws Exception {
        try (Gateway gateway = start("keeper", Clock.systemUTC())) {
            byte[] body = {1, 2, 3};
            assertThat(post(gateway, body).statusCode()).isEqualTo(400);
            Eventually.that(() -> read(Topic.TELEMETRY_REJECTED).stream()
                    .map(record -> decoded(record, RejectedRecord.class))
                    .flatMap(Optional::stream)
                    .anyMatch(rejected -> rejected.getDetectedBy().equals("keeper")
                            && rejected.getReason().equals("NO_HEADER")
                            && Arrays.equals(AvroValues.bytes(rejected.getRaw()), body)));
        }
    }

    @Test
    void row08_repeatIsKnownToAnotherGatewayAndAfterARestart() throws Exception {
        Envelope envelope = fresh();
        JsonNode receipt;
        try (Gateway first = start("first", Clock.systemUTC());
                Gateway other = start("other", Clock.systemUTC())) {
            HttpResponse<byte[]> accepted = post(first, envelope);
            assertThat(accepted.statusCode()).isEqualTo(202);
            receipt = JSON.readTree(accepted.body());
            // The other one follows the topic: soon it knows the envelope too.
            Envelope next = fresh();
            post(first, next);
            Eventually.that(() -> post(other, next).statusCode() == 200);
            assertSameReceipt(post(other, envelope), receipt);
        }
        // As after a kill between the write and the answer: what a new process knows is what lies in the topic.
        try (Gateway again = start("first", Clock.systemUTC())) {
            assertSameReceipt(post(again, envelope), receipt);
        }
        assertThat(read(Topic.TELEMETRY).stream()
                        .map(record -> decoded(record, SignedEnvelope.class))
                        .flatMap(Optional::stream)
                        .filter(written -> written.getSequence() == envelope.sequence()))
                .hasSize(1);
    }

    @Test
    void row17_row19_row20_recordsThatCannotBeReadStopNoGateway() throws Exception {
        byte[] good = RecordCodec.encode(new TelemetryTick("x", 1L));
        byte[] laterSchema = good.clone();
        laterSchema[5] ^= 1;
        List<byte[]> unreadable = Arrays.asList(
                new byte[0], new byte[] {1, 2, 3}, laterSchema, Arrays.copyOf(good, good.length - 1), null);
        try (var producer = new KafkaProducer<>(client(), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (byte[] value : unreadable) {
                // Without a key, and under another's.
                producer.send(new ProducerRecord<>(Topic.CHAIN_EVENTS.topicName(), 0, null, value))
                        .get();
                producer.send(new ProducerRecord<>(Topic.TELEMETRY.topicName(), 0, new byte[] {7}, value))
                        .get();
            }
            producer.send(event(System.currentTimeMillis() / 1_000, 1, "NodeRegistered", Map.of("node", "0X01")))
                    .get();
            producer.send(event(System.currentTimeMillis() / 1_000, 2, "OfALaterVersion", Map.of("what", "ever")))
                    .get();
        }
        try (Gateway gateway = start("unmoved", Clock.systemUTC())) {
            assertThat(post(gateway, fresh()).statusCode()).isEqualTo(202);
            String metrics = new String(get(gateway, "/metrics").body(), java.nio.charset.StandardCharsets.UTF_8);
            assertThat(metrics)
                    .contains("ocos_gateway_unreadable_total{process=\"gateway\",topic=\"chain-events\"} 6.0")
                    .contains("ocos_gateway_unreadable_total{process=\"gateway\",topic=\"telemetry\"} 5.0");
        }
    }

    @Test
    void fault12_gatewayWithAWrongClockAcceptsNothing() throws Exception {
        try (Gateway skewed = start("skewed", Clock.offset(Clock.systemUTC(), Duration.ofSeconds(20)))) {
            // Alone in a batch or beside ticks that are refused with it.
            for (int i = 0; i < 50; i++) {
                HttpResponse<byte[]> refused = post(skewed, fresh());
                assertThat(refused.statusCode()).isEqualTo(503);
                assertThat(JSON.readTree(refused.body()).path("detail").asText())
                        .contains("clocks");
            }
            Eventually.that(() -> get(skewed, "/ready").statusCode() == 503);
        }
    }

    @Test
    void fault09_whileTheBrokerIsAwayNothingIsAcknowledgedAndAfterwardsAllWorks() throws Exception {
        try (Gateway gateway = start("patient", Clock.systemUTC())) {
            Envelope envelope = fresh();
            broker.kill();
            try {
                HttpResponse<byte[]> refused = post(gateway, envelope);
                assertThat(refused.statusCode()).isEqualTo(503);
                assertThat(JSON.readTree(refused.body()).path("type").asText())
                        .isEqualTo("urn:ocos:problem:not-durable");
            } finally {
                broker.restart();
            }
            // 202, or 200 when the first attempt got into the log after all.
            Eventually.that(
                    () -> Set.of(200, 202).contains(post(gateway, envelope).statusCode()));
            assertThat(post(gateway, envelope).statusCode()).isEqualTo(200);
        }
    }

    private static void assertSameReceipt(HttpResponse<byte[]> repeat, JsonNode receipt) throws IOException {
        assertThat(repeat.statusCode()).isEqualTo(200);
        JsonNode body = JSON.readTree(repeat.body());
        assertThat(body.path("status").asText()).isEqualTo("duplicate");
        for (String field : List.of("payloadHash", "receivedAt", "gateway", "partition", "offset", "signature")) {
            assertThat(body.get(field)).as(field).isEqualTo(receipt.get(field));
        }
    }

    private static Gateway start(String id, Clock clock) {
        Gateway gateway = Gateway.start(
                ConfigLoader.load(
                        GatewayConfig.class,
                        null,
                        Map.of(
                                "id", id,
                                "kafkaBootstrap", broker.bootstrap(),
                                "chainId", Long.toString(CHAIN_ID),
                                "registry", REGISTRY.toString(),
                                "keystore", directory.resolve("key.json").toString(),
                                "passwordFile", directory.resolve("password").toString())),
                clock);
        Eventually.that(() -> !new String(get(gateway, "/ready").body(), java.nio.charset.StandardCharsets.UTF_8)
                .matches(".*(read back|no block).*"));
        return gateway;
    }

    private static Envelope fresh() {
        return NODE.sign(nextSequence++, System.currentTimeMillis(), BLOCK, BLOCK_HASH, TestNode.EMPTY_PAYLOAD);
    }

    private static HttpResponse<byte[]> post(Gateway gateway, Envelope envelope) {
        return post(gateway, TestNode.body(envelope));
    }

    private static HttpResponse<byte[]> post(Gateway gateway, byte[] body) {
        return send(request(gateway, "/v1/telemetry")
                .header("Content-Type", "application/avro")
                .POST(BodyPublishers.ofByteArray(body)));
    }

    private static HttpResponse<byte[]> get(Gateway gateway, String path) {
        return send(request(gateway, path));
    }

    private static HttpRequest.Builder request(Gateway gateway, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path));
    }

    private static HttpResponse<byte[]> send(HttpRequest.Builder request) {
        try {
            return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Set<Integer> ticked(String gateway) {
        Set<Integer> partitions = new HashSet<>();
        for (ConsumerRecord<byte[], byte[]> record : read(Topic.TELEMETRY)) {
            decoded(record, TelemetryTick.class)
                    .filter(tick -> tick.getGateway().equals(gateway) && tick.getAt() == record.timestamp())
                    .ifPresent(tick -> partitions.add(record.partition()));
        }
        return partitions;
    }

    private static <T extends org.apache.avro.specific.SpecificRecord> Optional<T> decoded(
            ConsumerRecord<byte[], byte[]> record, Class<T> type) {
        if (record.value() == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(RecordCodec.decode(record.value(), type));
        } catch (MalformedRecordException e) {
            return Optional.empty();
        }
    }

    private static List<ConsumerRecord<byte[], byte[]>> read(Topic topic) {
        try (var consumer = new KafkaConsumer<>(client(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic.topicName()).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
            return records;
        }
    }

    private static ProducerRecord<byte[], byte[]> event(
            long timeSeconds, long logIndex, String name, Map<String, String> args) {
        byte[] value = RecordCodec.encode(new ChainEvent(
                BLOCK,
                AvroValues.avro(BLOCK_HASH),
                timeSeconds,
                AvroValues.avro(Hash32.ZERO),
                logIndex,
                new Bytes20(REGISTRY.toBytes()),
                name,
                args));
        return new ProducerRecord<>(Topic.CHAIN_EVENTS.topicName(), 0, timeSeconds * 1_000, REGISTRY.toBytes(), value);
    }

    private static Map<String, Object> client() {
        return Map.of("bootstrap.servers", broker.bootstrap());
    }

    private static AlterConfigOp set(String key) {
        return new AlterConfigOp(new ConfigEntry(key, "5000"), AlterConfigOp.OpType.SET);
    }
}
