package io.ocos.jobs.stack;

import io.ocos.schemas.config.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** SQL over ClickHouse's HTTP interface, in the database {@code ocos}. */
public final class ClickHouseHttp {

    private static final int MESSAGE_BYTES = 4_096;

    /** ClickHouse refused a statement, or did not answer; the message is one line. */
    public static final class QueryException extends Exception {

        private static final long serialVersionUID = 1;

        QueryException(String message) {
            super(message);
        }
    }

    private final HttpClient client;
    private final String url;
    private final String user;
    private final Secret password;

    /** An endpoint that takes anybody, such as the local stack's. */
    public ClickHouseHttp(HttpClient client, String url) {
        this(client, url, "default", new Secret(""));
    }

    public ClickHouseHttp(HttpClient client, String url, String user, Secret password) {
        this.client = client;
        this.url = url;
        this.user = user;
        this.password = password;
    }

    /**
     * The answer, as it comes.
     *
     * @param format of the answer when the statement names none, by ClickHouse's name
     */
    public InputStream query(String sql, String format) throws QueryException, InterruptedException {
        URI target = URI.create("%s/?database=ocos&default_format=%s"
                .formatted(url, URLEncoder.encode(format, StandardCharsets.UTF_8)));
        HttpRequest request = HttpRequest.newBuilder(target)
                .header("X-ClickHouse-User", user)
                .header("X-ClickHouse-Key", password.reveal())
                .POST(HttpRequest.BodyPublishers.ofString(sql))
                .build();
        try {
            HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            if (response.statusCode() != 200) {
                try (InputStream body = response.body()) {
                    String message = new String(body.readNBytes(MESSAGE_BYTES), StandardCharsets.UTF_8).strip();
                    throw new QueryException(message.replaceAll("\\s*\\R\\s*", " "));
                }
            }
            return response.body();
        } catch (IOException e) {
            throw new QueryException("ClickHouse at %s does not answer: %s".formatted(url, e));
        }
    }

    /** The answer's rows, each with its values as text. */
    public List<List<String>> rows(String sql) throws QueryException, InterruptedException {
        try (InputStream answer = query(sql, "TSV")) {
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> Arrays.asList(line.split("\t", -1)))
                    .toList();
        } catch (IOException e) {
            throw new QueryException("ClickHouse at %s broke off: %s".formatted(url, e));
        }
    }

    /** The first row's values; there must be one. */
    public List<String> row(String sql) throws QueryException, InterruptedException {
        List<List<String>> rows = rows(sql);
        if (rows.isEmpty()) {
            throw new QueryException("no row, expected one: " + sql);
        }
        return rows.get(0);
    }
}
