package io.ocos.jobs.analytics;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.ServerException;
import com.clickhouse.client.api.insert.InsertResponse;
import com.clickhouse.client.api.insert.InsertSettings;
import com.clickhouse.client.api.query.GenericRecord;
import com.clickhouse.data.ClickHouseFormat;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RetryPolicy;
import dev.failsafe.function.CheckedRunnable;
import io.ocos.jobs.JobsMetrics;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Inserts blocks, and tries again while ClickHouse is away or overloaded: the caller waits, so that the job is held back
 * and nothing is lost. For use by one thread.
 */
final class ClickHouseInserts implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ClickHouseInserts.class);

    private static final Duration FIRST_DELAY = Duration.ofMillis(200);
    private static final Duration MAX_DELAY = Duration.ofSeconds(10);
    private static final double JITTER = 0.25;

    /** ClickHouse's codes for rows that cannot be parsed, converted, or break a CHECK of the table. */
    private static final Set<Integer> DATA_ERRORS = Set.of(
            6, // CANNOT_PARSE_TEXT
            27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
            33, // CANNOT_READ_ALL_DATA
            53, // TYPE_MISMATCH
            69, // ARGUMENT_OUT_OF_BOUND
            70, // CANNOT_CONVERT_TYPE
            117, // INCORRECT_DATA
            128, // TOO_LARGE_ARRAY_SIZE
            131, // TOO_LARGE_STRING_SIZE
            349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
            407, // DECIMAL_OVERFLOW
            469); // VIOLATED_CONSTRAINT

    private final Client client;
    private final FailsafeExecutor<Void> retrying;
    private final Counter retries;

    ClickHouseInserts(ClickHouseSinkConfig config, MetricGroup metrics) {
        client = new Client.Builder()
                .addEndpoint(config.url())
                .setUsername(config.user())
                .setPassword(config.password().reveal())
                .setDefaultDatabase(Table.DATABASE)
                .setConnectTimeout(config.insertTimeoutMillis(), ChronoUnit.MILLIS)
                .setSocketTimeout(config.insertTimeoutMillis(), ChronoUnit.MILLIS)
                .setMaxConnections(1)
                .setMaxRetries(0) // retried here, where the delay grows and the job is told
                .setClientName("ocos-analytics")
                .build();
        retries = metrics.counter(JobsMetrics.CLICKHOUSE_RETRIES);
        RetryPolicy<Void> policy = RetryPolicy.<Void>builder()
                .handleIf(failure -> failure instanceof Exception && !(failure instanceof RefusedException))
                .withBackoff(FIRST_DELAY, MAX_DELAY)
                .withJitter(JITTER)
                .withMaxAttempts(-1)
                .withMaxDuration(Duration.ofMillis(config.retryMillis()))
                .onRetry(event -> {
                    retries.inc();
                    LOG.warn(
                            "ClickHouse at {}: attempt {} failed, trying again: {}",
                            config.url(),
                            event.getAttemptCount(),
                            String.valueOf(event.getLastException()));
                })
                .build();
        retrying = Failsafe.with(policy);
    }

    /**
     * Inserts a block; returns when ClickHouse has it.
     *
     * @throws RefusedException when its rows are to blame
     * @throws IOException when ClickHouse did not take it within the time for retries
     */
    void insert(Block block) throws RefusedException, IOException, InterruptedException {
        String token = block.deduplicationToken();
        run(() -> insertOnce(block, token), "cannot insert " + block);
    }

    /**
     * Waits until the tables are as this version writes them.
     *
     * @throws IOException when they are not within the time for retries
     */
    void awaitTables() throws IOException, InterruptedException {
        try {
            run(
                    () -> {
                        for (Table table : Table.values()) {
                            checkColumns(table);
                        }
                    },
                    "ClickHouse's tables are not ready");
        } catch (RefusedException e) {
            throw new IllegalStateException("a query cannot be refused for the rows of an insert", e);
        }
    }

    private void insertOnce(Block block, String token) throws Exception {
        InsertSettings settings = new InsertSettings()
                .setDeduplicationToken(token)
                .serverSetting("async_insert", "0")
                .serverSetting("insert_deduplicate", "1")
                // A history of many days may come in one block; slow is better than refused.
                .serverSetting("throw_on_max_partitions_per_insert_block", "0");
        try (InsertResponse response = client.insert(
                        block.table().store(), block::writeTo, ClickHouseFormat.RowBinaryWithNamesAndTypes, settings)
                .get()) {
            LOG.debug("inserted {} (query {})", block, response.getQueryId());
        } catch (ExecutionException e) {
            throw refusedOr(block, e.getCause() instanceof Exception cause ? cause : e);
        } catch (ServerException e) {
            throw refusedOr(block, e);
        }
    }

    /** The failure as a refusal of the rows, if it is one and not that of a table which this version does not know. */
    private Exception refusedOr(Block block, Exception failure) throws IOException {
        if (failure instanceof ServerException server && DATA_ERRORS.contains(server.getCode())) {
            checkColumns(block.table());
            return new RefusedException(failure);
        }
        return failure;
    }

    private void checkColumns(Table table) throws IOException {
        Map<String, String> found = client
                .queryAll(
                        "SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {table:String}",
                        Map.of("database", Table.DATABASE, "table", table.store()))
                .stream()
                .collect(Collectors.toMap(
                        (GenericRecord column) -> column.getString("name"), column -> column.getString("type")));
        for (Column column : table.columns()) {
            String type = found.get(column.name());
            if (!column.type().clickHouseName().equals(type)) {
                throw new IOException("column %s.%s.%s is %s, expected %s: run `./ocos migrate`"
                        .formatted(
                                Table.DATABASE,
                                table.store(),
                                column.name(),
                                type == null ? "missing" : type,
                                column.type().clickHouseName()));
            }
        }
    }

    private void run(CheckedRunnable action, String what) throws RefusedException, IOException, InterruptedException {
        try {
            retrying.run(action);
        } catch (FailsafeException e) {
            Throwable cause = e.getCause();
            if (cause instanceof RefusedException refused) {
                throw refused;
            }
            if (cause instanceof InterruptedException interrupted) {
                throw interrupted;
            }
            throw new IOException(what, cause);
        } catch (RuntimeException e) {
            throw new IOException(what, e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
