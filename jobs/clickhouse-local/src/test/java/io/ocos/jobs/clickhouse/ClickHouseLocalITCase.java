package io.ocos.jobs.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Beginning and end of the process: in order, by force, under load. */
@Timeout(600)
class ClickHouseLocalITCase {

    private static final int BATCH_ROWS = 1000;
    private static final int WRITERS = 3;

    @TempDir
    private Path dataDir;

    @Test
    void aSecondProcessOnTheSameDataIsRefusedInOneLine() throws Exception {
        try (ClickHouseLocalProcess first = ClickHouseLocalProcess.start(dataDir)) {
            Process second = new ProcessBuilder(ClickHouseLocalProcess.command(dataDir, Map.of())).start();
            assertThat(new String(second.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("clickhouse: dataDir %s is in use by another ClickHouse endpoint\n".formatted(dataDir));
            assertThat(second.waitFor()).isEqualTo(2);
            assertThat(Http.query(first.url(), "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void wrongConfigurationIsRefusedInOneLine() {
        assertThatThrownBy(() -> ClickHouseLocalProcess.start(dataDir, Map.of("prot", "1")))
                .hasMessageContaining("unknown key 'prot'");
        assertThatThrownBy(() -> ClickHouseLocalProcess.start(dataDir, Map.of("maxThreads", "0")))
                .hasMessageContaining("maxThreads is 0, expected 1 to 64");
        try (ClickHouseLocalProcess first = ClickHouseLocalProcess.start(dataDir.resolve("first"))) {
            String port = first.url().substring(first.url().lastIndexOf(':') + 1);
            assertThatThrownBy(() -> ClickHouseLocalProcess.start(dataDir.resolve("second"), Map.of("port", port)))
                    .hasMessageContaining("port %s cannot be used".formatted(port));
        }
    }

    @Test
    void itEndsWithItsParent() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(ClickHouseLocalProcess.command(dataDir, Map.of()));
        builder.environment().put("OCOS_PARENT_PIPE", "1");
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        Process process = builder.start();
        try (InputStream output = process.getInputStream()) {
            assertThat(output.read()).isEqualTo('h');
            process.getOutputStream().close();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void orderlyStopsUnderLoadLoseNothing() throws Exception {
        endUnderLoad(3, false);
    }

    @Tag("full")
    @Test
    void twentyOrderlyStopsUnderLoadLoseNothing() throws Exception {
        endUnderLoad(20, false);
    }

    @Test
    void whatWasAcknowledgedSurvivesKill9() throws Exception {
        endUnderLoad(2, true);
    }

    @Tag("full")
    @Test
    void whatWasAcknowledgedSurvivesTwelveKills() throws Exception {
        endUnderLoad(12, true);
    }

    /** Writers and readers work; the process ends amid it; the next one must hold every acknowledged batch, whole. */
    private void endUnderLoad(int rounds, boolean byForce) throws Exception {
        Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
        AtomicInteger nextBatch = new AtomicInteger();
        for (int round = 0; round < rounds; round++) {
            ExecutorService clients = Executors.newCachedThreadPool();
            try (ClickHouseLocalProcess clickHouse =
                    ClickHouseLocalProcess.start(dataDir, Map.of("stopGraceMillis", "300"))) {
                String url = clickHouse.url();
                Http.query(
                        url,
                        "CREATE TABLE IF NOT EXISTS load (batch UInt32, row UInt32, s String) ENGINE = MergeTree ORDER BY (batch, row)");
                assertHolds(url, acknowledged);
                int before = acknowledged.size();
                List<Future<?>> work = new ArrayList<>();
                for (int writer = 0; writer < WRITERS; writer++) {
                    work.add(clients.submit(() -> write(url, nextBatch, acknowledged)));
                }
                work.add(clients.submit(() -> untilGone(
                        () -> Http.post(url, Map.of(), "SELECT max(sipHash64(number)) FROM numbers(1000000000000)"))));
                work.add(clients.submit(() -> untilGone(() ->
                        Http.post(url, Map.of(), "SELECT * FROM load ORDER BY s FORMAT RowBinaryWithNamesAndTypes"))));
                Await.until(() -> acknowledged.size() >= before + 20);
                if (byForce) {
                    clickHouse.process().destroyForcibly();
                    assertThat(clickHouse.process().waitFor()).isEqualTo(128 + 9);
                } else {
                    clickHouse.process().destroy();
                    assertThat(clickHouse.process().waitFor(30, TimeUnit.SECONDS))
                            .isTrue();
                    assertThat(clickHouse.process().exitValue()).isZero();
                }
                for (Future<?> client : work) {
                    client.get(30, TimeUnit.SECONDS);
                }
            } finally {
                clients.shutdownNow();
            }
        }
        try (ClickHouseLocalProcess clickHouse = ClickHouseLocalProcess.start(dataDir)) {
            assertHolds(clickHouse.url(), acknowledged);
        }
    }

    private static void write(String url, AtomicInteger nextBatch, Set<Integer> acknowledged) {
        untilGone(() -> {
            int batch = nextBatch.getAndIncrement();
            StringBuilder rows = new StringBuilder("INSERT INTO load FORMAT TabSeparated\n");
            for (int row = 0; row < BATCH_ROWS; row++) {
                rows.append(batch).append('\t').append(row).append("\tsome text\n");
            }
            HttpResponse<String> response = Http.post(url, Map.of(), rows.toString());
            if (response.statusCode() == 200) {
                acknowledged.add(batch);
            }
            return response;
        });
    }

    private interface Call {
        HttpResponse<String> run() throws IOException, InterruptedException;
    }

    /** Repeats a request until the process does not answer any more, or says that it stops. */
    private static void untilGone(Call call) {
        try {
            while (call.run().statusCode() != 503) {
                // until the process ends
            }
        } catch (IOException e) {
            assertThat(e).as("the process has ended").isNotNull();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void assertHolds(String url, Set<Integer> acknowledged) throws Exception {
        String found = Http.query(
                url,
                "SELECT batch FROM load GROUP BY batch HAVING count() = %d AND uniqExact(row) = %d ORDER BY batch"
                        .formatted(BATCH_ROWS, BATCH_ROWS));
        Set<Integer> whole = found.lines().map(Integer::valueOf).collect(Collectors.toSet());
        assertThat(whole).containsAll(acknowledged);
        assertThat(Http.query(url, "SELECT count() FROM load"))
                .as("no batch in part")
                .isEqualTo(String.valueOf((long) whole.size() * BATCH_ROWS));
    }
}
