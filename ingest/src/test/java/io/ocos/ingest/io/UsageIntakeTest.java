package io.ocos.ingest.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.metering.domain.TelemetryPayload.JobUsage;
import io.ocos.metering.domain.TelemetryPayload.StorageUsage;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsageIntakeTest {

    private static final long NOW = 1_900_000_000_000L;
    private static final String JOB = "0x" + "0b".repeat(32);
    private static final String ACCOUNT = "0x00000000000000000000000000000000000000aa";
    private static final String JOB_ENTRY =
            "{'jobId':'%s','at':%d,'cpuMillis':5,'gpuMillis':6,'egressBytes':7}".formatted(JOB, NOW - 1);
    private static final String STORAGE_ENTRY = "{'account':'%s','bytesStored':9}".formatted(ACCOUNT);

    @TempDir
    private Path directory;

    private final HttpClient client = HttpClient.newHttpClient();
    private EntryBuffer buffer;
    private OpsServer server;

    @BeforeEach
    void start() {
        buffer = EntryBuffer.open(directory, 1 << 20, (reason, count) -> {});
        UsageIntake intake = new UsageIntake(buffer, new MovableClock(NOW));
        server =
                OpsServer.start(0, List::of, OpsServer.newRegistry("test"), app -> app.post("/v1/usage", intake::post));
    }

    @AfterEach
    void stop() {
        server.close();
        buffer.close();
    }

    @Test
    void reportIsInTheBufferWhenItIsAnswered() throws Exception {
        HttpResponse<String> answer = post("{'jobUsage':[%s],'storageUsage':[%s]}".formatted(JOB_ENTRY, STORAGE_ENTRY));
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(answer.body()).isEqualTo("{\"entries\":2}");
        assertThat(buffer.next(NOW, 10).entries())
                .containsExactly(
                        new JobUsage(Hash32.parse(JOB), NOW - 1, 5, 6, 7),
                        new StorageUsage(Address.parse(ACCOUNT), NOW, 9));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            (empty)                                              | No content
            null                                                 | expected a JSON object
            []                                                   | Cannot deserialize
            {}                                                   | 0 entries, expected 1
            {'jobUsage':[null]}                                  | jobUsage[0]: null
            {'jobs':[]}                                          | jobs
            {'jobUsage':[],'jobUsage':[]}                        | Duplicate field
            {'jobUsage':[JOB]} 1                                 | Trailing token
            {'jobUsage':[JOB,{'at':1}]}                          | jobUsage[1].jobId: is missing
            {'storageUsage':[{'account':'0x00','bytesStored':1}]} | storageUsage[0].account
            {'storageUsage':[{'account':'ACC','bytesStored':-1}]} | storageUsage[0].bytesStored: -1
            {'storageUsage':[{'account':'ACC'}]}                 | storageUsage[0].bytesStored: is missing
            {'storageUsage':[{'account':'ACC','bytesStored':1.5}]} | bytesStored
            {'storageUsage':[{'account':'ACC','bytesStored':'1'}]} | bytesStored
            {'storageUsage':[{'account':'ACC','bytesStored':1e400}]} | bytesStored
            {'storageUsage':[{'account':'ACC','bytesStored':9223372036854775808}]} | out of range
            {'storageUsage':[{'account':'ACC','bytesStored':NaN}]} | NaN
            {'storageUsage':[{'account':'ACC','bytesStored':1,'at':1899999099999}]} | storageUsage[0].at: 1899999099999
            {'storageUsage':[{'account':'ACC','bytesStored':1,'at':1900000000001}]} | storageUsage[0].at: 1900000000001
            {'storageUsage':[{'account':'ACC','bytesStored':1,'at':-1}]} | storageUsage[0].at: -1
            """)
    void reportThatIsNotAsExpectedIsRefusedWhole(String body, String detail) throws Exception {
        String json =
                body.equals("(empty)") ? "" : body.replace("JOB", JOB_ENTRY).replace("ACC", ACCOUNT);
        HttpResponse<String> answer = post(json);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(answer.body()).contains("urn:ocos:problem:bad-usage").contains(detail);
        assertThat(buffer.entries()).isZero();
    }

    @Test
    void deepNestingAndTooManyEntriesAreRefused() throws Exception {
        assertThat(post("{'jobUsage':" + "[".repeat(5_000) + "]".repeat(5_000) + "}")
                        .statusCode())
                .isEqualTo(400);
        String many = String.join(",", Collections.nCopies(1_001, STORAGE_ENTRY));
        assertThat(post("{'storageUsage':[%s]}".formatted(many)).body()).contains("1001 entries, expected 1 … 1000");
        byte[] large = ("{'storageUsage':[" + " ".repeat(300 << 10) + "]}").getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> UsageIntake.read(new byte[] {'{'}, NOW)).isInstanceOf(IllegalArgumentException.class);
        assertThat(post(new String(large, StandardCharsets.UTF_8)).statusCode()).isEqualTo(413);
        assertThat(buffer.entries()).isZero();
    }

    @Test
    void webPagesAndOtherTypesAreRefused() throws Exception {
        String body = "{\"storageUsage\":[%s]}".formatted(STORAGE_ENTRY.replace('\'', '"'));
        assertThat(send(request(body).header("Content-Type", "application/json").header("Origin", "http://evil"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(send(request(body).header("Content-Type", "text/plain")).statusCode())
                .isEqualTo(415);
        assertThat(send(request(body)).statusCode()).isEqualTo(415);
        assertThat(buffer.entries()).isZero();
    }

    private HttpResponse<String> post(String singleQuoted) throws IOException, InterruptedException {
        return send(request(singleQuoted.replace('\'', '"')).header("Content-Type", "application/json"));
    }

    private HttpRequest.Builder request(String body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/v1/usage"))
                .POST(BodyPublishers.ofString(body));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }
}
