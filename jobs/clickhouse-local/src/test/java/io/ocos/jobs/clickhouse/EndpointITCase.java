package io.ocos.jobs.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The HTTP protocol itself, with one statement at a time: whoever keeps its slot blocks the rest. */
@Timeout(120)
class EndpointITCase {

    private static final String SLOW = "SELECT max(sipHash64(number)) FROM numbers(1000000000000)";

    @TempDir
    private static Path dataDir;

    private static ClickHouseLocalProcess clickHouse;

    @BeforeAll
    static void start() throws Exception {
        clickHouse = ClickHouseLocalProcess.start(dataDir, Map.of("maxConcurrentStatements", "1"));
        query("CREATE DATABASE ocos");
        query(
                "CREATE TABLE ocos.source (n UInt32, amount UInt256, s String, kind LowCardinality(String), m Nullable(String),"
                        + " a Array(String), t Map(String, UInt64), at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY n");
        query(
                "INSERT INTO ocos.source SELECT number, toUInt256(number) * toUInt256('340282366920938463463374607431768211457'),"
                        + " concat('tab\\t quote\\' line\\n ', toString(number)), toString(number % 7), if(number % 3 = 0, NULL, 'x'),"
                        + " [toString(number), '\\\\N'], map('k', number), toDateTime64('2026-02-03 04:05:06.789', 3, 'UTC') + number"
                        + " FROM numbers(150000)");
    }

