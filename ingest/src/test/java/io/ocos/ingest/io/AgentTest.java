package io.ocos.ingest.io;

import static io.ocos.ingest.io.RunningGateway.CHAIN_ID;
import static io.ocos.ingest.io.RunningGateway.DOMAIN;
import static io.ocos.ingest.io.RunningGateway.NOW;
import static io.ocos.ingest.io.RunningGateway.REGISTRY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.ingest.config.AgentConfig;
import io.ocos.ingest.domain.SendTimes;
import io.ocos.metering.domain.TelemetryPayload;
import io.ocos.metering.domain.TelemetryPayload.Sample;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.ConfigLoader;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.AvroValues;
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
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent as a process would run it, beside a gateway. */
class AgentTest {

    private static final TestNode NODE = TestNode.named("node", DOMAIN);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    @BeforeEach
    void saveKey() throws IOException {
        Files.writeString(directory.resolve("password"), "p\n");
        NODE.keys().save(directory.resolve("key.json"), "p", NodeKeys.Strength.LIGHT);
    }

    @Test
    void measuresTakesUsageSendsInTheMiddleOfASlotAndStopsWithWhatWaits() throws Exception {
        SendTimes times = SendTimes.of(NODE.address(), 1_000);
        // A clock that runs, and by which the next time to send is near.
        Clock clock = Clock.offset(
                Clock.systemUTC(), Duration.ofMillis(times.after(NOW) - 2_500 - System.currentTimeMillis()));
        try (RunningGateway gateway = new RunningGateway(Map.of(), clock, NODE);
                Agent agent = start(clock, gateway.uri("").toString())) {
            assertThat(get(agent, "/health").statusCode()).isEqualTo(200);
            assertThat(get(agent, "/ready").body()).contains("no gateway accepted an envelope");
            String usage = "{\"storageUsage\":[{\"account\":\"%s\",\"bytesStored\":12}]}".formatted(REGISTRY);
            assertThat(postUsage(agent, usage).statusCode()).isEqualTo(202);

            Eventually.that(() -> !gateway.log.envelopes.isEmpty());

            SignedEnvelope envelope = gateway.log.envelopes.get(0);
            assertThat(envelope.getSentAt() % Minutes.SLOT_MILLIS).isBetween(3_000L, 7_000L);
            assertThat(envelope.getSequence()).isBetween(NOW / 1_000 - 20, NOW / 1_000 + 60);
            TelemetryPayload payload = TelemetryPayload.read(AvroValues.bytes(envelope.getPayload()));
            assertThat(payload.samples()).hasSize(1);
            assertThat(payload.storageUsage())
                    .extracting(TelemetryPayload.StorageUsage::bytesStored)
                    .containsExactly(12L);
            Eventually.that(() -> status(agent, "/ready") == 200);
            assertThat(get(agent, "/metrics").body())
                    .contains("ocos_agent_envelopes_total{outcome=\"accepted\",process=\"agent\"} 1.0")
                    .contains("ocos_agent_buffer_entries{process=\"agent\"} 0.0")
                    .contains("ocos_agent_sequence{process=\"agent\"} " + (double) envelope.getSequence());
            assertThat(postUsage(agent, usage).statusCode()).isEqualTo(202);
        }
        assertThat(Files.readAllLines(directory.resolve("state/receipts.jsonl")))
                .hasSize(1);
        try (EntryBuffer left = EntryBuffer.open(directory.resolve("state/buffer"), 1 << 20, (reason, count) -> {})) {
            assertThat(left.entries()).isEqualTo(1);
        }
    }

    @Test
    void startsWithoutAGatewayAndRefusesASecondOneInItsDirectory() {
        Clock clock = new MovableClock(NOW);
        try (Agent agent = start(clock, "http://127.0.0.1:1")) {
            assertThat(agent.terminated()).isNotDone();
            assertThatThrownBy(() -> start(clock, "http://127.0.0.1:1"))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("in use by another agent");
            assertThat(status(agent, "/ready")).isEqualTo(503);
        }
        // The refused one has released what it held, and the first one too.
        start(clock, "http://127.0.0.1:1").close();
    }

    @Test
    void configurationErrorsNameTheKey() {
        assertThatThrownBy(() -> config(Map.of("gatewayUrls", "ftp://x"))).hasMessageContaining("gatewayUrls");
        assertThatThrownBy(() -> config(Map.of("sampleIntervalMillis", "10")))
                .hasMessageContaining("sampleIntervalMillis");
        assertThatThrownBy(() -> config(Map.of("bufferMaxBytes", "1"))).hasMessageContaining("bufferMaxBytes");
        assertThatThrownBy(() -> config(Map.of("spreadMillis", "5000"))).hasMessageContaining("spreadMillis");
        assertThatThrownBy(() -> config(Map.of("unknown", "1"))).hasMessageContaining("unknown");
    }

    private Agent start(Clock clock, String url) {
        return Agent.start(config(Map.of("gatewayUrls", url)), clock, at -> new Sample(at, 1, 2, 3, 4, 5, 6, 7, 8));
    }

    private AgentConfig config(Map<String, String> overrides) {
        Map<String, String> values = new HashMap<>(Map.of(
                "gatewayUrls", "http://127.0.0.1:1",
                "chainId", Long.toString(CHAIN_ID),
                "registry", REGISTRY.toString(),
                "keystore", directory.resolve("key.json").toString(),
                "passwordFile", directory.resolve("password").toString(),
                "stateDir", directory.resolve("state").toString()));
        values.putAll(overrides);
        return ConfigLoader.load(AgentConfig.class, null, values);
    }

    private static int status(Agent agent, String path) {
        try {
            return get(agent, path).statusCode();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static HttpResponse<String> get(Agent agent, String path) throws IOException, InterruptedException {
        return CLIENT.send(HttpRequest.newBuilder(uri(agent, path)).build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> postUsage(Agent agent, String body) throws IOException, InterruptedException {
        return CLIENT.send(
                HttpRequest.newBuilder(uri(agent, "/v1/usage"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static URI uri(Agent agent, String path) {
        return URI.create("http://127.0.0.1:" + agent.opsPort() + path);
    }
}
