package io.ocos.ingest.io;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ocos.ingest.config.GatewayConfig;
import io.ocos.metering.domain.Envelope;
import io.ocos.metering.domain.EnvelopeDomain;
import io.ocos.schemas.config.ConfigLoader;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.NodeType;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A gateway that listens on a real port, with a log in memory, by default a clock that stands still, and a chain of one block. */
final class RunningGateway implements AutoCloseable {

    static final long NOW = 1_900_000_000_000L;
    static final long CHAIN_ID = 56;
    static final Address REGISTRY = Address.parse("0x00000000000000000000000000000000000000e9");
    static final EnvelopeDomain DOMAIN = new EnvelopeDomain(CHAIN_ID, REGISTRY);
    static final long BLOCK = 1_000;
    static final Hash32 BLOCK_HASH = new Hash32(1, 2, 3, 4);
    static final String ID = "gateway-1";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** An answer with its JSON. */
    record Reply(int status, JsonNode body, HttpResponse<byte[]> http) {

        String text(String field) {
            return body.path(field).asText();
        }
    }

    final MemoryLog log = new MemoryLog();
    final NodeKeys keys = NodeKeys.generate();
    final Gateway gateway;
    private final HttpClient client = HttpClient.newHttpClient();
    private long sequences;

    /** @param overrides keys of the configuration, {@code limits.…} for limits */
    RunningGateway(Map<String, String> overrides, TestNode... registered) {
        this(overrides, Clock.fixed(Instant.ofEpochMilli(NOW), ZoneOffset.UTC), registered);
    }

    RunningGateway(Map<String, String> overrides, Clock clock, TestNode... registered) {
        Map<String, String> values = new HashMap<>(Map.of(
                "id",
                ID,
                "kafkaBootstrap",
                "unused:1",
                "chainId",
                Long.toString(CHAIN_ID),
                "registry",
                REGISTRY.toString(),
                "keystore",
                "unused",
                "passwordFile",
                "unused"));
        values.putAll(overrides);
        GatewayConfig config = ConfigLoader.load(GatewayConfig.class, null, values);
        gateway = new Gateway(config, keys, clock, log);
        for (TestNode node : registered) {
            register(node);
        }
        block(BLOCK, BLOCK_HASH, NOW / 1_000);
        gateway.listen();
    }

    void register(TestNode node) {
        gateway.chain()
                .apply(
                        1,
                        Hash32.ZERO,
                        NOW / 1_000,
                        sequences++,
                        "NodeRegistered",
                        Map.of(
                                "node",
                                node.address().toString(),
                                "owner",
                                "0x00000000000000000000000000000000000000aa",
                                "nodeType",
                                NodeType.AI.onChain().toString(),
                                "capacityUnits",
                                "10"));
    }

    void block(long number, Hash32 hash, long timeSeconds) {
        gateway.chain().apply(number, hash, timeSeconds, -1, "BlockFinalized", Map.of());
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + gateway.port() + path);
    }

    static Envelope valid(TestNode node, long sequence) {
        return node.sign(sequence, NOW, BLOCK, BLOCK_HASH, TestNode.EMPTY_PAYLOAD);
    }

    Reply post(Envelope envelope) {
        return post(TestNode.body(envelope));
    }

    Reply post(byte[] body) {
        return post(body, Map.of("Content-Type", "application/avro"));
    }

    Reply post(byte[] body, Map<String, String> headers) {
        return send(request(body, headers));
    }

    CompletableFuture<Integer> postLater(Envelope envelope) {
        return client.sendAsync(
                        request(TestNode.body(envelope), Map.of("Content-Type", "application/avro")),
                        BodyHandlers.ofByteArray())
                .thenApply(HttpResponse::statusCode);
    }

    private HttpRequest request(byte[] body, Map<String, String> headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri("/v1/telemetry")).POST(BodyPublishers.ofByteArray(body));
        headers.forEach(request::header);
        return request.build();
    }

    Reply get(String path) {
        return send(HttpRequest.newBuilder(uri(path)).build());
    }

    Reply send(HttpRequest request) {
        try {
            HttpResponse<byte[]> response = client.send(request, BodyHandlers.ofByteArray());
            boolean json = response.headers()
                    .firstValue("Content-Type")
                    .filter(type -> type.contains("json"))
                    .isPresent();
            return new Reply(
                    response.statusCode(), json ? JSON.readTree(response.body()) : JSON.missingNode(), response);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The value of a line of /metrics, the sum over all its tags. */
    double metric(String name) {
        String text = new String(get("/metrics").http().body(), java.nio.charset.StandardCharsets.UTF_8);
        return text.lines()
                .filter(line -> line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Override
    public void close() {
        gateway.close();
    }
}
