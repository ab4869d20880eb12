package io.ocos.jobs.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.analytics.ClickHouse;
import io.ocos.jobs.kafka.KafkaProcess;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import net.jqwik.api.Example;
import net.jqwik.api.Tag;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.apache.flink.util.FileUtils;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * Random transactions on a real PostgreSQL, several open at a time, while the process of the jobs is killed with -9 and started
 * again: in the end ClickHouse's current rows are the tables, and its history is what a trigger in the same transactions wrote down.
 */
@Tag("full")
@SuppressWarnings("NullAway.Init") // jqwik calls start before any example.
class RegistryCdcFailoverPropertyTest {

    private static final int LIVES = 4;
    private static final int SESSIONS = 3;
    private static final long PAUSE_MICROS = 1_500;
    private static final Duration SEEN_BOUND = Duration.ofMinutes(3);

    private static Path dir;
    private static PostgresProcess postgres;
    private static KafkaProcess kafka;
    private static ClickHouse clickHouse;

    @BeforeContainer
    static void start() throws Exception {
        dir = Files.createTempDirectory("registry-cdc");
        postgres = PostgresProcess.start(dir.resolve("postgres"), 0);
        clickHouse = ClickHouse.start(dir.resolve("clickhouse"));
        kafka = KafkaProcess.start(dir.resolve("kafka"));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrap()))) {
            admin.createTopics(java.util.stream.Stream.of(Topic.values())
                            .map(topic -> new NewTopic(topic.topicName(), topic.partitions(), (short) 1))
                            .toList())
                    .all()
                    .get();
        }
        RegistryMigrations.run(postgres.database());
        Files.writeString(
                dir.resolve("password"), postgres.database().password().reveal());
        sql("""
                CREATE TABLE public.audit (seq bigserial PRIMARY KEY, entry text NOT NULL, key text NOT NULL);
                CREATE FUNCTION public.audit() RETURNS trigger LANGUAGE plpgsql AS $$
                DECLARE
                    pk text := TG_ARGV[0];
                    was text := to_jsonb(OLD) ->> pk;
                    is_ text := to_jsonb(NEW) ->> pk;
                BEGIN
                    IF TG_OP = 'UPDATE' AND was <> is_ THEN
                        INSERT INTO public.audit (entry, key) VALUES ('DELETE', TG_TABLE_NAME || '/' || was);
                        INSERT INTO public.audit (entry, key) VALUES ('INSERT ' || (to_jsonb(NEW) ->> 'changed_at'), TG_TABLE_NAME || '/' || is_);
                    ELSE
                        INSERT INTO public.audit (entry, key)
                        VALUES (rtrim(TG_OP || ' ' || coalesce(to_jsonb(NEW) ->> 'changed_at', '')), TG_TABLE_NAME || '/' || coalesce(is_, was));
                    END IF;
                    RETURN NULL;
                END $$;
                CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON registry.operators FOR EACH ROW EXECUTE FUNCTION public.audit('operator');
                CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON registry.nodes FOR EACH ROW EXECUTE FUNCTION public.audit('node');
                CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON registry.customers FOR EACH ROW EXECUTE FUNCTION public.audit('account');
                CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON registry.maintenance FOR EACH ROW EXECUTE FUNCTION public.audit('id');
                """);
    }

    @AfterContainer
    static void stop() throws IOException {
        kafka.close();
        clickHouse.close();
        postgres.close();
        FileUtils.deleteDirectory(dir.toFile());
    }

    @Example
    void currentRowsAreTheTablesAndHistoryHoldsEachChangeOnce() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (Sessions sessions = new Sessions(random)) {
            sessions.run(300);
            for (int life = 0; life < LIVES; life++) {
                long before = seen();
                Process job = startJobs();
                try {
                    // Transactions go on while it reads the tables, and until what it does is seen; then it is killed
                    // in their midst.
                    long deadline = System.nanoTime() + SEEN_BOUND.toNanos();
                    while (seen() == before && job.isAlive() && System.nanoTime() < deadline) {
                        sessions.run(50);
                    }
                    assertThat(job.isAlive()).as("%s", log()).isTrue();
                    sessions.run(random.nextInt(1_500));
                } finally {
                    job.destroyForcibly().waitFor();
                }
                sessions.run(random.nextInt(200));
            }
            sessions.end();
            // Committed last: once it is seen, everything is.
            sql("INSERT INTO registry.operators (operator, name) VALUES ('0x%s', 'end')".formatted("e".repeat(40)));
        }
        Map<String, Map<String, String>> tables;
        List<String> audit;
        try (Connection connection = postgres.database().connect(30)) {
            tables = RegistryRows.read(connection);
            audit = column(connection, """
                    SELECT key || ' ' || string_agg(entry, '; ' ORDER BY seq) FROM public.audit GROUP BY key ORDER BY key""");
        }
        Process last = startJobs();
        try {
            long deadline = System.nanoTime() + SEEN_BOUND.toNanos();
            while (!current().equals(tables) && System.nanoTime() < deadline) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
            }
            assertThat(current()).as("seed %d, %s", seed, log()).isEqualTo(tables);
            assertThat(tables.size()).isGreaterThan(20);
            assertHistory(audit, seed);
        } finally {
            last.destroyForcibly().waitFor();
        }
    }

    /** Of each row: what the snapshot saw, then every change that the trigger wrote down after it. */
    private static void assertHistory(List<String> audit, long seed) {
        Map<String, String> written = new TreeMap<>();
        audit.forEach(row -> written.put(row.substring(0, row.indexOf(' ')), row.substring(row.indexOf(' ') + 1)));
        Map<String, String> history = new TreeMap<>();
        clickHouse
                .query("""
                        SELECT concat(table_name, '/', key, ' ', arrayStringConcat(arrayMap(change -> trimRight(concat(change.2, ' ', change.3)),
                                   arraySort(groupArray((lsn, toString(operation), after['changed_at'])))), '; '))
                        FROM ocos.registry_history GROUP BY table_name, key ORDER BY table_name, key FORMAT TSVRaw""")
                .forEach(row -> history.put(row.substring(0, row.indexOf(' ')), row.substring(row.indexOf(' ') + 1)));
        assertThat(written.keySet()).as("seed %d", seed).containsAll(history.keySet());
        written.forEach((row, changes) -> {
            String seen = history.getOrDefault(row, "");
            if (seen.startsWith("SNAPSHOT ")) {
                // The change that made the row what the snapshot saw is the one with its time.
                String time = seen.substring("SNAPSHOT ".length()).replaceAll(";.*", "");
                String all = instants(changes);
                List<String> possible = new ArrayList<>();
                for (int made = all.indexOf(" " + time); made >= 0; made = all.indexOf(" " + time, made + 1)) {
                    possible.add(all.substring(made + 1 + time.length()));
                }
                assertThat(possible)
                        .as("seed %d: %s", seed, row)
                        .contains(seen.substring("SNAPSHOT ".length() + time.length()));
            } else if (!seen.isEmpty()) {
                assertThat(instants(changes)).as("seed %d: %s", seed, row).endsWith(seen);
                assertThat(seen).as("seed %d: %s", seed, row).startsWith("INSERT");
            } else {
                // Gone before the tables were read.
                assertThat(changes).as("seed %d: %s", seed, row).endsWith("DELETE");
            }
        });
    }

    /** PostgreSQL's JSON writes +00:00 and cuts no zeros that the changes have. */
    private static String instants(String changes) {
        java.util.regex.Matcher time = java.util.regex.Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+\\+00:00")
                .matcher(changes);
        return time.replaceAll(found ->
                java.time.OffsetDateTime.parse(found.group()).toInstant().toString());
    }

    /** Connections whose transactions overlap; one thread works on them by turns, so that a run is the random numbers'. */
    private static final class Sessions implements AutoCloseable {

        private final Random random;
        private final List<Connection> open = new ArrayList<>();

        Sessions(Random random) throws SQLException {
            this.random = random;
            for (int i = 0; i < SESSIONS; i++) {
                Connection connection = postgres.database().connect(30);
                connection.setAutoCommit(false);
                open.add(connection);
            }
        }

        void run(int steps) throws SQLException {
            for (int i = 0; i < steps; i++) {
                step(open.get(random.nextInt(open.size())));
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt((int) PAUSE_MICROS)));
            }
        }

        void end() throws SQLException {
            for (Connection connection : open) {
                connection.commit();
            }
        }

        private void step(Connection connection) throws SQLException {
            int dice = random.nextInt(100);
            if (dice < 20) {
                connection.commit();
            } else if (dice < 23) {
                connection.rollback();
            } else {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("SET LOCAL lock_timeout = 20");
                    statement.execute(change());
                } catch (SQLException e) {
                    // Another session holds the row, or the registry refuses the change: this transaction never was.
                    connection.rollback();
                }
            }
        }

        private String change() {
            String operator = address('a', 12);
            String node = address('b', 30);
            String account = address('c', 30);
            return switch (random.nextInt(12)) {
                case 0 ->
                    "INSERT INTO registry.operators (operator, name) VALUES ('%s', 'o%d')"
                            .formatted(operator, random.nextInt());
                case 1 ->
                    "UPDATE registry.operators SET contact = '%d' WHERE operator = '%s'"
                            .formatted(random.nextInt(), operator);
                case 2 -> "DELETE FROM registry.operators WHERE operator = '%s'".formatted(operator);
                case 3, 4 ->
                    "INSERT INTO registry.nodes (node, operator, region) SELECT '%s', operator, 'eu' FROM registry.operators ORDER BY operator LIMIT 1 OFFSET %d"
                            .formatted(node, random.nextInt(5));
                case 5 ->
                    "UPDATE registry.nodes SET hardware = repeat('%d', 200) WHERE node < '%s'"
                            .formatted(random.nextInt(10), node);
                case 6 -> "DELETE FROM registry.nodes WHERE node = '%s'".formatted(node);
                case 7 ->
                    "INSERT INTO registry.customers (account, name) SELECT '0x' || lpad(to_hex(i), 40, 'd'), 'c' FROM generate_series(%1$d, %1$d + 20) AS i ON CONFLICT (account) DO UPDATE SET declared_storage_bytes = registry.customers.declared_storage_bytes + 1"
                            .formatted(random.nextInt(60));
                case 8 -> "DELETE FROM registry.customers WHERE account < '%s'".formatted(account);
                case 9 ->
                    "UPDATE registry.customers SET account = '%s', alert_thresholds_ppm = '{%d}' WHERE account = '%s'"
                            .formatted(account, 1 + random.nextInt(9), address('c', 30));
                case 10 ->
                    "INSERT INTO registry.maintenance (node, starts_at, ends_at) SELECT node, '2030-01-01Z'::timestamptz + interval '1 hour' * %d, '2030-01-01Z'::timestamptz + interval '1 hour' * %d FROM registry.nodes WHERE node = '%s'"
                            .formatted(random.nextInt(40), random.nextInt(40), node);
                default ->
                    "DELETE FROM registry.maintenance WHERE id IN (SELECT id FROM registry.maintenance ORDER BY starts_at LIMIT %d)"
                            .formatted(random.nextInt(4));
            };
        }

        private String address(char kind, int many) {
            return "0x%s%03d".formatted(String.valueOf(kind).repeat(37), random.nextInt(many));
        }

        @Override
        public void close() throws SQLException {
            for (Connection connection : open) {
                connection.close();
            }
        }
    }

    private static long seen() {
        return clickHouse.number("SELECT count() FROM ocos.registry_history");
    }

    private static Map<String, Map<String, String>> current() {
        Map<String, Map<String, String>> rows = new TreeMap<>();
        clickHouse
                .query(
                        "SELECT table_name, key, mapKeys(columns) AS names, mapValues(columns) AS texts FROM ocos.registry_current FORMAT JSONCompactEachRow")
                .forEach(line -> {
                    try {
                        var row = new com.fasterxml.jackson.databind.ObjectMapper().readTree(line);
                        Map<String, String> columns = new TreeMap<>();
                        for (int i = 0; i < row.get(2).size(); i++) {
                            columns.put(
                                    row.get(2).get(i).asText(),
                                    row.get(3).get(i).asText());
                        }
                        rows.put(row.get(0).asText() + "/" + row.get(1).asText(), columns);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
        return rows;
    }

    private static List<String> column(Connection connection, String sql) throws SQLException {
        List<String> values = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                values.add(result.getString(1));
            }
        }
        return values;
    }

    private static void sql(String sql) throws SQLException {
        try (Connection connection = postgres.database().connect(30);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Process startJobs() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-"))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.ocos.jobs.cli.Ocos", "flink"));
        Map.of(
                        "dataDir", dir.resolve("flink").toString(),
                        "registryCdc.kafkaBootstrap", kafka.bootstrap(),
                        "registryCdc.postgresUrl", postgres.database().url(),
                        "registryCdc.postgresPasswordFile",
                                dir.resolve("password").toString(),
                        "registryCdc.checkpointIntervalMillis", "200",
                        "registryCdc.heartbeatIntervalMillis", "500",
                        "registryCdc.splitRows", "40",
                        "analytics.kafkaBootstrap", kafka.bootstrap(),
                        "analytics.clickhouseUrl", clickHouse.url(),
                        "analytics.flushIntervalMillis", "200")
                .forEach((key, value) -> command.addAll(List.of("--set", key + "=" + value)));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        dir.resolve("flink.log").toFile()));
        builder.environment().put("OCOS_PARENT_PIPE", "1");
        return builder.start();
    }

    private static String log() throws IOException {
        List<String> lines = Files.readAllLines(dir.resolve("flink.log"));
        return "the log ends with %s".formatted(lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    }
}
