package io.ocos.ingest.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ocos.ingest.domain.Problem;
import io.ocos.ingest.io.EnvelopeSigner.Beacon;
import io.ocos.schemas.avro.TelemetrySubmission;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.io.RecordCodec;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** The gateways as a node sees them. Safe for use by several threads. */
final class GatewayClient {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final int SHOWN_CHARACTERS = 300;

    /** Not the envelope's fault: a wrong path, too slow, too many. */
    private static final Set<Integer> TRANSIENT = Set.of(404, 405, 408, 425, 429);

    private final HttpClient http;
    private final List<URI> gateways;
    private final Duration timeout;

    /**
     * @param urls at least one
     * @param timeout of a request
     */
    GatewayClient(List<String> urls, Duration timeout, Executor executor) {
        this.gateways = urls.stream()
                .map(url -> URI.create(url.endsWith("/") ? url : url + "/"))
                .toList();
        this.timeout = timeout;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .executor(executor)
                .build();
    }

    /** What became of an envelope. */
    enum Outcome {
        /** 200 or 202: it is in the log. */
        ACCEPTED,
        /** The envelope can never be accepted. */
        REFUSED,
        /** 401 or 403: no envelope of this node is accepted now. */
        NODE_REFUSED,
        /** It may or may not be in the log: try again, also at another gateway. */
        FAILED
    }

    /**
     * An answer.
     *
     * @param outcome what became of the envelope
     * @param problem why it is not accepted, as far as the gateway says so
     * @param detail status and the beginning of the body, or the error; for a log
     * @param body as received; empty when there was no answer
     * @param serverTime the gateway's clock by its Date header, ms rounded down to seconds
     */
    record Answer(Outcome outcome, Optional<Problem> problem, String detail, String body, OptionalLong serverTime) {

        static Answer failed(String detail) {
            return new Answer(Outcome.FAILED, Optional.empty(), detail, "", OptionalLong.empty());
        }
    }

    /** How many gateways there are. */
    int size() {
        return gateways.size();
    }

    /**
     * Sends an envelope to a gateway; never completes exceptionally.
     *
     * @param gateway any number from 0: taken modulo {@link #size()}
     */
    CompletableFuture<Answer> submit(TelemetrySubmission envelope, int gateway) {
        HttpRequest request = HttpRequest.newBuilder(resolve(gateway, "v1/telemetry"))
                .timeout(timeout)
                .header("Content-Type", "application/avro")
                .POST(BodyPublishers.ofByteArray(RecordCodec.encode(envelope)))
                .build();
        return http.sendAsync(request, BodyHandlers.ofString())
                .thenApply(GatewayClient::answer)
                .exceptionally(e -> Answer.failed(request.uri() + ": " + rootOf(e)));
    }

    /**
     * The newest block a gateway knows.
     *
     * @param gateway as for {@link #submit}
     * @throws IOException when it does not answer or knows none yet
     */
    Beacon beacon(int gateway) throws IOException, InterruptedException {
        URI uri = resolve(gateway, "v1/beacon");
        HttpResponse<String> response;
        try {
            response = http.send(HttpRequest.newBuilder(uri).timeout(timeout).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IOException("%s: %s".formatted(uri, rootOf(e)), e);
        }
        if (response.statusCode() != 200) {
            throw new IOException("%s: %s".formatted(uri, answer(response).detail));
        }
        try {
            JsonNode body = JSON.readTree(response.body());
            long block = body.required("blockNumber").longValue();
            return new Beacon(block, Hash32.parse(body.required("blockHash").textValue()));
        } catch (IllegalArgumentException e) {
            throw new IOException("%s: is no beacon: %s".formatted(uri, shorten(response.body())), e);
        }
    }

    private URI resolve(int gateway, String path) {
        return gateways.get(Math.floorMod(gateway, gateways.size())).resolve(path);
    }

    private static Answer answer(HttpResponse<String> response) {
        int status = response.statusCode();
        String detail = "%d %s".formatted(status, shorten(response.body()));
        return new Answer(outcome(status), problem(response), detail, response.body(), serverTime(response));
    }

    private static Outcome outcome(int status) {
        if (status == 200 || status == 202) {
            return Outcome.ACCEPTED;
        } else if (status == 401 || status == 403) {
            return Outcome.NODE_REFUSED;
        }
        boolean permanent = status / 100 == 4 && !TRANSIENT.contains(status);
        return permanent ? Outcome.REFUSED : Outcome.FAILED;
    }

    private static Optional<Problem> problem(HttpResponse<String> response) {
        if (response.statusCode() < 400) {
            return Optional.empty();
        }
        try {
            return Problem.ofType(JSON.readTree(response.body()).path("type").asText());
        } catch (JsonProcessingException e) {
            // A proxy's answer, not a gateway's.
            return Optional.empty();
        }
    }

    private static OptionalLong serverTime(HttpResponse<String> response) {
        try {
            return response.headers()
                    .firstValue("Date")
                    .map(date -> OptionalLong.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date))
                            .toEpochMilli()))
                    .orElse(OptionalLong.empty());
        } catch (DateTimeException e) {
            return OptionalLong.empty();
        }
    }

    private static String shorten(String text) {
        return text.length() <= SHOWN_CHARACTERS ? text : text.substring(0, SHOWN_CHARACTERS) + "…";
    }

    private static Throwable rootOf(Throwable e) {
        return e.getCause() == null ? e : rootOf(e.getCause());
    }
}
