package io.ocos.jobs.analytics;

import static io.ocos.jobs.analytics.Column.column;
import static io.ocos.jobs.analytics.ColumnType.BOOL;
import static io.ocos.jobs.analytics.ColumnType.DATE_TIME;
import static io.ocos.jobs.analytics.ColumnType.DATE_TIME_MILLIS;
import static io.ocos.jobs.analytics.ColumnType.INT32;
import static io.ocos.jobs.analytics.ColumnType.INT64;
import static io.ocos.jobs.analytics.ColumnType.LABEL;
import static io.ocos.jobs.analytics.ColumnType.LABELS;
import static io.ocos.jobs.analytics.ColumnType.NULLABLE_STRING;
import static io.ocos.jobs.analytics.ColumnType.STRING;
import static io.ocos.jobs.analytics.ColumnType.TEXT_MAP;
import static io.ocos.jobs.analytics.ColumnType.UINT16;
import static io.ocos.jobs.analytics.ColumnType.UINT256;
import static io.ocos.jobs.analytics.ColumnType.UINT256S;
import static io.ocos.jobs.analytics.ColumnType.UINT32;
import static io.ocos.jobs.analytics.ColumnType.UINT32S;
import static io.ocos.jobs.analytics.ColumnType.UINT64;
import static io.ocos.jobs.analytics.ColumnType.UINT64S;
import static io.ocos.jobs.analytics.ColumnType.UINT8;

import java.util.List;

/**
 * The tables that rows are written to, with the columns of a row in their order. Table {@code x_store} is read through
 * view {@code x} (migrations in {@code db/clickhouse}).
 */
