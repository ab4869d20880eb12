package io.ocos.jobs.stack;

import io.ocos.jobs.registry.PostgresDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;

/** Whether a part does its work. Checks take a few seconds at most. */
@FunctionalInterface
public interface HealthCheck {

    /** What is wrong, in words; empty when nothing is. */
    Optional<String> problem() throws InterruptedException;

    /** Healthy while a port of 127.0.0.1 takes connections. */
    static HealthCheck tcp(int port) {
        return () -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
                return Optional.empty();
            } catch (IOException e) {
                return Optional.of("port %d does not answer".formatted(port));
            }
        };
    }

    /** Healthy while a database takes connections and answers. */
    static HealthCheck postgres(PostgresDatabase database) {
        return () -> database.problem().map(problem -> "%s: %s".formatted(database.url(), problem));
    }

    /** Healthy while a GET of this URL is answered 200; what is answered else is what is wrong. */
    static HealthCheck http(HttpClient client, URI url) {
        return http(client, HttpRequest.newBuilder(url).build());
    }

    /** Healthy while an EVM node answers JSON-RPC. */
    static HealthCheck jsonRpc(HttpClient client, URI url) {
        return http(
                client,
                HttpRequest.newBuilder(url)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":[]}"))
                        .build());
    }

    private static HealthCheck http(HttpClient client, HttpRequest request) {
        HttpRequest bounded = HttpRequest.newBuilder(request, (name, value) -> true)
                .timeout(Duration.ofSeconds(3))
                .build();
        return () -> {
            try {
                HttpResponse<String> response = client.send(bounded, BodyHandlers.ofString());
                return response.statusCode() == 200
                        ? Optional.empty()
                        : Optional.of("%s answers %d: %s"
                                .formatted(
                                        request.uri(),
                                        response.statusCode(),
                                        response.body().strip()));
            } catch (IOException e) {
                return Optional.of("%s does not answer".formatted(request.uri()));
            }
        };
    }
}
