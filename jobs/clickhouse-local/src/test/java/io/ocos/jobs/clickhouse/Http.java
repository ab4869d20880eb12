package io.ocos.jobs.clickhouse;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;

/** Requests as curl would send them. */
final class Http {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private Http() {}

    static HttpResponse<String> post(String url, Map<String, String> parameters, String body)
            throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(url, parameters)).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    static HttpResponse<byte[]> bytes(HttpRequest.Builder request) throws IOException, InterruptedException {
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    /** The result of a statement that must succeed, without the line end. */
    static String query(String url, String sql) throws IOException, InterruptedException {
        HttpResponse<String> response = post(url, Map.of(), sql);
        if (response.statusCode() != 200) {
            throw new AssertionError(response.body());
        }
        return response.body().strip();
    }

    static URI uri(String url, Map<String, String> parameters) {
        return URI.create(url + "/?"
                + parameters.entrySet().stream()
                        .map(entry -> encoded(entry.getKey()) + "=" + encoded(entry.getValue()))
                        .collect(Collectors.joining("&")));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
