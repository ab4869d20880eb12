package io.ocos.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ocos.jobs.flink.JobDefinition;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.flink.api.common.JobID;

/** Savepoints of our releases, kept as text in {@code src/test/resources/savepoints}, whose README says more. */
public final class KeptSavepoints {

    /** Releases whose savepoints are kept. */
    public static final List<String> RELEASES = List.of("0.1.0");

    /** Property: the folder that new savepoints are written to; without it none is made. */
    public static final String WRITE_TO = "ocos.savepoint.write";

    private static final String METADATA = "_metadata";
    private static final int LINE_LENGTH = 120;
    private static final int MAX_TEXT_LENGTH = 300_000;
    private static final Duration BOUND = Duration.ofMinutes(1);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final ObjectMapper JSON = new ObjectMapper();

    private KeptSavepoints() {}

    /** The folder with the input of all savepoints: files of SPEC 13 and {@code args.json}. */
    public static Path input() throws URISyntaxException {
        return Path.of(Objects.requireNonNull(KeptSavepoints.class.getResource("/savepoints"), "savepoints")
                .toURI());
    }

    /** Time before which an input's records are in the savepoints, ms UTC, the start of a minute. */
    public static long cutMillis() throws Exception {
        return JSON.readTree(input().resolve("args.json").toFile())
                .required("cut")
                .longValue();
    }

    /** Lays a release's savepoint where a Flink process with this data directory finds it. */
    public static void restore(String release, String job, Path dataDir) throws Exception {
        byte[] text = Files.readAllBytes(input().resolve(release).resolve(fileName(job)));
        Path checkpoint = Files.createDirectories(
                dataDir.resolve("checkpoints").resolve(id(job).toHexString()).resolve("chk-1"));
        try (GZIPInputStream metadata = new GZIPInputStream(
                new ByteArrayInputStream(Base64.getMimeDecoder().decode(text)))) {
            Files.copy(metadata, checkpoint.resolve(METADATA));
        }
    }

    /**
     * Makes a savepoint of a running job, whose state must fit into the savepoint's one file, and writes it to the folder of
     * {@link #WRITE_TO}.
     *
     * @param temporary where Flink writes it, in its own form
     */
    public static void write(FlinkRuntime flink, String job, Path temporary) throws Exception {
        URI savepoints = flink.webAddress().resolve("/jobs/" + id(job).toHexString() + "/savepoints");
        String trigger = send(HttpRequest.newBuilder(savepoints)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(
                                Map.of("target-directory", temporary.toUri().toString(), "formatType", "CANONICAL")))))
                .required("request-id")
                .textValue();
        HttpRequest.Builder status = HttpRequest.newBuilder(URI.create(savepoints + "/" + trigger));
        long end = System.nanoTime() + BOUND.toNanos();
        JsonNode answer = send(status);
        while (!answer.at("/status/id").asText().equals("COMPLETED")) {
            assertThat(System.nanoTime()).as("%s", answer).isLessThan(end);
            LockSupport.parkNanos(POLL.toNanos());
            answer = send(status);
        }
        assertThat(answer.at("/operation/location").isTextual())
                .as("%s", answer)
                .isTrue();
        Path savepoint = Path.of(URI.create(answer.at("/operation/location").textValue()));
        try (Stream<Path> files = Files.list(savepoint)) {
            assertThat(files).containsExactly(savepoint.resolve(METADATA));
        }
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
            Files.copy(savepoint.resolve(METADATA), out);
        }
        String text = Base64.getMimeEncoder(LINE_LENGTH, new byte[] {'\n'}).encodeToString(zipped.toByteArray()) + "\n";
        assertThat(text).hasSizeLessThan(MAX_TEXT_LENGTH);
        Path folder = Files.createDirectories(Path.of(Objects.requireNonNull(System.getProperty(WRITE_TO), WRITE_TO)));
        Files.writeString(folder.resolve(fileName(job)), text);
    }

    private static String fileName(String job) {
        return job + ".base64";
    }

    private static JobID id(String job) {
        return new JobDefinition(job, BOUND, environment -> {}).id();
    }

    private static JsonNode send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<byte[]> response =
                HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        assertThat(response.statusCode())
                .as(new String(response.body(), StandardCharsets.UTF_8))
                .isBetween(200, 299);
        return JSON.readTree(response.body());
    }
}