enum Table {
    TELEMETRY_ENVELOPES(
            "telemetry_envelopes",
            column("node", LABEL),
            column("sequence", UINT64),
            column("received_at", DATE_TIME_MILLIS),
            column("sent_at", DATE_TIME_MILLIS),
            column("counts_for_uptime", BOOL),
            column("gateway", LABEL),
            column("beacon_block", UINT64),
            column("beacon_hash", LABEL),
            column("payload_bytes", UINT32),
            column("payload_hash", STRING),
            column("signature", STRING),
            column("samples", UINT16),
            column("job_usage", UINT16),
            column("storage_usage", UINT16),
            column("dropped", UINT16),
            column("kafka_partition", UINT16),
            column("kafka_offset", UINT64)),
    TELEMETRY_SAMPLES(
            "telemetry_samples",
            column("node", LABEL),
            column("at", DATE_TIME_MILLIS),
            column("sequence", UINT64),
            column("entry", UINT16),
            column("accepted", BOOL),
            column("received_at", DATE_TIME_MILLIS),
            column("cpu_ppm", UINT32),
            column("memory_ppm", UINT32),
            column("gpu_ppm", UINT32),
            column("gpu_memory_ppm", UINT32),
            column("disk_ppm", UINT32),
            column("rx_bytes", UINT64),
            column("tx_bytes", UINT64),
            column("boot_id", INT64)),
    CHAIN_EVENTS(
            "chain_events",
            column("block_number", UINT64),
            column("log_index", INT64),
            column("block_hash", STRING),
            column("block_time", DATE_TIME),
            column("transaction_hash", STRING),
            column("contract", LABEL),
            column("name", LABEL),
            column("args", TEXT_MAP),
            column("kafka_partition", UINT16),
            column("kafka_offset", UINT64)),
    JOB_EVENTS(
            "job_events",
            column("job_id", STRING),
            column("node", LABEL),
            column("type", LABEL),
            column("at", DATE_TIME_MILLIS),
            column("recorded_at", DATE_TIME_MILLIS),
            column("kafka_partition", UINT16),
            column("kafka_offset", UINT64)),
    NODE_MINUTES(
            "node_minutes",
            column("minute", UINT32),
            column("node", LABEL),
            column("type", LABEL),
            column("slots", UINT8),
            column("kafka_partition", UINT16),
            column("kafka_offset", UINT64)),
    REPUTATION_SCORES(
            "reputation_scores",
            column("minute", UINT32),
            column("node", LABEL),
            column("score", UINT32),
            column("kafka_partition", UINT16),
            column("kafka_offset", UINT64)),
    REWARDS(
            "rewards",
            column("minute", UINT32),
            column("kind", LABEL),
            column("node", LABEL),
            column("job", STRING),
            column("payee", LABEL),
            column("amount", UINT256),
            column("reason", LABEL),
            column("block_number", INT64),
            column("log_index", INT64),
            column("kafka_partition", UINT16),
            column("kafka_offset", UINT64)),
    MINUTES_CLOSED(
            "minutes_closed",
            column("minute", UINT32),
            column("types.type", LABELS),
            column("types.nodes", UINT32S),
            column("types.slots", UINT64S),
            column("types.paid", UINT32S),
            column("types.raw", UINT256S),
            column("types.cap", UINT256S),
            column("types.rewards", UINT256S),
            column("job_rewards", UINT32),
            column("job_rewards_total", UINT256),
            column("adjustments", UINT32),
            column("adjustments_total", UINT256),
            column("kafka_partition", UINT16),
            column("kafka_offset", UINT64)),
    SETTLEMENT_BATCHES(
            "settlement_batches",
            column("number", UINT64),
            column("epoch", UINT64),
            column("from_minute", UINT32),
            column("to_minute", UINT32),
            column("root", STRING),
            column("cumulative_total", UINT256),
            column("delta", UINT256),
            column("payees", UINT64),
            column("changed", UINT64),
            column("cid", STRING),
            column("artifact_digest", STRING),
            column("artifact_bytes", UINT64),
            column("kafka_partition", UINT16),
            column("kafka_offset", UINT64)),
    SETTLEMENT_LEAVES(
            "settlement_leaves",
            column("number", UINT64),
            column("to_minute", UINT32),
            column("payee", STRING),
            column("cumulative", UINT256),
            column("delta", UINT256),
            column("kafka_partition", UINT16),
            column("kafka_offset", UINT64)),
    REGISTRY_HISTORY(
            "registry_history",
            column("table_name", LABEL),
            column("key", STRING),
            column("generation", DATE_TIME_MILLIS),
            column("lsn", UINT64),
            column("operation", LABEL),
            column("committed_at", DATE_TIME_MILLIS),
            column("transaction", UINT64),
            column("before", TEXT_MAP),
            column("after", TEXT_MAP),
            column("kafka_partition", UINT16),
            column("kafka_offset", UINT64)),
    USAGE_MINUTES(
            "usage_minutes",
            column("minute", UINT32),
            column("customer", LABEL),
            column("job", STRING),
            column("node", LABEL),
            column("region", LABEL),
            column("cpu_millis", UINT64),
            column("gpu_millis", UINT64),
            column("egress_bytes", UINT64),
            column("cpu_price", UINT256),
            column("gpu_price", UINT256),
            column("egress_price", UINT256),
            column("cpu_amount", UINT256),
            column("gpu_amount", UINT256),
            column("egress_amount", UINT256),
            column("revision", UINT32),
            column("kafka_partition", UINT16),
            column("kafka_offset", UINT64)),
    STORAGE_HOURS(
            "storage_hours",
            column("hour", UINT32),
            column("account", LABEL),
            column("node", LABEL),
            column("byte_millis", UINT256),
            column("revision", UINT32),
            column("kafka_partition", UINT16),
            column("kafka_offset", UINT64)),
    STORAGE_CHARGES(
            "storage_charges",
            column("hour", UINT32),
            column("account", LABEL),
            column("reported", UINT256),
            column("declared", UINT256),
            column("billed", UINT256),
            column("plan", LABEL),
            column("allowance", UINT256),
            column("overage", UINT256),
            column("price", UINT256),
            column("amount", UINT256),
            column("flag", LABEL),
            column("revision", UINT32),
            column("kafka_partition", UINT16),
            column("kafka_offset", UINT64)),
    QUOTA_EVENTS(
            "quota_events",
            column("minute", UINT32),
            column("customer", LABEL),
            column("kind", LABEL),
            column("used", UINT64),
            column("allowed", UINT64),
            column("stake", UINT256),
            column("stake_per_node_minute", UINT256),
            column("kafka_partition", UINT16),
            column("kafka_offset", UINT64)),
    INVOICES(
            "invoices",
            column("account", LABEL),
            column("month", LABEL),
            column("state", LABEL),
            column("revision", UINT64),
            column("through_minute", UINT32),
            column("lines.kind", LABELS),
            column("lines.price", UINT256S),
            column("lines.quantity", UINT256S),
            column("lines.amount", UINT256S),
            column("lines.corrects", LABELS),
            column("charges", UINT256),
            column("credits", UINT256),
            column("total", UINT256),
            column("carried", UINT256),
            column("cid", STRING),
            column("artifact_bytes", UINT64),
            column("kafka_partition", UINT16),
            column("kafka_offset", UINT64)),
    REJECTED_RECORDS(
            "rejected_records",
            column("source", LABEL),
            column("source_partition", INT32),
            column("source_offset", INT64),
            column("entry", INT32),
            column("request", STRING),
            column("reason", LABEL),
            column("detail", STRING),
            column("detected_by", LABEL),
            column("timestamp", DATE_TIME_MILLIS),
            column("key", NULLABLE_STRING),
            column("raw", NULLABLE_STRING),
            column("rejected_topic", LABEL),
            column("rejected_partition", INT32),
            column("rejected_offset", INT64),
            column("reported", UINT8));

    /** The ClickHouse database. */
    static final String DATABASE = "ocos";

    private final String view;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<Column> columns;

    Table(String view, Column... columns) {
        this.view = view;
        this.columns = List.of(columns);
    }

    /** The view to read: every row once. */
    String view() {
        return view;
    }

    /** The table to write. */
    String store() {
        return view + "_store";
    }

    List<Column> columns() {
        return columns;
    }
}
