package io.ocos.jobs.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.insert.InsertResponse;
import com.clickhouse.client.api.insert.InsertSettings;
import com.clickhouse.client.api.query.GenericRecord;
import com.clickhouse.client.api.query.QuerySettings;
import com.clickhouse.data.ClickHouseFormat;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ordinary use of clickhouse-jdbc and client-v2 with their default settings, against the real process. */
@Timeout(120)
class ClickHouseDriverITCase {

    private static final BigInteger UINT256_MAX = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);

    @TempDir
    private static Path dataDir;

    private static ClickHouseLocalProcess clickHouse;

    @BeforeAll
    static void start() throws SQLException {
        clickHouse = ClickHouseLocalProcess.start(dataDir);
        execute("CREATE DATABASE ocos");
    }

    @AfterAll
    static void stop() {
        clickHouse.close();
    }

    @Test
    void typesComeBackAsTheyWentIn() throws SQLException {
        execute(
                "CREATE TABLE ocos.types (id UInt32, amount UInt256, small Int8, price Decimal(76, 18), at DateTime('UTC'),"
                        + " at64 DateTime64(3, 'UTC'), kind LowCardinality(String), name Nullable(String), tags Array(String),"
                        + " totals Map(String, UInt64), hash FixedString(4)) ENGINE = MergeTree ORDER BY id");
        LocalDateTime at = LocalDateTime.of(2026, 2, 3, 4, 5, 6);
        try (Connection connection = connect();
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO ocos.types VALUES (?,?,?,?,?,?,?,?,?,?,?)")) {
            insert.setLong(1, 7);
            insert.setObject(2, UINT256_MAX);
            insert.setInt(3, -128);
            insert.setBigDecimal(4, new java.math.BigDecimal("123456789.000000000000000001"));
            insert.setObject(5, at);
            insert.setObject(6, at.plusNanos(789_000_000));
            insert.setString(7, "EDGE");
            insert.setNull(8, java.sql.Types.VARCHAR);
            insert.setArray(9, connection.createArrayOf("String", new String[] {"it's", "a\\b\n"}));
            insert.setObject(10, Map.of("cpu", 5L));
            insert.setString(11, "abcd");
            assertThat(insert.executeUpdate()).isEqualTo(1);
        }
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT * FROM ocos.types")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getLong("id")).isEqualTo(7);
            assertThat(row.getObject("amount", BigInteger.class)).isEqualTo(UINT256_MAX);
            assertThat(row.getInt("small")).isEqualTo(-128);
            assertThat(row.getBigDecimal("price")).isEqualByComparingTo("123456789.000000000000000001");
            assertThat(row.getObject("at", LocalDateTime.class)).isEqualTo(at);
            assertThat(row.getObject("at64", LocalDateTime.class)).isEqualTo(at.plusNanos(789_000_000));
            assertThat(row.getString("kind")).isEqualTo("EDGE");
            assertThat(row.getString("name")).isNull();
            assertThat((Object[]) row.getArray("tags").getArray()).containsExactly("it's", "a\\b\n");
            assertThat(row.getObject("totals")).asString().isEqualTo("{cpu=5}");
            assertThat(row.getString("hash")).isEqualTo("abcd");
            assertThat(row.next()).isFalse();
        }
    }

    @Test
    void preparedStatementsInsertInBatches() throws SQLException {
        execute("CREATE TABLE ocos.batches (n UInt32, s String) ENGINE = MergeTree ORDER BY n");
        try (Connection connection = connect();
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO ocos.batches (n, s) VALUES (?, ?)")) {
            for (int n = 0; n < 10_000; n++) {
                insert.setInt(1, n);
                insert.setString(2, "line " + n + "\n'quoted' \\");
                insert.addBatch();
            }
            assertThat(insert.executeBatch()).hasSize(10_000);
        }
        assertThat(single(
                        "SELECT (count(), sum(n), uniqExact(s), countIf(s = concat('line ', toString(n), '\\n\\'quoted\\' \\\\')))"
                                + " FROM ocos.batches"))
                .isEqualTo("(10000,49995000,10000,10000)");
    }

    @Test
    void parametersAreValuesNotText() throws SQLException {
        try (Connection connection = connect();
                PreparedStatement select = connection.prepareStatement("SELECT ? AS a, ? AS b")) {
            select.setString(1, "'; DROP DATABASE ocos; --\\");
            select.setLong(2, Long.MIN_VALUE);
            try (ResultSet row = select.executeQuery()) {
                assertThat(row.next()).isTrue();
                assertThat(row.getString("a")).isEqualTo("'; DROP DATABASE ocos; --\\");
                assertThat(row.getLong("b")).isEqualTo(Long.MIN_VALUE);
            }
        }
    }

    @Test
    void databaseAndSettingsOfTheUrlHold() throws SQLException {
        execute("CREATE TABLE ocos.here (n UInt8) ENGINE = Memory");
        try (Connection connection = DriverManager.getConnection(clickHouse.jdbcUrl() + "/ocos");
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate("INSERT INTO here VALUES (1), (2)"))
                    .isEqualTo(2);
            try (ResultSet row = statement.executeQuery("SELECT currentDatabase(), count() FROM here")) {
                assertThat(row.next()).isTrue();
                assertThat(row.getString(1)).isEqualTo("ocos");
                assertThat(row.getInt(2)).isEqualTo(2);
            }
        }
        Properties settings = new Properties();
        settings.setProperty("clickhouse_setting_max_threads", "1");
        try (Connection connection = DriverManager.getConnection(clickHouse.jdbcUrl(), settings);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT getSetting('max_threads')")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getInt(1)).isEqualTo(1);
        }
        assertThat(single("SELECT getSetting('max_threads')"))
                .as("another connection")
                .isEqualTo("2");
    }

    @Test
    void largeResultsStream() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT number, toString(number) AS s FROM numbers(2000000)")) {
            long sum = 0;
            long count = 0;
            while (rows.next()) {
                sum += rows.getLong(1);
                count += rows.getString(2).length();
            }
            assertThat(sum).isEqualTo(1_999_999L * 1_000_000);
            assertThat(count).isEqualTo(12_888_890);
        }
    }

    @Test
    void errorsCarryTheirCode() {
        assertThatThrownBy(() -> execute("SELECT * FROM ocos.absent"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("UNKNOWN_TABLE");
        assertThatThrownBy(() -> execute("SELECT FROM WHERE"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("SYNTAX_ERROR");
        try (Client client = client()) {
            assertThatThrownBy(() -> client.query("SELECT * FROM ocos.absent").get(30, TimeUnit.SECONDS))
                    .isInstanceOfSatisfying(
                            com.clickhouse.client.api.ServerException.class,
                            e -> assertThat(e.getCode()).isEqualTo(60));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "blocks", "frames"})
    void clientInsertsBinaryRows(String compression) throws Exception {
        execute("CREATE TABLE ocos.binary_%s (n UInt32, s String) ENGINE = MergeTree ORDER BY n"
                .formatted(compression));
        int rows = 100_000;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int n = 0; n < rows; n++) {
            bytes.write(n);
            bytes.write(n >>> 8);
            bytes.write(n >>> 16);
            bytes.write(n >>> 24);
            byte[] text = ("row\n" + n).getBytes(StandardCharsets.UTF_8);
            bytes.write(text.length);
            bytes.write(text);
        }
        try (Client client = builder()
                        .compressClientRequest(!compression.equals("plain"))
                        .useHttpCompression(compression.equals("frames"))
                        .build();
                InsertResponse response = client.insert(
                                "binary_" + compression,
                                new ByteArrayInputStream(bytes.toByteArray()),
                                ClickHouseFormat.RowBinary,
                                new InsertSettings().setDatabase("ocos"))
                        .get(60, TimeUnit.SECONDS)) {
            assertThat(response.getWrittenRows()).isEqualTo(rows);
            List<GenericRecord> found = client.queryAll(
                    "SELECT count() AS c, sum(n) AS total, countIf(s = concat('row\\n', toString(n))) AS same FROM ocos.binary_"
                            + compression);
            assertThat(found)
                    .extracting(r -> r.getLong("c"), r -> r.getLong("total"), r -> r.getLong("same"))
                    .containsExactly(tuple(100_000L, 4_999_950_000L, 100_000L));
        }
    }

    @Test
    void clientBindsParameters() {
        try (Client client = client()) {
            List<GenericRecord> found = client.queryAll(
                    "SELECT {amount:UInt256} AS amount, {at:DateTime} AS at",
                    Map.of("amount", UINT256_MAX.toString(), "at", "2026-02-03 04:05:06"),
                    new QuerySettings());
            assertThat(found).hasSize(1);
            assertThat(found.get(0).getBigInteger("amount")).isEqualTo(UINT256_MAX);
            assertThat(found.get(0).getZonedDateTime("at").toInstant())
                    .isEqualTo(Instant.parse("2026-02-03T04:05:06Z"));
            assertThat(found.get(0).getZonedDateTime("at").getOffset()).isEqualTo(ZoneOffset.UTC);
        }
    }

    @Test
    void timeoutsEndTheStatement() throws Exception {
        String slow = "SELECT max(sipHash64(number)) AS timed FROM numbers(1000000000000)";
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery(slow + " SETTINGS max_execution_time = 1"))
                    .isInstanceOf(SQLTimeoutException.class);
            statement.setQueryTimeout(1);
            assertThatThrownBy(() -> statement.executeQuery(slow)).isInstanceOf(SQLTimeoutException.class);
        }
        Await.until(() -> running("%AS timed%") == 0);
    }

    @Test
    void aRepeatedInsertWithTheSameTokenHasOneEffect() throws Exception {
        execute("CREATE TABLE ocos.once (n UInt32) ENGINE = ReplacingMergeTree ORDER BY n"
                + " SETTINGS non_replicated_deduplication_window = 100");
        InsertSettings settings = new InsertSettings().setDatabase("ocos").setDeduplicationToken("telemetry-3:100-200");
        try (Client client = client()) {
            for (int attempt = 0; attempt < 3; attempt++) {
                client.insert(
                                "once",
                                new ByteArrayInputStream(new byte[] {(byte) attempt, 0, 0, 0}),
                                ClickHouseFormat.RowBinary,
                                settings)
                        .get(30, TimeUnit.SECONDS)
                        .close();
            }
        }
        assertThat(single("SELECT groupArray(n) FROM ocos.once")).isEqualTo("[0]");
    }

    @Test
    void aStatementCanBeCancelled() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            Future<?> query = executor.submit(() ->
                    statement.executeQuery("SELECT max(sipHash64(number)) AS cancelled FROM numbers(1000000000000)"));
            Await.until(() -> running("%AS cancelled%") == 1);
            statement.cancel();
            assertThatThrownBy(() -> query.get(30, TimeUnit.SECONDS)).hasMessageContaining("QUERY_WAS_CANCELLED");
            Await.until(() -> running("%AS cancelled%") == 0);
        } finally {
            executor.shutdownNow();
        }
    }

    private static int running(String like) throws SQLException {
        return Integer.parseInt(single(
                "SELECT count() FROM system.processes WHERE query LIKE '%s' AND query NOT LIKE '%%system.processes%%'"
                        .formatted(like)));
    }

    private static String single(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT toString((%s))".formatted(sql))) {
            assertThat(row.next()).isTrue();
            return row.getString(1);
        }
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(clickHouse.jdbcUrl());
    }

    private static Client client() {
        return builder().build();
    }

    private static Client.Builder builder() {
        return new Client.Builder()
                .addEndpoint(clickHouse.url())
                .setUsername("default")
                .setPassword("");
    }
}
