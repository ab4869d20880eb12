package io.ocos.jobs.clickhouse;

import com.clickhouse.data.stream.Lz4OutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A statement as it comes over ClickHouse's HTTP protocol: URL parameters that are none of the protocol's own are
 * settings, {@code param_x} are values of the statement's parameters.
 */
final class Request {

    /** What the protocol keeps for itself. The log comment is the endpoint's: it finds the statement by it. */
    private static final Set<String> RESERVED = Set.of(
            "buffer_size",
            "client_protocol_version",
            "close_session",
            "compress",
            "database",
            "decompress",
            "default_format",
            "enable_http_compression",
            "log_comment",
            "password",
            "query",
            "query_id",
            "quota_key",
            "role",
            "session_check",
            "session_timeout",
            "stacktrace",
            "user",
            "wait_end_of_query");

    private static final Pattern SETTING = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]*");
    private static final int BLOCK_BYTES = 65_536;

    private final HttpServletRequest http;
    private final Map<String, String> url;
    private final String queryId;

    private Request(HttpServletRequest http, Map<String, String> url) {
        this.http = http;
        this.url = url;
        this.queryId = first(url.get("query_id"), http.getHeader("X-ClickHouse-Query-Id"), "");
    }

    /** Of repeated URL parameters the last counts. */
    static Request of(HttpServletRequest http, Map<String, List<String>> urlParameters) {
        Map<String, String> url = new LinkedHashMap<>();
        urlParameters.forEach((name, values) -> url.put(name, values.get(values.size() - 1)));
        url.putIfAbsent(
                "query_id",
                first(
                        http.getHeader("X-ClickHouse-Query-Id"),
                        null,
                        UUID.randomUUID().toString()));
        return new Request(http, url);
    }

    /** Given by the client, else drawn; never empty. */
    String queryId() {
        return queryId;
    }

    /** Empty for the default database. */
    String database() {
        return first(url.get("database"), http.getHeader("X-ClickHouse-Database"), "");
    }

    /** The format of a result that the statement itself does not give. */
    String defaultFormat() {
        return first(url.get("default_format"), http.getHeader("X-ClickHouse-Format"), "TabSeparated");
    }

    /** A GET must not change anything, as on a ClickHouse server. */
    boolean isReadOnly() {
        return http.getMethod().equals("GET");
    }

    /** Whether the response may begin only when the statement has ended. */
    boolean waitsForEnd() {
        return isOn("wait_end_of_query");
    }

    boolean hasStatement() {
        return url.containsKey("query") || !http.getMethod().equals("GET");
    }

    /** Whether the client itself gives this setting. */
    boolean sets(String setting) {
        return url.containsKey(setting);
    }

    /** Whether a web page sent it: such a page must not reach a database on the loopback interface. */
    boolean isFromWebPage() {
        return http.getHeader("Origin") != null;
    }

    /** Values of the statement's parameters, by name. */
    Map<String, String> parameters() {
        Map<String, String> parameters = new LinkedHashMap<>();
        url.forEach((name, value) -> {
            if (name.startsWith("param_")) {
                parameters.put(name.substring("param_".length()), value);
            }
        });
        return parameters;
    }

    /** The SET statement for the settings in the URL; empty when there are none. */
    String setStatement() throws EngineException {
        if (url.containsKey("session_id")) {
            throw EngineException.of(48, "NOT_IMPLEMENTED", "Sessions are not kept here: leave out session_id");
        }
        for (String name : url.keySet()) {
            if (isSetting(name) && !SETTING.matcher(name).matches()) {
                throw EngineException.of(115, "UNKNOWN_SETTING", "Unknown setting '%s'".formatted(name));
            }
        }
        String settings = url.entrySet().stream()
                .filter(entry -> isSetting(entry.getKey()))
                .map(entry -> "%s = %s".formatted(entry.getKey(), quote(entry.getValue())))
                .collect(Collectors.joining(", "));
        return settings.isEmpty() ? "" : "SET " + settings;
    }

    /** The statement's text and, behind it, the data that it inserts, decompressed. */
    @SuppressWarnings(
            "deprecation") // The driver keeps the only implementation of ClickHouse's blocks, for its old API.
    InputStream input() throws IOException {
        InputStream body = http.getInputStream();
        String encoding =
                first(http.getHeader("Content-Encoding"), null, "identity").toLowerCase(Locale.ROOT);
        body = switch (encoding) {
            case "identity" -> body;
            case "gzip" -> new GZIPInputStream(body, BLOCK_BYTES);
            case "lz4" -> new LZ4FrameInputStream(body);
            default -> throw new IOException("Content-Encoding is %s, expected gzip or lz4".formatted(encoding));
        };
        if (isOn("decompress")) {
            body = new BlockInputStream(body);
        }
        String query = url.getOrDefault("query", "");
        return query.isEmpty()
                ? body
                : new SequenceInputStream(
                        new ByteArrayInputStream((query + "\n").getBytes(StandardCharsets.UTF_8)), body);
    }

    /** Reads what the encoding of the body leaves over, so that nothing of this request is left on the connection. */
    void drain() throws IOException {
        http.getInputStream().transferTo(OutputStream.nullOutputStream());
    }

    /** The response's body, compressed as the client asked for; must be closed. */
    @SuppressWarnings(
            "deprecation") // The driver keeps the only implementation of ClickHouse's blocks, for its old API.
    OutputStream output(HttpServletResponse response) throws IOException {
        OutputStream body = response.getOutputStream();
        if (isOn("compress")) {
            return new Lz4OutputStream(body, BLOCK_BYTES, null);
        }
        String accepted = first(http.getHeader("Accept-Encoding"), null, "").toLowerCase(Locale.ROOT);
        if (isOn("enable_http_compression") && accepted.contains("lz4")) {
            response.setHeader("Content-Encoding", "lz4");
            return new LZ4FrameOutputStream(body, LZ4FrameOutputStream.BLOCKSIZE.SIZE_64KB);
        }
        if (isOn("enable_http_compression") && accepted.contains("gzip")) {
            response.setHeader("Content-Encoding", "gzip");
            return new GZIPOutputStream(body, BLOCK_BYTES);
        }
        return body;
    }

    private boolean isSetting(String name) {
        return !RESERVED.contains(name) && !name.startsWith("param_");
    }

    private boolean isOn(String name) {
        String value = url.getOrDefault(name, "0");
        return value.equals("1") || value.equalsIgnoreCase("true");
    }

    /** A string literal. */
    private static String quote(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }

    private static String first(@Nullable String one, @Nullable String other, String otherwise) {
        if (one != null && !one.isEmpty()) {
            return one;
        }
        return other != null && !other.isEmpty() ? other : otherwise;
    }
}
