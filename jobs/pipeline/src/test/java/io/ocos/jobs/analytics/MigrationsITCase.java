package io.ocos.jobs.analytics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The tables as the migrations make them, on the real engine. */
class MigrationsITCase {

    @TempDir
    static Path dir;

    private static ClickHouse clickHouse;

    @BeforeAll
    static void start() {
        clickHouse = ClickHouse.start(dir);
    }

    @AfterAll
    static void stop() {
        clickHouse.close();
    }

    @Test
    void aSecondRunChangesNothing() {
        assertThat(Migrations.run(clickHouse.url())).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "node_minutes        | minute, minute_start, node, type, slots",
                "reputation_scores   | minute, minute_start, node, score",
                "rewards             | minute, minute_start, kind, node, job, payee, amount, reason",
                "minutes_closed      | minute, minute_start, nodes, rewards",
                "telemetry_envelopes | node, sequence, received_at, minute, minute_start",
                "telemetry_samples   | node, at, accepted",
                "chain_events        | block_number, log_index, name, args",
                "job_events          | type, job_id, node, at, recorded_at",
                "settlement_batches  | number, epoch, root, cumulative_total, delta, payees, cid, state",
                "settlement_leaves   | number, payee, cumulative, delta",
                "registry_history    | table_name, key, operation, committed_at, lsn, before, after",
                "registry_operators  | operator, name, contact, ended_at, changed_at",
                "registry_nodes      | node, operator, region, hardware, contact, ended_at, changed_at",
                "registry_customers  | account, name, alert_thresholds_ppm, declared_storage_bytes, ended_at, changed_at",
                "registry_maintenance| id, node, starts_at, ends_at, reason, changed_at",
                "rejected_records    | source, source_partition, source_offset, reason, detail, raw"
            })
    void theContractIsThere(String view, String columns) {
        assertThat(clickHouse.query(
                        "SELECT name FROM system.columns WHERE database = 'ocos' AND table = '%s'".formatted(view)))
                .contains(columns.split(", "));
    }

    @Test
    void typesAreThoseOfTheContract() {
        assertThat(clickHouse.query("""
                        SELECT table, name, type FROM system.columns
                        WHERE database = 'ocos' AND (table, name) IN
                            (('rewards', 'minute'), ('rewards', 'minute_start'), ('rewards', 'amount'))
                        ORDER BY name"""))
                .containsExactly(
                        "rewards\tamount\tUInt256",
                        "rewards\tminute\tUInt32",
                        "rewards\tminute_start\tDateTime(\\'UTC\\')");
    }

    @ParameterizedTest
    @EnumSource(Table.class)
    void whatIsWrittenIsWhatTheTableTakes(Table table) {
        assertThat(clickHouse.query(
                        "SELECT name, type FROM system.columns WHERE database = 'ocos' AND table = '%s' ORDER BY position FORMAT TSVRaw"
                                .formatted(table.store())))
                .isEqualTo(table.columns().stream()
                        .map(column -> column.name() + "\t" + column.type().clickHouseName())
                        .toList());
    }

    @ParameterizedTest
    @EnumSource(Table.class)
    void everyTableReplacesRowsByKeyAndRecognisesRepeatedInserts(Table table) {
        assertThat(clickHouse.query(
                        "SELECT engine, position(engine_full, 'non_replicated_deduplication_window = 1000') > 0 FROM system.tables WHERE database = 'ocos' AND name = '%s'"
                                .formatted(table.store())))
                .containsExactly("ReplacingMergeTree\t1");
    }

    @Test
    void everythingThatIsReadIsExplained() {
        assertThat(clickHouse.query("""
                        SELECT table, name FROM system.columns
                        WHERE database = 'ocos' AND comment = '' AND table NOT LIKE '%_store' AND table != 'schema_history'
                        UNION ALL
                        SELECT name, '' FROM system.tables
                        WHERE database = 'ocos' AND comment = '' AND name != 'schema_history'""")).isEmpty();
    }

    @Test
    void everyStoreHasItsView() {
        assertThat(clickHouse.query("SELECT name FROM system.tables WHERE database = 'ocos' AND engine = 'View'"))
                .containsAll(Stream.of(Table.values()).map(Table::view).toList());
    }
}
