package io.ocos.ingest.io;

import static io.ocos.ingest.io.RunningGateway.BLOCK;
import static io.ocos.ingest.io.RunningGateway.BLOCK_HASH;
import static io.ocos.ingest.io.RunningGateway.DOMAIN;
import static io.ocos.ingest.io.RunningGateway.NOW;
import static io.ocos.ingest.io.RunningGateway.valid;
import static io.ocos.ingest.io.TestNode.EMPTY_PAYLOAD;
import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.ingest.domain.ChainView;
import io.ocos.ingest.io.RunningGateway.Reply;
import io.ocos.metering.domain.Envelope;
import io.ocos.metering.domain.EnvelopeDomain;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.RecordCodec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** FAULTS, "Bad input", the rows of the gateway: over HTTP, against a gateway that runs. */
class GatewayBadInputTest {

    private static final BigInteger ORDER =
            new BigInteger("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16);

    private final TestNode node = TestNode.named("node", DOMAIN);
    private final TestNode other = TestNode.named("other", DOMAIN);
    private final TestNode stranger = TestNode.named("stranger", DOMAIN);
    private final TestNode banned = TestNode.named("banned", DOMAIN);
    private final RunningGateway gateway = new RunningGateway(
            Map.of(
                    "limits.bodyMillis", "300",
                    "limits.nodeBurst", "20",
                    "limits.nodeRequestsPerMinute", "1",
                    "limits.rejectsBurst", "1000000"),
            node,
            other,
            banned);

    @AfterEach
    void everyRequestIsCountedOnceAndTheGatewayStillWorks() {
        assertThat(gateway.post(valid(other, 1_000)).status()).isEqualTo(202);
        assertThat(gateway.metric("ocos_gateway_accepted_total")
                        + gateway.metric("ocos_gateway_duplicate_total")
                        + gateway.metric("ocos_gateway_rejected_total"))
                .isEqualTo(gateway.metric("ocos_gateway_requests_total"));
        assertThat(gateway.metric("ocos_gateway_in_flight")).isZero();
        assertThat(gateway.metric("ocos_gateway_body_bytes")).isZero();
        gateway.close();
    }

    @Test
    void row01_emptyNotAvroAndCutAtEveryByte() {
        refused(gateway.post(new byte[0]), 400, "unreadable", "UNREADABLE");
        refused(gateway.post("{\"node\":\"0x00\"}".getBytes(StandardCharsets.UTF_8)), 400, "unreadable", "UNREADABLE");
        byte[] whole = TestNode.body(valid(node, 1));
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            Reply reply = gateway.post(cut);
            refused(reply, 400, "unreadable", "UNREADABLE");
            assertThat(reply.text("detail")).doesNotContain("\tat ");
        }
        refused(gateway.post(Arrays.copyOf(whole, whole.length + 1)), 400, "unreadable", "UNREADABLE");
        assertThat(gateway.log.rejected).hasSize(whole.length + 3);
        assertThat(keptReasons()).contains("NO_HEADER", "UNREADABLE", "TRAILING_BYTES");
        assertThat(gateway.log.envelopes).isEmpty();
    }

