package io.ocos.jobs.analytics;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.clickhouse.ClickHouseLocalProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A real ClickHouse endpoint for tests, with its tables; killed and started again at will on the same port. */
public final class ClickHouse implements AutoCloseable {

    private final HttpClient http = HttpClient.newHttpClient();
    private final Path dataDir;
    private final URI url;
    private ClickHouseLocalProcess process;

    private ClickHouse(Path dataDir, ClickHouseLocalProcess process) {
        this.dataDir = dataDir;
        this.process = process;
        url = URI.create(process.url());
    }

    public static ClickHouse start(Path dataDir) {
        ClickHouse started = new ClickHouse(dataDir, ClickHouseLocalProcess.start(dataDir));
        Migrations.run(started.url());
        return started;
    }

    public String url() {
        return url.toString();
    }

    /** As {@code kill -9} does. */
    void kill() throws InterruptedException {
        process.process().destroyForcibly().waitFor();
    }

    void restart() {
        process = ClickHouseLocalProcess.start(dataDir, Map.of("port", Integer.toString(url.getPort())));
    }

    /** Lines of tab-separated values; for a statement without a result, none. */
    public List<String> query(String sql) {
        try {
            HttpResponse<String> response = http.send(
                    HttpRequest.newBuilder(url)
                            .POST(HttpRequest.BodyPublishers.ofString(sql))
                            .build(),
                    HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            if (response.statusCode() != 200) {
                throw new IllegalStateException("%s: %s".formatted(sql, response.body()));
            }
            return response.body().lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(sql, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(sql, e);
        }
    }

    /** The one value of a query's result. */
    public long number(String sql) {
        return Long.parseLong(query(sql).get(0));
    }

    /** Waits, a minute and a half at most, until a query has this result. */
    public void await(String sql, String... expected) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        List<String> found = query(sql);
        while (!found.equals(List.of(expected)) && System.nanoTime() < deadline) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            found = query(sql);
        }
        assertThat(found).as(sql).containsExactly(expected);
    }

    @Override
    public void close() {
        process.close();
    }
}