    @AfterAll
    static void stop() {
        clickHouse.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RowBinary",
                "RowBinaryWithNames",
                "RowBinaryWithNamesAndTypes",
                "Native",
                "CSV",
                "CSVWithNames",
                "TabSeparated",
                "TabSeparatedWithNamesAndTypes",
                "JSONEachRow",
                "JSONCompactEachRow",
                "Values"
            })
    void whatAFormatGivesItTakes(String format) throws Exception {
        String table = "ocos.copy_" + format;
        query("CREATE TABLE %s AS ocos.source".formatted(table));
        HttpResponse<byte[]> rows =
                Http.bytes(HttpRequest.newBuilder(Http.uri(clickHouse.url(), Map.of("max_result_bytes", "0")))
                        .POST(HttpRequest.BodyPublishers.ofString("SELECT * FROM ocos.source FORMAT " + format)));
        assertThat(rows.statusCode()).isEqualTo(200);
        assertThat(rows.headers().firstValue("X-ClickHouse-Format")).contains(format);
        HttpResponse<String> insert = Http.send(HttpRequest.newBuilder(Http.uri(
                        clickHouse.url(), Map.of("query", "INSERT INTO %s FORMAT %s".formatted(table, format))))
                .POST(HttpRequest.BodyPublishers.ofByteArray(rows.body())));
        assertThat(insert.body()).isEmpty();
        assertThat(insert.headers().firstValue("X-ClickHouse-Summary"))
                .hasValueSatisfying(summary -> assertThat(summary).contains("\"written_rows\":\"150000\""));
        String digest = "SELECT count(), sum(cityHash64(*)) FROM ";
        assertThat(query(digest + table)).isEqualTo(query(digest + "ocos.source"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SELECT * FROM ocos.absent                  | 404 | 60",
                "SELECT * FROM absent.t                     | 404 | 81",
                "SELECT 1 FORMAT Absent                     | 404 | 73",
                "SELECT absent(1)                           | 404 | 46",
                "SELECT FROM WHERE                          | 400 | 62",
                "SELECT 1; SELECT 2                         | 400 | 62",
                "''                                         | 400 | 62",
                "1 + 1                                      | 400 | 62",
                "SELECT toUInt8('x')                        | 400 | 6",
                "INSERT INTO ocos.source (n) VALUES ('x')   | 400 | 6",
                "INSERT INTO ocos.absent VALUES (1)         | 404 | 60",
                "SELECT {p:UInt8}                           | 500 | 456",
                "SELECT throwIf(1)                          | 500 | 395",
                "SELECT 1 INTO OUTFILE '/tmp/x'             | 500 | 358",
                "SELECT sleep(2) SETTINGS max_execution_time = 1, function_sleep_max_microseconds_per_block = 0 | 408 | 159",
                "SELECT number FROM numbers(100000000) FORMAT JSON  | 500 | 396",
            })
    void errorsHaveStatusAndCode(String sql, int status, int code) throws Exception {
        HttpResponse<String> response = Http.post(clickHouse.url(), Map.of(), sql);
        assertThat(response.body()).startsWith("Code: %d. DB::Exception: ".formatted(code));
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("X-ClickHouse-Exception-Code")).contains(String.valueOf(code));
    }

    @Test
    void settingsAreCheckedAndEndWithTheRequest() throws Exception {
        assertThat(Http.post(clickHouse.url(), Map.of("absent_setting", "1"), "SELECT 1")
                        .statusCode())
                .isEqualTo(404);
        assertThat(Http.post(clickHouse.url(), Map.of("x = 1, y", "1"), "SELECT 1")
                        .statusCode())
                .isEqualTo(404);
        assertThat(Http.post(clickHouse.url(), Map.of("max_threads", "one"), "SELECT 1")
                        .statusCode())
                .isEqualTo(400);
        String read = "SELECT getSetting('max_block_size'), currentDatabase()";
        assertThat(Http.post(clickHouse.url(), Map.of("max_block_size", "1234", "database", "ocos"), read)
                        .body())
                .isEqualTo("1234\tocos\n");
        assertThat(query(read)).isEqualTo("65409\tdefault");
        assertThat(Http.post(clickHouse.url(), Map.of("default_format", "CSV"), "SELECT 'a', 1")
                        .body())
                .isEqualTo("\"a\",1\n");
    }

    @Test
    void aGetChangesNothing() throws Exception {
        HttpResponse<String> refused = Http.send(
                HttpRequest.newBuilder(Http.uri(clickHouse.url(), Map.of("query", "DROP TABLE ocos.source"))));
        assertThat(refused.body()).contains("READONLY");
        HttpResponse<String> read = Http.send(HttpRequest.newBuilder(
                Http.uri(clickHouse.url(), Map.of("query", "SELECT count() FROM ocos.source", "max_threads", "1"))));
        assertThat(read.body()).isEqualTo("150000\n");
    }

    @Test
    void healthAndMetricsAreServed() throws Exception {
        for (String path : new String[] {"/ping", "/health", "/ready", "/"}) {
            assertThat(Http.send(HttpRequest.newBuilder(URI.create(clickHouse.url() + path)))
                            .body())
                    .isEqualTo("Ok.\n");
        }
        assertThat(Http.send(HttpRequest.newBuilder(URI.create(clickHouse.url() + "/metrics")))
                        .body())
                .contains("# TYPE ClickHouseMetrics_Query gauge\nClickHouseMetrics_Query ")
                .contains("# TYPE ClickHouseProfileEvents_InsertedRows counter\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "lz4"})
    void bodiesMayBeCompressedAsHttpHasIt(String encoding) throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try (OutputStream compressed =
                encoding.equals("gzip") ? new GZIPOutputStream(body) : new LZ4FrameOutputStream(body)) {
            compressed.write("SELECT sleep(0.5), 'compressed'".getBytes(StandardCharsets.US_ASCII));
        }
        HttpResponse<byte[]> response = Http.bytes(HttpRequest.newBuilder(
                        Http.uri(clickHouse.url(), Map.of("enable_http_compression", "1")))
                .header("Content-Encoding", encoding)
                .header("Accept-Encoding", encoding)
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body.toByteArray()))));
        assertThat(response.headers().firstValue("Content-Encoding")).contains(encoding);
        assertThat(response.headers().firstValue("Connection")).isEmpty();
        InputStream result = new ByteArrayInputStream(response.body());
        try (InputStream plain =
                encoding.equals("gzip") ? new GZIPInputStream(result) : new LZ4FrameInputStream(result)) {
            assertThat(plain).hasContent("0\tcompressed\n");
        }
    }

    @Test
    void webPagesAreRefused() throws Exception {
        HttpResponse<String> response = Http.send(HttpRequest.newBuilder(URI.create(clickHouse.url()))
                .header("Origin", "https://example.org")
                .POST(HttpRequest.BodyPublishers.ofString("SELECT 1")));
        assertThat(response.statusCode()).isEqualTo(403);
    }

    @Test
    void anErrorAfterTheFirstRowsBreaksTheResponseOff() throws Exception {
        assertThatThrownBy(() -> Http.post(
                        clickHouse.url(),
                        Map.of("max_threads", "1"),
                        "SELECT throwIf(number = 5000000, 'late') FROM numbers(10000000)"))
                .isInstanceOf(IOException.class);
        HttpResponse<String> whole = Http.post(
                clickHouse.url(),
                Map.of("wait_end_of_query", "1"),
                "SELECT throwIf(number = 500000, 'late') FROM numbers(1000000)");
        assertThat(whole.statusCode()).isEqualTo(500);
        assertThat(whole.body()).contains("late");
    }

    @Test
    void aStatementEndsWithItsClient() throws Exception {
        try (Socket socket = request("/?query_id=left", contentLength(SLOW), SLOW)) {
            assertThat(socket.isConnected()).isTrue();
        }
        Path log = dataDir.resolve("endpoint.log");
        Await.until(() -> Files.readString(log).contains("statement left cancelled: the client has gone"));
        assertThat(query("SELECT 1")).as("the only slot is free again").isEqualTo("1");
    }

    @Test
    void aStreamEndsWithItsClient() throws Exception {
        String endless = "SELECT sipHash64(number) FROM numbers(1000000000000) FORMAT RowBinary";
        try (Socket socket = request("/", contentLength(endless), endless)) {
            assertThat(socket.getInputStream().readNBytes(1_000_000))
                    .startsWith("HTTP/1.1 200 OK".getBytes(StandardCharsets.US_ASCII));
        }
        assertThat(query("SELECT 1")).as("the only slot is free again").isEqualTo("1");
    }

    @Test
    void anInsertThatBreaksOffLeavesNothing() throws Exception {
        query("CREATE TABLE ocos.broken (n UInt32) ENGINE = MergeTree ORDER BY n");
        String path = "/?query=INSERT%20INTO%20ocos.broken%20FORMAT%20TSV";
        try (Socket socket = request(path, "Transfer-Encoding: chunked", "6\r\n1\n2\n3\n\r\n")) {
            assertThat(socket.isConnected()).isTrue();
        }
        try (Socket socket = request(path, "Content-Length: 100", "1\n2\n3\n")) {
            assertThat(socket.isConnected()).isTrue();
        }
        assertThat(query("SELECT count() FROM ocos.broken")).isEqualTo("0");
    }

    @Test
    void requestsFollowEachOtherOnOneConnection() throws Exception {
        String first = "SELECT sleep(1), 'first'";
        String second = "SELECT 'second'";
        try (Socket socket = request("/", contentLength(first), first)) {
            assertThat(readTo(socket.getInputStream(), "first\n")).startsWith("HTTP/1.1 200 OK");
            socket.getOutputStream().write(text("/", contentLength(second), second));
            assertThat(readTo(socket.getInputStream(), "second\n")).contains("HTTP/1.1 200 OK");
        }
    }

    @Test
    void memoryStaysBounded() throws Exception {
        String large =
                "SELECT number, toString(cityHash64(number)) AS s FROM numbers(10000000) ORDER BY s LIMIT 9000000, 10";
        assertThat(query(large).lines()).hasSize(10);
        assertThat(Http.post(clickHouse.url(), Map.of(), "SELECT groupArray(toString(number)) FROM numbers(200000000)")
                        .body())
                .contains("MEMORY_LIMIT_EXCEEDED");
        String status = Files.readString(
                Path.of("/proc/%d/status".formatted(clickHouse.process().pid())));
        long peakKilobytes = Long.parseLong(status.replaceAll("(?s).*VmHWM:\\s+(\\d+) kB.*", "$1"));
        assertThat(peakKilobytes).isLessThan(1_250_000);
    }

    private static String readTo(InputStream input, String end) throws IOException {
        StringBuilder text = new StringBuilder();
        while (!text.toString().endsWith(end)) {
            int character = input.read();
            if (character < 0) {
                throw new IOException("the connection ended after " + text);
            }
            text.append((char) character);
        }
        return text.toString();
    }

    private static Socket request(String path, String header, String body) throws IOException {
        URI uri = URI.create(clickHouse.url());
        Socket socket = new Socket(uri.getHost(), uri.getPort());
        socket.getOutputStream().write(text(path, header, body));
        return socket;
    }

    private static byte[] text(String path, String header, String body) {
        return "POST %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n%s"
                .formatted(path, header, body)
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static String contentLength(String body) {
        return "Content-Length: " + body.length();
    }

    private static String query(String sql) throws Exception {
        return Http.query(clickHouse.url(), sql);
    }
}
