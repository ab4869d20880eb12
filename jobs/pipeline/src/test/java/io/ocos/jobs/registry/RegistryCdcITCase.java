package io.ocos.jobs.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.jobs.kafka.KafkaProcess;
import io.ocos.jobs.runtime.FlinkRuntime;
import io.ocos.jobs.runtime.FlinkRuntimeConfig;
import io.ocos.schemas.avro.RegistryChange;
import io.ocos.schemas.avro.RegistryOperation;
import io.ocos.schemas.config.ConfigLoader;
import io.ocos.schemas.io.Topic;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The job on a real PostgreSQL and a real broker, through everything that happens to a database in its life. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class) // one database and one job
class RegistryCdcITCase {

    private static final String ADA = "0x" + "a".repeat(40);
    private static final String NODE = "0x" + "1".repeat(40);

    @TempDir
    static Path dir;

    private static PostgresProcess postgres;
    private static KafkaProcess kafka;
    private static FlinkRuntime flink;
    private static RegistryTopic topic;

    @BeforeAll
    static void start() throws Exception {
        postgres = PostgresProcess.start(dir.resolve("postgres"), 0);
        kafka = KafkaProcess.start(dir.resolve("kafka"));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic(Topic.REGISTRY_CHANGES.topicName(), 1, (short) 1)))
                    .all()
                    .get();
        }
        assertThat(RegistryMigrations.run(postgres.database())).isPositive();
        assertThat(RegistryMigrations.run(postgres.database())).isZero();
        try (Registry registry = Registry.open(postgres.database())) {
            registry.add(RegistryTable.OPERATORS, Map.of("operator", ADA, "name", "Ada"));
            registry.add(RegistryTable.NODES, Map.of("node", NODE, "operator", ADA, "region", "eu-central"));
        }
        flink = startJob();
        topic = new RegistryTopic(kafka.bootstrap());
    }

    @AfterAll
    static void stop() {
        topic.close();
        flink.close();
        kafka.close();
        postgres.close();
    }

    @Test
    @Order(1)
    void rowsThatWereThereThenEveryChange() throws Exception {
        RegistryChange snapshot = topic.awaitRow("operators", "name", "Ada");
        assertThat(snapshot.getOperation()).isEqualTo(RegistryOperation.SNAPSHOT);
        assertThat(snapshot.getKey()).isEqualTo(ADA);
        assertThat(Instant.parse(snapshot.getAfter().get("changed_at")).toEpochMilli())
                .isEqualTo(snapshot.getCommittedAt());
        RegistryChange progress =
                topic.await("progress", change -> change.getOperation() == RegistryOperation.PROGRESS);
        assertThat(progress.getLsn()).isGreaterThan(snapshot.getLsn());
        assertThat(progress.getAfter()).isNull();

        try (Registry registry = Registry.open(postgres.database())) {
            registry.change(RegistryTable.OPERATORS, ADA, Map.of("contact", "ada@example.org"));
            registry.add(
                    RegistryTable.CUSTOMERS,
                    Map.of("account", ADA, "name", "Bob's \"Bits\" ü", "alert_thresholds_ppm", "500000,900000"));
            registry.add(
                    RegistryTable.MAINTENANCE,
                    Map.of(
                            "node", NODE,
                            "starts_at", "2099-01-01T00:00:00+01:00",
                            "ends_at", "2099-01-01T00:00:00.250Z"));
            registry.end(RegistryTable.NODES, NODE);
        }
        sql("DELETE FROM registry.customers");

        RegistryChange change = topic.awaitRow("operators", "contact", "ada@example.org");
        assertThat(change.getOperation()).isEqualTo(RegistryOperation.UPDATE);
        assertThat(change.getBefore()).isEqualTo(snapshot.getAfter());
        assertThat(change.getTransaction()).isPositive();
        assertThat(change.getCommittedAt() - snapshot.getCommittedAt()).isBetween(0L, 600_000L);
        RegistryChange insert = topic.awaitRow("customers", "name", "Bob's \"Bits\" ü");
        assertThat(insert.getOperation()).isEqualTo(RegistryOperation.INSERT);
        assertThat(insert.getAfter())
                .containsEntry("alert_thresholds_ppm", "500000,900000")
                .containsEntry("declared_storage_bytes", "0")
                .doesNotContainKeys("contact", "ended_at");
        assertThat(topic.awaitRow("maintenance", "node", NODE).getAfter())
                .containsEntry("starts_at", "2098-12-31T23:00:00Z")
                .containsEntry("ends_at", "2099-01-01T00:00:00.250Z");
        RegistryChange delete = topic.await("deletion", each -> each.getOperation() == RegistryOperation.DELETE);
        assertThat(delete.getBefore()).isEqualTo(insert.getAfter());
        assertThat(delete.getLsn()).isGreaterThan(insert.getLsn());
        assertSameAsTables();
    }

    @Test
    @Order(2)
    void columnsThatCameAndWentAreFollowed() throws Exception {
        sql("ALTER TABLE registry.operators ADD COLUMN phone text, ADD COLUMN since date, ADD COLUMN share numeric");
        sql("UPDATE registry.operators SET phone = '1', since = '2026-01-31', share = 0.5");
        assertThat(topic.awaitRow("operators", "phone", "1").getAfter())
                .containsEntry("since", "2026-01-31")
                .containsEntry("share", "0.5");
        sql("ALTER TABLE registry.operators DROP COLUMN phone");
        sql("UPDATE registry.operators SET since = '2026-02-01'");
        assertThat(topic.awaitRow("operators", "since", "2026-02-01").getAfter())
                .doesNotContainKey("phone");
        sql("ALTER TABLE registry.operators DROP COLUMN since, DROP COLUMN share");
        sql("UPDATE registry.operators SET contact = NULL");
        sql("UPDATE registry.operators SET contact = 'after'");
        topic.awaitRow("operators", "contact", "after");
        assertSameAsTables();

        assertThatThrownBy(() -> sql("TRUNCATE registry.customers"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("TRUNCATE of registry.customers")
                .hasMessageContaining("Use DELETE");
    }

    @Test
    @Order(3)
    void aServerThatWasAwayIsTakenUpAgain() throws Exception {
        int port = postgres.database().port();
        postgres.process().destroyForcibly().waitFor();
        postgres = PostgresProcess.start(dir.resolve("postgres"), port);
        sql("UPDATE registry.operators SET contact = 'while it was away'");

        topic.awaitRow("operators", "contact", "while it was away");
        assertSameAsTables();
    }

    @Test
    @Order(4)
    void oldWalIsLetGoWhenNothingChanges() throws Exception {
        String before = value("SELECT restart_lsn FROM pg_replication_slots WHERE slot_name = 'ocos_registry'");
        sql("CREATE TABLE IF NOT EXISTS public.other (text text)");
        await("the slot moves on", () -> {
            sql("INSERT INTO public.other VALUES ('x')");
            sql("CHECKPOINT");
            return value("SELECT restart_lsn > '%s' FROM pg_replication_slots WHERE slot_name = 'ocos_registry'"
                            .formatted(before))
                    .equals("t");
        });
    }

    @Test
    @Order(5)
    void aLostSlotHaltsTheJobWhichReadsAnewWhenItIsToldTo() throws Exception {
        sql("INSERT INTO registry.operators (operator, name) VALUES ('0x%s', 'leaves unseen')"
                .formatted("b".repeat(40)));
        topic.awaitRow("operators", "name", "leaves unseen");
        Map<String, Map<String, String>> whole = assertSameAsTables();
        flink.close();
        sql("SELECT pg_drop_replication_slot('ocos_registry')");
        sql("DELETE FROM registry.operators WHERE name = 'leaves unseen'");

        flink = startJob();
        await("the job halts", () -> ready().contains("halted"));
        assertThat(ready())
                .contains("replication slot 'ocos_registry'")
                .contains("does not exist any more")
                .contains("delete this job's checkpoints");
        topic.poll();
        assertThat(topic.current()).isEqualTo(whole);
        assertThat(value("SELECT count(*) FROM pg_replication_slots")).isEqualTo("0");
        assertThat(flink.terminated()).isNotDone();

        flink.close();
        org.apache.flink.util.FileUtils.deleteDirectory(dir.resolve("flink").toFile());
        flink = startJob();
        sql("UPDATE registry.operators SET contact = 'anew'");
        await("the tables are read anew", () -> {
            topic.poll();
            return topic.current().equals(rows());
        });
        assertThat(topic.poll().stream().map(RegistryChange::getGeneration).distinct())
                .hasSize(2);
    }

    @Test
    @Order(6)
    @Tag("full")
    void aHundredThousandRowsInOneTransaction() throws Exception {
        int before = topic.poll().size();
        sql("""
                INSERT INTO registry.customers (account, name)
                SELECT '0x' || lpad(to_hex(i), 40, '0'), 'customer ' || i FROM generate_series(1, 100000) AS i""");

        topic.awaitRow("customers", "name", "customer 100000");
        List<RegistryChange> rows = topic.poll().subList(before, topic.poll().size()).stream()
                .filter(change -> change.getTable().equals("customers"))
                .toList();
        assertThat(rows).hasSize(100_000);
        assertThat(rows.stream().map(RegistryChange::getTransaction).distinct()).hasSize(1);
        assertSameAsTables();
    }

    private static FlinkRuntime startJob() {
        return FlinkRuntime.start(ConfigLoader.load(
                FlinkRuntimeConfig.class,
                null,
                Map.of(
                        "dataDir", dir.resolve("flink").toString(),
                        "registryCdc.kafkaBootstrap", kafka.bootstrap(),
                        "registryCdc.postgresUrl", postgres.database().url(),
                        "registryCdc.postgresPasswordFile", passwordFile().toString(),
                        "registryCdc.checkpointIntervalMillis", "300",
                        "registryCdc.heartbeatIntervalMillis", "500")));
    }

    private static Path passwordFile() {
        try {
            return Files.writeString(
                    dir.resolve("password"), postgres.database().password().reveal() + "\n");
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String ready() throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/ready".formatted(flink.opsPort())))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static Map<String, Map<String, String>> assertSameAsTables() throws SQLException {
        topic.poll();
        assertThat(topic.current()).isEqualTo(rows());
        return topic.current();
    }

    private static Map<String, Map<String, String>> rows() throws SQLException {
        try (Connection connection = postgres.database().connect(30)) {
            return RegistryRows.read(connection);
        }
    }

    private static void sql(String sql) throws SQLException {
        try (Connection connection = postgres.database().connect(120);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String value(String sql) throws SQLException {
        try (Connection connection = postgres.database().connect(30);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within 90 s: " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }
}
