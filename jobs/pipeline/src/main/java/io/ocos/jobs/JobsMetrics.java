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

    private JobsMetrics() {}
}
