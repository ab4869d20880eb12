package io.ocos.ingest.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.schemas.config.ConfigException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class OpsServerTest {

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void servesHealthReadinessAndMetrics() throws Exception {
        var notReady = new AtomicReference<>(List.of("no beacon yet"));
        var metrics = OpsServer.newRegistry("test");
        metrics.counter("ocos.test").increment();
        try (OpsServer server = OpsServer.start(0, notReady::get, metrics)) {
            assertThat(get(server, "/health").statusCode()).isEqualTo(200);
            assertThat(get(server, "/ready").statusCode()).isEqualTo(503);
            assertThat(get(server, "/ready").body()).contains("no beacon yet");
            notReady.set(List.of());
            assertThat(get(server, "/ready").statusCode()).isEqualTo(200);
            assertThat(get(server, "/metrics").body())
                    .contains("ocos_test_total{process=\"test\"} 1.0")
                    .contains("jvm_memory_used_bytes")
                    .contains("process_uptime_seconds");
        }
    }

    @Test
    void takenPortIsOneClearLine() {
        var metrics = OpsServer.newRegistry("test");
        try (OpsServer server = OpsServer.start(0, List::of, metrics)) {
            assertThatThrownBy(() -> OpsServer.start(server.port(), List::of, metrics))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("opsPort " + server.port());
        }
    }

    private HttpResponse<String> get(OpsServer server, String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
        return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }
}
