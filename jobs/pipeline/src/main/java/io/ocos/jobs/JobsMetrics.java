package io.ocos.jobs;

/** Names of the metrics and labels that this module adds to those of Flink, Kafka and the JVM. */
public final class JobsMetrics {

    /** Label: name of a Flink job. */
    public static final String LABEL_JOB = "job";

    /** Label: view of ClickHouse. */
    public static final String LABEL_TABLE = "table";

    /** Counter per table, in the sink's scope: rows that ClickHouse has acknowledged. */
    public static final String CLICKHOUSE_ROWS = "clickhouseRows";

    /** Counter, in the sink's scope: rows that ClickHouse refused for what is in them; each is in rejected_records. */
    public static final String CLICKHOUSE_ROWS_REFUSED = "clickhouseRowsRefused";

    /** Counter, in the sink's scope: attempts that were repeated. */
    public static final String CLICKHOUSE_RETRIES = "clickhouseRetries";

    /** Counter, in the scope of the registry's sequence: changes that the source repeated after a restore, left out. */
    public static final String REGISTRY_REPEATED = "registryRepeated";

    /** Counter, in the same scope: heartbeats that PostgreSQL did not take. */
    public static final String REGISTRY_HEARTBEATS_FAILED = "registryHeartbeatsFailed";

    /** Gauge per job: 1 while all its tasks run, else 0. */
    public static final String JOB_RUNNING = "ocos.flink.job.running";

    /** Gauge per job: restarts since the process started; an alarm when it grows. */
    public static final String JOB_RESTARTS = "ocos.flink.job.restarts";

    /** Gauge per job: seconds since the newest complete checkpoint was triggered. */
    public static final String CHECKPOINT_AGE = "ocos.flink.checkpoint.age.seconds";

    /** Gauge per job: checkpoints that failed since the process started. */
    public static final String CHECKPOINTS_FAILED = "ocos.flink.checkpoints.failed";

    /** Gauge, in the scope of the settlement's epoch gate: 1 after a contradiction, from which on no batch is made. */
    public static final String SETTLEMENT_HALTED = "settlementHalted";

    /** Gauge, in the same scope: minutes of which rewards, or the word that they are closed, are missing. */
    public static final String SETTLEMENT_OPEN_MINUTES = "settlementOpenMinutes";

    /** Gauge, in the same scope: number of the last batch. */
    public static final String SETTLEMENT_LAST_BATCH = "settlementLastBatch";

    /** Counter, in the archive writer's scope: records that are in files of the archive. */
    public static final String ARCHIVE_RECORDS = "archiveRecords";

    /** Counter, in the archive writer's scope: files of the archive. */
    public static final String ARCHIVE_FILES = "archiveFiles";

    /** Counter, in the archive writer's scope: bytes of those files. */
    public static final String ARCHIVE_BYTES = "archiveBytes";

    /** Gauge, in the manifest writer's scope: epoch of the newest manifest, -1 before the first. */
    public static final String ARCHIVE_EPOCH = "archiveEpoch";

    /** Counter per operator of the RewardPipelineJob: records that changed a minute. */
    public static final String PIPELINE_COUNTED = "pipelineCounted";

    /** Counter, likewise: records that were there already and changed nothing. */
    public static final String PIPELINE_DUPLICATES = "pipelineDuplicates";

    /** Counter, likewise: records that were refused; each is in a topic X-rejected. */
    public static final String PIPELINE_REJECTED = "pipelineRejected";

    /** Counter, likewise: envelopes that were accepted and do not count for uptime (S2). */
    public static final String PIPELINE_NOT_FOR_UPTIME = "pipelineNotForUptime";

    /** Counter, likewise: records whose minute was closed when they came; an alarm when it grows. */
    public static final String PIPELINE_LATE = "pipelineLate";

    /** Counter per operator of the UsageJob: entries that are usage. */
    public static final String USAGE_ENTRIES = "usageEntries";

    /** Counter, likewise: entries that were there already and changed nothing. */
    public static final String USAGE_DUPLICATES = "usageDuplicates";

    /** Counter, likewise: envelopes with usage that E1–E3 refuse; the RewardPipelineJob keeps them. */
    public static final String USAGE_ENVELOPES_REFUSED = "usageEnvelopesRefused";

    /** Counter, likewise: entries, or chain events of accounts, that do not count; each is in a topic X-rejected. */
    public static final String USAGE_REJECTED = "usageRejected";

    /** Counter, likewise: records that replace one before (minutes, hours). */
    public static final String USAGE_CORRECTIONS = "usageCorrections";

    /** Counter, likewise: invoices that were closed. */
    public static final String USAGE_INVOICES_CLOSED = "usageInvoicesClosed";

    /** Label: index of an RPC endpoint in its list. */
    public static final String LABEL_ENDPOINT = "endpoint";

    /** Label: why. */
    public static final String LABEL_REASON = "reason";

    /** Counter: steps of the submitter that did something. */
    public static final String SUBMITTER_STEPS = "ocos.submitter.steps";

    /** Counter per reason ({@code journal}, {@code chain}, {@code disagreement}): steps that failed, to be tried again. */
    public static final String SUBMITTER_FAILURES = "ocos.submitter.failures";

    /** Counter per endpoint: answers that a quorum contradicted, or that had none. */
    public static final String SUBMITTER_DISAGREEMENTS = "ocos.submitter.disagreements";

    /** Counter per endpoint: questions without an answer. */
    public static final String SUBMITTER_RPC_FAILURES = "ocos.submitter.rpc.failures";

    /** Gauge: 1 while the submitter does nothing before a person acknowledges why, else 0; an alarm. */
    public static final String SUBMITTER_HALTED = "ocos.submitter.halted";

    /** Gauge: 1 while nothing is proposed since inputs came after their minutes were closed, else 0; an alarm. */
    public static final String SUBMITTER_LATE = "ocos.submitter.late";

    /** Gauge: what stands in the submitter's way, number of reasons; {@code /ready} names them. */
    public static final String SUBMITTER_PROBLEMS = "ocos.submitter.problems";

    /** Gauge: newest block that the submitter knows of; -1 before the first. */
    public static final String SUBMITTER_HEAD = "ocos.submitter.head";

    /** Gauge: number of the newest batch that was made. */
    public static final String SUBMITTER_NEWEST_BATCH = "ocos.submitter.newest.batch";

    /** Gauge: number of the last batch that was proposed on chain. */
    public static final String SUBMITTER_LAST_PROPOSED = "ocos.submitter.last.proposed";

    /** Gauge: number of the last batch that was finalized on chain. */
    public static final String SUBMITTER_LAST_FINALIZED = "ocos.submitter.last.finalized";

    /** Gauge: OCOS that the treasury lacks, in balance or allowance, for the pending or newest batch. */
    public static final String SUBMITTER_SHORTFALL = "ocos.submitter.shortfall";

    /** Gauge: balance of the submitter's account, in the chain's own coin. */
    public static final String SUBMITTER_BALANCE = "ocos.submitter.balance";

    /** Gauge: when the submitter last finished a look at the chain, seconds since the epoch; 0 before the first. */
    public static final String SUBMITTER_LAST_LOOK = "ocos.submitter.last.look.seconds";

    private JobsMetrics() {}
}