    @Test
    void row02_tooLargeByItsLengthAndByWhatArrives() {
        refused(gateway.post(new byte[10 << 20]), 413, "too-large", "E4");
        // Chunked: no length to go by.
        byte[] body = new byte[BodyReader.MAX_BODY_BYTES + 1];
        Reply chunked = gateway.send(HttpRequest.newBuilder(gateway.uri("/v1/telemetry"))
                .header("Content-Type", "application/avro")
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(body)))
                .build());
        refused(chunked, 413, "too-large", "E4");
    }

    @Test
    void row02_compressedBodiesAreNotInflated() throws IOException {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bomb)) {
            gzip.write(new byte[50 << 20]);
        }
        refused(
                gateway.post(
                        bomb.toByteArray(), Map.of("Content-Type", "application/avro", "Content-Encoding", "gzip")),
                415,
                "unsupported-media-type",
                "UNSUPPORTED_MEDIA_TYPE");
        refused(
                gateway.post(new byte[1], Map.of("Content-Type", "application/json")),
                415,
                "unsupported-media-type",
                "UNSUPPORTED_MEDIA_TYPE");
        refused(gateway.post(new byte[1], Map.of()), 415, "unsupported-media-type", "UNSUPPORTED_MEDIA_TYPE");
    }

    @Test
    void row02_batchOfMoreThanAThousandEntries() {
        byte[] atTheLimit =
                Payloads.samplesAt(IntStream.range(0, 1_000).mapToLong(i -> NOW).toArray());
        byte[] above =
                Payloads.samplesAt(IntStream.range(0, 1_001).mapToLong(i -> NOW).toArray());
        assertThat(gateway.post(node.sign(1, NOW, BLOCK, BLOCK_HASH, atTheLimit))
                        .status())
                .isEqualTo(202);
        refused(gateway.post(node.sign(2, NOW, BLOCK, BLOCK_HASH, above)), 400, "bad-payload", "E3");
    }

    @Test
    void row03_unknownAndDenyListed() {
        refused(gateway.post(valid(stranger, 1)), 403, "unregistered", "E4");
        try (RunningGateway strict =
                new RunningGateway(Map.of("deniedNodes", banned.address().toString()), banned, node)) {
            refused(strict.post(valid(banned, 1)), 403, "denied", "DENIED");
            assertThat(strict.post(valid(node, 1)).status()).isEqualTo(202);
        }
    }

    @Test
    void row03_deregisteredUntilRegisteredAnew() {
        assertThat(gateway.post(valid(node, 1)).status()).isEqualTo(202);
        String address = node.address().toString();
        ChainView chain = gateway.gateway.chain();
        chain.apply(2, Hash32.ZERO, NOW / 1_000, 0, "NodeDeregistered", Map.of("node", address));
        refused(gateway.post(valid(node, 2)), 403, "unregistered", "E4");
        Map<String, String> anew = Map.of(
                "node",
                address,
                "owner",
                other.address().toString(),
                "nodeType",
                NodeType.EDGE.onChain().toString(),
                "capacityUnits",
                "1");
        chain.apply(2, Hash32.ZERO, NOW / 1_000, 1, "NodeRegistered", anew);
        assertThat(gateway.post(valid(node, 3)).status()).isEqualTo(202);
    }

    @Test
    void row04_validSignatureOfAnotherNode() {
        Envelope foreign = other.signAs(node.address(), 1, NOW, BLOCK, BLOCK_HASH, EMPTY_PAYLOAD);
        refused(gateway.post(foreign), 403, "impersonation", "E1");
        Envelope unknown = stranger.signAs(node.address(), 1, NOW, BLOCK, BLOCK_HASH, EMPTY_PAYLOAD);
        refused(gateway.post(unknown), 401, "bad-signature", "E1");
        assertThat(gateway.post(valid(node, 1)).status()).isEqualTo(202);
    }

    @Test
    void row05_highSTwinOfAnAcceptedSignature() {
        Envelope envelope = valid(node, 1);
        assertThat(gateway.post(envelope).status()).isEqualTo(202);
        byte[] s = Arrays.copyOfRange(envelope.signature(), 32, 64);
        byte[] twin = signature(
                Arrays.copyOf(envelope.signature(), 32),
                word(ORDER.subtract(new BigInteger(1, s))),
                55 - envelope.signature()[64]);
        Reply reply = gateway.post(TestNode.withSignature(envelope, twin));
        refused(reply, 401, "bad-signature", "E1");
        assertThat(reply.http().headers().firstValue("WWW-Authenticate")).isPresent();
    }

    @Test
    void row06_malformedSignatures() {
        Envelope envelope = valid(node, 1);
        byte[] good = envelope.signature();
        byte[] r = Arrays.copyOf(good, 32);
        byte[] s = Arrays.copyOfRange(good, 32, 64);
        byte[] zero = new byte[32];
        List<byte[]> bad = List.of(
                signature(r, s, 0),
                signature(r, s, 1),
                signature(r, s, 29),
                signature(r, s, 255),
                signature(r, s, 55 - good[64]),
                signature(zero, s, 27),
                signature(r, zero, 27),
                signature(zero, zero, 28),
                signature(word(ORDER), s, 27),
                signature(r, word(ORDER), 27),
                signature(word(ORDER.add(BigInteger.ONE)), s, 28),
                signature(word(BigInteger.TWO.pow(256).subtract(BigInteger.ONE)), s, 27),
                new byte[0],
                Arrays.copyOf(good, 64),
                Arrays.copyOf(good, 66));
        for (byte[] signature : bad) {
            refused(gateway.post(TestNode.withSignature(envelope, signature)), 401, "bad-signature", "E1");
        }
    }

    @Test
    void row07_signatureForAnotherDeployment() {
        TestNode otherChain = TestNode.named("node", new EnvelopeDomain(97, RunningGateway.REGISTRY));
        TestNode otherRegistry = TestNode.named("node", new EnvelopeDomain(56, node.address()));
        refused(gateway.post(valid(otherChain, 1)), 401, "bad-signature", "E1");
        refused(gateway.post(valid(otherRegistry, 1)), 401, "bad-signature", "E1");
        // What stands for the node's signature under version 1 is written out here, so that only the version differs.
        Envelope envelope = valid(node, 1);
        assertThat(node.keys().sign(digest("1", envelope))).isEqualTo(envelope.signature());
        Envelope otherVersion = TestNode.withSignature(envelope, node.keys().sign(digest("2", envelope)));
        refused(gateway.post(otherVersion), 401, "bad-signature", "E1");
    }

    /** The EIP-712 digest of SPEC 2.1 under a version of the domain. */
    private static byte[] digest(String version, Envelope envelope) {
        byte[] domain = Keccak.hash(ByteBuffer.allocate(160)
                .put(hash("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"))
                .put(hash("OCOS Telemetry"))
                .put(hash(version))
                .put(word(BigInteger.valueOf(RunningGateway.CHAIN_ID)))
                .put(new byte[12])
                .put(RunningGateway.REGISTRY.toBytes())
                .array());
        byte[] struct = Keccak.hash(ByteBuffer.allocate(224)
                .put(
                        hash(
                                "TelemetryEnvelope(address node,uint64 sequence,uint64 sentAt,uint64 beaconBlock,bytes32 beaconHash,bytes32 payloadHash)"))
                .put(new byte[12])
                .put(envelope.node().toBytes())
                .put(word(BigInteger.valueOf(envelope.sequence())))
                .put(word(BigInteger.valueOf(envelope.sentAt())))
                .put(word(BigInteger.valueOf(envelope.beaconBlock())))
                .put(envelope.beaconHash().toBytes())
                .put(Keccak.hash(envelope.payload()))
                .array());
        return Keccak.hash(new byte[] {0x19, 0x01}, domain, struct);
    }

    private static byte[] hash(String text) {
        return Keccak.hash(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void row08_exactReplay() {
        Envelope envelope = valid(node, 1);
        Reply first = gateway.post(envelope);
        Reply repeat = gateway.post(envelope);
        assertThat(first.status()).isEqualTo(202);
        assertThat(repeat.status()).isEqualTo(200);
        assertThat(repeat.text("status")).isEqualTo("duplicate");
        assertThat(repeat.text("signature")).isEqualTo(first.text("signature"));
        assertThat(gateway.log.envelopes).hasSize(1);
        assertThat(gateway.metric("ocos_gateway_duplicate_total")).isEqualTo(1);
    }

    @Test
    void row09_equivocationIsRefusedAndBothAreKept() {
        Envelope first = valid(node, 1);
        Envelope second = node.sign(1, NOW + 1, BLOCK, BLOCK_HASH, EMPTY_PAYLOAD);
        assertThat(gateway.post(first).status()).isEqualTo(202);
        refused(gateway.post(second), 409, "equivocation", "EQUIVOCATION");
        assertThat(gateway.log.envelopes).hasSize(1);
        RejectedRecord evidence = gateway.log.rejected.get(0);
        assertThat(evidence.getReason()).isEqualTo("EQUIVOCATION");
        assertThat(AvroValues.bytes(evidence.getRaw())).isEqualTo(TestNode.body(second));
        assertThat(AvroValues.bytes(evidence.getKey())).isEqualTo(node.address().toBytes());
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, 6 + (1L << 32), Long.MAX_VALUE - 1})
    void row10_sequenceJumps(long sequence) {
        assertThat(gateway.post(valid(node, 5)).status()).isEqualTo(202);
        refused(gateway.post(valid(node, sequence)), 400, "bad-sequence", "E4");
        assertThat(gateway.post(valid(node, 6)).status()).isEqualTo(202);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE})
    void row10_negativeSequences(long sequence) {
        refused(gateway.post(valid(node, sequence)), 400, "unreadable", "UNREADABLE");
        assertThat(keptReasons()).containsExactly("OUT_OF_RANGE");
        assertThat(gateway.post(valid(node, 0)).status()).isEqualTo(202);
    }

    @Test
    void row10_firstSequenceLeavesRoom() {
        refused(gateway.post(valid(node, Long.MAX_VALUE)), 400, "bad-sequence", "E4");
        assertThat(gateway.post(valid(node, 1)).status()).isEqualTo(202);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, NOW / 1_000, NOW * 1_000, NOW + 86_400_000, Long.MAX_VALUE, NOW - 900_001, NOW + 30_001})
    void row11_sentAtOutOfRange(long sentAt) {
        refused(gateway.post(node.sign(1, sentAt, BLOCK, BLOCK_HASH, EMPTY_PAYLOAD)), 400, "time-out-of-range", "E2");
        assertThat(gateway.log.envelopes).isEmpty();
    }

    @Test
    void row11_negativeSentAtAndTheEdges() {
        refused(gateway.post(node.sign(1, -1, BLOCK, BLOCK_HASH, EMPTY_PAYLOAD)), 400, "unreadable", "UNREADABLE");
        gateway.block(BLOCK - 1, BLOCK_HASH, (NOW - 900_000) / 1_000);
        assertThat(gateway.post(node.sign(1, NOW - 900_000, BLOCK - 1, BLOCK_HASH, EMPTY_PAYLOAD))
                        .status())
                .isEqualTo(202);
        assertThat(gateway.post(node.sign(2, NOW + 30_000, BLOCK, BLOCK_HASH, EMPTY_PAYLOAD))
                        .status())
                .isEqualTo(202);
    }

    @Test
    void row11_beaconThatWasNotThere() {
        refused(gateway.post(node.sign(1, NOW, BLOCK, Hash32.ZERO, EMPTY_PAYLOAD)), 400, "bad-beacon", "E4");
        refused(gateway.post(node.sign(1, NOW, BLOCK + 1, BLOCK_HASH, EMPTY_PAYLOAD)), 400, "bad-beacon", "E4");
        refused(gateway.post(node.sign(1, NOW, -1, BLOCK_HASH, EMPTY_PAYLOAD)), 400, "unreadable", "UNREADABLE");
        refused(gateway.post(node.sign(1, NOW - 301_000, BLOCK, BLOCK_HASH, EMPTY_PAYLOAD)), 400, "bad-beacon", "E4");
    }

    @Test
    void row12_oneNodeSendsTooMuchAndOthersAreUnharmed() {
        for (int i = 0; i < 20; i++) {
            assertThat(gateway.post(valid(node, i)).status()).isEqualTo(202);
        }
        Reply reply = gateway.post(valid(node, 20));
        refused(reply, 429, "rate", "RATE");
        assertThat(reply.http().headers().firstValue("Retry-After")).isPresent();
        assertThat(gateway.post(valid(other, 1)).status()).isEqualTo(202);
        // A repeat takes nothing from the node's share, so nobody can use it up for the node.
        assertThat(gateway.post(valid(node, 3)).status()).isEqualTo(200);
    }

    @Test
    void row12_oneAddressSendsTooMuchAndOthersAreUnharmed() {
        try (RunningGateway strict = new RunningGateway(
                Map.of(
                        "limits.clientBurst", "5",
                        "limits.clientRequestsPerSecond", "1",
                        "trustedProxies", "127.0.0.1"),
                node)) {
            Map<String, String> loud =
                    Map.of("Content-Type", "application/avro", "X-Forwarded-For", "10.9.9.9, 203.0.113.7");
            List<Integer> statuses = IntStream.range(0, 30)
                    .mapToObj(i -> strict.post(new byte[] {1}, loud).status())
                    .toList();
            assertThat(statuses.subList(0, 5)).containsOnly(400);
            assertThat(statuses).contains(429);
            Map<String, String> quiet = Map.of("Content-Type", "application/avro", "X-Forwarded-For", "203.0.113.8");
            assertThat(strict.post(TestNode.body(valid(node, 1)), quiet).status())
                    .isEqualTo(202);
        }
    }

    @Test
    void row12_garbageIsKeptOnlyUpToALimitAndCounted() {
        try (RunningGateway strict =
                new RunningGateway(Map.of("limits.rejectsBurst", "3", "limits.rejectsPerSecond", "1"), node)) {
            IntStream.range(0, 50).forEach(i -> strict.post(new byte[] {(byte) i}));
            assertThat(strict.log.rejected).hasSizeBetween(3, 49);
            assertThat(strict.metric("ocos_gateway_rejects_total")).isEqualTo(50);
        }
    }

    @Test
    void row13_valuesOutOfRange() {
        for (int ppm : new int[] {-1, 1_000_001, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            refused(
                    gateway.post(node.sign(1, NOW, BLOCK, BLOCK_HASH, Payloads.sampleWith(ppm, 0))),
                    400,
                    "bad-payload",
                    "E3");
        }
        refused(
                gateway.post(node.sign(1, NOW, BLOCK, BLOCK_HASH, Payloads.sampleWith(0, -1))),
                400,
                "bad-payload",
                "E3");
    }

    @Test
    void row14_zeroAddress() {
        Envelope envelope = node.signAs(Address.ZERO, 1, NOW, BLOCK, BLOCK_HASH, EMPTY_PAYLOAD);
        refused(gateway.post(envelope), 403, "impersonation", "E1");
    }

    @Test
    void row15_payloadsThatAreNoBatch() {
        for (byte[] payload : List.of(
                new byte[0],
                new byte[] {0, 0},
                new byte[] {0, 0, 0, 0},
                new byte[] {2},
                "{\"samples\":[]}".getBytes(StandardCharsets.UTF_8))) {
            refused(gateway.post(node.sign(1, NOW, BLOCK, BLOCK_HASH, payload)), 400, "bad-payload", "E3");
        }
    }

    @Test
    void row16_slowBody() throws IOException {
        byte[] body = TestNode.body(valid(node, 1));
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head(body.length));
            socket.getOutputStream().write(body, 0, 10);
            socket.getOutputStream().flush();
            assertThat(readAll(socket.getInputStream()))
                    .startsWith("HTTP/1.1 408")
                    .contains("urn:ocos:problem:slow")
                    .containsIgnoringCase("connection: close");
        }
    }

    @Test
    void row16_halfClosedSocket() throws IOException {
        byte[] body = TestNode.body(valid(node, 1));
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head(body.length));
            socket.getOutputStream().write(body, 0, 10);
            socket.shutdownOutput();
            assertThat(readAll(socket.getInputStream())).startsWith("HTTP/1.1 400");
        }
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head(body.length));
            socket.getOutputStream().write(body);
            socket.shutdownOutput();
            assertThat(readAll(socket.getInputStream())).startsWith("HTTP/1.1 202");
        }
    }

    @Test
    void row16_manySlowBodiesDoNotHoldUpTheOthers() throws IOException {
        try (RunningGateway patient = new RunningGateway(Map.of("limits.bodyMillis", "60000"), node)) {
            List<Socket> slow = new ArrayList<>();
            try {
                for (int i = 0; i < 100; i++) {
                    Socket socket = new Socket(
                            InetAddress.getLoopbackAddress(), patient.uri("/").getPort());
                    slow.add(socket);
                    socket.getOutputStream().write(head(500));
                    socket.getOutputStream().write(1);
                }
                Eventually.that(() -> patient.metric("ocos_gateway_in_flight") == 100);
                assertThat(patient.post(valid(node, 1)).status()).isEqualTo(202);
            } finally {
                for (Socket socket : slow) {
                    socket.close();
                }
            }
            Eventually.that(() -> patient.metric("ocos_gateway_in_flight") == 0);
            assertThat(patient.metric("ocos_gateway_body_bytes")).isZero();
        }
    }

    @Test
    void row16_tooManyInFlight() throws Exception {
        try (RunningGateway small = new RunningGateway(Map.of("limits.inFlight", "1"), node, other)) {
            CompletableFuture<TelemetryLog.Position> confirmation = new CompletableFuture<>();
            CompletableFuture<Void> appended = new CompletableFuture<>();
            small.log.instead = () -> {
                appended.complete(null);
                return confirmation;
            };
            CompletableFuture<Integer> first = small.postLater(valid(node, 1));
            appended.get();
            refused(small.post(valid(other, 1)), 503, "busy", "BUSY");
            confirmation.complete(new TelemetryLog.Position(0, 0));
            assertThat(first.get()).isEqualTo(202);
        }
    }

    @Test
    void row16_headersBeyondTheLimitAndBrokenRequests() throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream()
                    .write(("GET /health HTTP/1.1\r\nHost: x\r\nX-Long: " + "a".repeat(20_000) + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(readAll(socket.getInputStream()))
                    .startsWith("HTTP/1.1 431")
                    .contains("urn:ocos:problem:bad-request");
        }
        try (Socket socket = connect()) {
            socket.getOutputStream().write("nonsense\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(readAll(socket.getInputStream()))
                    .startsWith("HTTP/1.1 400")
                    .contains("urn:ocos:problem:bad-request");
        }
    }

    @Test
    void row17_unknownSchemaAndAnotherType() {
        byte[] body = TestNode.body(valid(node, 1));
        byte[] unknown = body.clone();
        unknown[5] ^= 1;
        refused(gateway.post(unknown), 400, "unreadable", "UNREADABLE");
        byte[] noMagic = Arrays.copyOfRange(body, 2, body.length);
        refused(gateway.post(noMagic), 400, "unreadable", "UNREADABLE");
        byte[] tick = RecordCodec.encode(new TelemetryTick("x", 1L));
        refused(gateway.post(tick), 400, "unreadable", "UNREADABLE");
        assertThat(keptReasons()).containsExactly("UNKNOWN_SCHEMA", "NO_HEADER", "WRONG_TYPE");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE - 8})
    void row18_lengthsOfBytesThatAreNotThere(long length) throws IOException {
        byte[] head = TestNode.body(valid(node, 1));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        encoder.writeFixed(node.address().toBytes());
        encoder.writeLong(1);
        encoder.writeLong(NOW);
        encoder.writeLong(BLOCK);
        encoder.writeFixed(BLOCK_HASH.toBytes());
        encoder.writeLong(length);
        byte[] body = ByteBuffer.allocate(RecordCodec.HEADER_BYTES + out.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(head, 0, RecordCodec.HEADER_BYTES)
                .put(out.toByteArray())
                .array();
        refused(gateway.post(body), 400, "unreadable", "UNREADABLE");
    }

    @Test
    void row18_blockCountsInThePayload() throws IOException {
        for (long count : new long[] {Long.MIN_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE, -Integer.MAX_VALUE}) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
            encoder.writeLong(count);
            encoder.writeLong(0);
            encoder.writeLong(0);
            refused(gateway.post(node.sign(1, NOW, BLOCK, BLOCK_HASH, out.toByteArray())), 400, "bad-payload", "E3");
        }
    }

    private List<String> keptReasons() {
        return gateway.log.rejected.stream().map(RejectedRecord::getReason).toList();
    }

    private static void refused(Reply reply, int status, String type, String rule) {
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.http().headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(reply.text("type")).isEqualTo("urn:ocos:problem:" + type);
        assertThat(reply.text("rule")).isEqualTo(rule);
        assertThat(reply.body().path("status").asInt()).isEqualTo(status);
        assertThat(reply.text("title")).isNotEmpty();
        assertThat(reply.text("detail")).isNotEmpty();
    }

    private static byte[] signature(byte[] r, byte[] s, int v) {
        return ByteBuffer.allocate(65).put(r).put(s).put((byte) v).array();
    }

    private static byte[] word(BigInteger value) {
        return new TokenAmount(value).toBytes();
    }

    private Socket connect() throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), gateway.uri("/").getPort());
        socket.setSoTimeout(30_000);
        return socket;
    }

    private static byte[] head(int length) {
        return """
                POST /v1/telemetry HTTP/1.1\r
                Host: gateway\r
                Content-Type: application/avro\r
                Content-Length: %d\r
                \r
                """.formatted(length).getBytes(StandardCharsets.US_ASCII);
    }

    /** Until the gateway closes, or the answer's JSON is complete. */
    private static String readAll(InputStream in) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int b = in.read(); b >= 0; b = in.read()) {
            text.append((char) b);
            if (b == '}') {
                break;
            }
        }
        return text.toString();
    }
}
