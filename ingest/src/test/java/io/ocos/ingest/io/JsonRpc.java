package io.ocos.ingest.io;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;

/** The plainest JSON-RPC client: one call, its result. */
final class JsonRpc {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private final URI url;

    JsonRpc(URI url) {
        this.url = url;
    }

    JsonNode call(String method, Object... parameters) {
        try {
            String body = JSON.writeValueAsString(
                    Map.of("jsonrpc", "2.0", "id", 1, "method", method, "params", List.of(parameters)));
            JsonNode answer = JSON.readTree(client.send(
                            HttpRequest.newBuilder(url)
                                    .header("Content-Type", "application/json")
                                    .POST(BodyPublishers.ofString(body))
                                    .build(),
                            BodyHandlers.ofString())
                    .body());
            if (answer.has("error")) {
                throw new IllegalStateException(method + ": " + answer);
            }
            return answer.get("result");
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
