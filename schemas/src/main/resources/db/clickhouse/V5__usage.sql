-- What the UsageJob meters and bills (SPEC 12). Of the records of a key the one with the largest revision holds: it names
-- the one that it corrects.

CREATE TABLE ocos.usage_minutes_store
(
    minute          UInt32 CODEC(Delta, ZSTD),
    customer        LowCardinality(String),
    job             String CODEC(ZSTD),
    node            LowCardinality(String),
    region          LowCardinality(String),
    cpu_millis      UInt64,
    gpu_millis      UInt64,
    egress_bytes    UInt64,
    cpu_price       UInt256 CODEC(ZSTD),
    gpu_price       UInt256 CODEC(ZSTD),
    egress_price    UInt256 CODEC(ZSTD),
    cpu_amount      UInt256 CODEC(ZSTD),
    gpu_amount      UInt256 CODEC(ZSTD),
    egress_amount   UInt256 CODEC(ZSTD),
    revision        UInt32,
    kafka_partition UInt16,
    kafka_offset    UInt64 CODEC(Delta, ZSTD)
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(toDateTime(minute * 60, 'UTC'))
ORDER BY (customer, minute, node, job)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Rows of the view usage_minutes and those that they replace: read the view';

CREATE VIEW ocos.usage_minutes
(
    minute          UInt32 COMMENT 'Minute index: minutes since 1970 UTC',
    minute_start    DateTime('UTC') COMMENT 'First second of the minute',
    customer        LowCardinality(String) COMMENT 'Who created the job and pays',
    job             String COMMENT 'Job id',
    node            LowCardinality(String) COMMENT 'Node that the job was given to',
    region          LowCardinality(String) COMMENT 'Region of the node in the registry at that minute; empty for none',
    cpu_millis      UInt64 COMMENT 'CPU time, ms',
    gpu_millis      UInt64 COMMENT 'GPU time, ms',
    egress_bytes    UInt64 COMMENT 'Bytes sent',
    cpu_price       UInt256 COMMENT 'wei per 60 000 ms as at the minute',
    gpu_price       UInt256 COMMENT 'wei per 60 000 ms as at the minute',
    egress_price    UInt256 COMMENT 'wei per 10^9 bytes as at the minute',
    cpu_amount      UInt256 COMMENT 'wei',
    gpu_amount      UInt256 COMMENT 'wei',
    egress_amount   UInt256 COMMENT 'wei',
    amount          UInt256 COMMENT 'Sum of the three, wei',
    revision        UInt32 COMMENT 'Above 0 for a correction',
    kafka_partition UInt16 COMMENT 'Partition of topic usage',
    kafka_offset    UInt64 COMMENT 'Offset in that partition'
)
AS SELECT minute, toDateTime(minute * 60, 'UTC') AS minute_start, customer, job, node, region, cpu_millis, gpu_millis,
          egress_bytes, cpu_price, gpu_price, egress_price, cpu_amount, gpu_amount, egress_amount,
          cpu_amount + gpu_amount + egress_amount AS amount, revision, kafka_partition, kafka_offset
   FROM ocos.usage_minutes_store FINAL
COMMENT 'What jobs used and cost (SPEC 12): one row per job, node and minute with usage';

CREATE TABLE ocos.storage_hours_store
(
    hour            UInt32 CODEC(Delta, ZSTD),
    account         LowCardinality(String),
    node            LowCardinality(String),
    byte_millis     UInt256 CODEC(ZSTD),
    revision        UInt32,
    kafka_partition UInt16,
    kafka_offset    UInt64 CODEC(Delta, ZSTD)
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(toDateTime(hour * 3600, 'UTC'))
ORDER BY (account, hour, node)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Rows of the view storage_hours and those that they replace: read the view';

CREATE VIEW ocos.storage_hours
(
    hour            UInt32 COMMENT 'Hours since 1970 UTC',
    hour_start      DateTime('UTC') COMMENT 'First second of the hour',
    account         LowCardinality(String) COMMENT 'For whom',
    node            LowCardinality(String) COMMENT 'Which node reports it',
    byte_millis     UInt256 COMMENT 'Bytes times milliseconds held',
    revision        UInt32 COMMENT 'Above 0 for a correction',
    kafka_partition UInt16 COMMENT 'Partition of topic usage',
    kafka_offset    UInt64 COMMENT 'Offset in that partition'
)
AS SELECT hour, toDateTime(hour * 3600, 'UTC') AS hour_start, account, node, byte_millis, revision, kafka_partition, kafka_offset
   FROM ocos.storage_hours_store FINAL
COMMENT 'What nodes store for accounts (SPEC 12): one row per account, node and hour';

CREATE TABLE ocos.storage_charges_store
(
    hour            UInt32 CODEC(Delta, ZSTD),
    account         LowCardinality(String),
    reported        UInt256 CODEC(ZSTD),
    declared        UInt256 CODEC(ZSTD),
    billed          UInt256 CODEC(ZSTD),
    plan            LowCardinality(String),
    allowance       UInt256 CODEC(ZSTD),
    overage         UInt256 CODEC(ZSTD),
    price           UInt256 CODEC(ZSTD),
    amount          UInt256 CODEC(ZSTD),
    flag            LowCardinality(String),
    revision        UInt32,
    kafka_partition UInt16,
    kafka_offset    UInt64 CODEC(Delta, ZSTD),
    CONSTRAINT billed_is_reported_at_most CHECK billed <= reported,
    CONSTRAINT overage_is_billed_at_most CHECK overage <= billed
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(toDateTime(hour * 3600, 'UTC'))
ORDER BY (account, hour)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Rows of the view storage_charges and those that they replace: read the view';

CREATE VIEW ocos.storage_charges
(
    hour            UInt32 COMMENT 'Hours since 1970 UTC',
    hour_start      DateTime('UTC') COMMENT 'First second of the hour',
    account         LowCardinality(String) COMMENT 'Who pays',
    reported        UInt256 COMMENT 'Byte-milliseconds that nodes report',
    declared        UInt256 COMMENT 'Byte-milliseconds that the customer declared; 0 where flag is UNDECLARED',
    billed          UInt256 COMMENT 'The smaller of the two; what is reported where nothing is declared',
    plan            LowCardinality(String) COMMENT 'Plan at the end of the hour; empty for none',
    allowance       UInt256 COMMENT 'Byte-milliseconds that plans hold',
    overage         UInt256 COMMENT 'Billed beyond the allowance',
    price           UInt256 COMMENT 'wei per 10^9 bytes for 30 days, as at the first minute of the hour',
    amount          UInt256 COMMENT 'wei',
    flag            LowCardinality(String) COMMENT 'AGREES, UNDECLARED, REPORTED_MORE or REPORTED_LESS',
    revision        UInt32 COMMENT 'Above 0 for a correction',
    kafka_partition UInt16 COMMENT 'Partition of topic usage',
    kafka_offset    UInt64 COMMENT 'Offset in that partition'
)
AS SELECT hour, toDateTime(hour * 3600, 'UTC') AS hour_start, account, reported, declared, billed, plan, allowance, overage,
          price, amount, flag, revision, kafka_partition, kafka_offset
   FROM ocos.storage_charges_store FINAL
COMMENT 'What storage costs (SPEC 12): one row per account and hour with storage';

CREATE TABLE ocos.quota_events_store
(
    minute                UInt32 CODEC(Delta, ZSTD),
    customer              LowCardinality(String),
    kind                  LowCardinality(String),
    used                  UInt64,
    allowed               UInt64,
    stake                 UInt256 CODEC(ZSTD),
    stake_per_node_minute UInt256 CODEC(ZSTD),
    kafka_partition       UInt16,
    kafka_offset          UInt64 CODEC(Delta, ZSTD)
)
ENGINE = ReplacingMergeTree
ORDER BY (customer, minute, kind)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Rows of the view quota_events, some more than once until merged: read the view';

CREATE VIEW ocos.quota_events
(
    minute                UInt32 COMMENT 'Minute index at whose close it was seen',
    minute_start          DateTime('UTC') COMMENT 'First second of the minute',
    customer              LowCardinality(String) COMMENT 'Whose quota',
    kind                  LowCardinality(String) COMMENT 'WARNING (80 %), EXHAUSTED (100 %, no new dispatch), RELEASED (below 100 % again)',
    used                  UInt64 COMMENT 'Node-minutes of the 30 days up to this minute',
    allowed               UInt64 COMMENT 'Node-minutes that the stake unlocks',
    stake                 UInt256 COMMENT 'Stake as at the minute, wei',
    stake_per_node_minute UInt256 COMMENT 'Parameter as at the minute, wei',
    kafka_partition       UInt16 COMMENT 'Partition of topic quota-events',
    kafka_offset          UInt64 COMMENT 'Offset in that partition'
)
AS SELECT minute, toDateTime(minute * 60, 'UTC') AS minute_start, customer, kind, used, allowed, stake,
          stake_per_node_minute, kafka_partition, kafka_offset
   FROM ocos.quota_events_store FINAL
COMMENT 'Lines of compute quotas that were crossed (SPEC 12)';

CREATE TABLE ocos.invoices_store
(
    account          LowCardinality(String),
    month            LowCardinality(String),
    state            LowCardinality(String),
    revision         UInt64,
    through_minute   UInt32,
    `lines.kind`     Array(LowCardinality(String)),
    `lines.price`    Array(UInt256),
    `lines.quantity` Array(UInt256),
    `lines.amount`   Array(UInt256),
    `lines.corrects` Array(LowCardinality(String)),
    charges          UInt256 CODEC(ZSTD),
    credits          UInt256 CODEC(ZSTD),
    total            UInt256 CODEC(ZSTD),
    carried          UInt256 CODEC(ZSTD),
    cid              String,
    artifact_bytes   UInt64,
    kafka_partition  UInt16,
    kafka_offset     UInt64 CODEC(Delta, ZSTD),
    CONSTRAINT lines_add_up CHECK charges + carried = credits + total
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (account, month)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Rows of the view invoices and those that they replace: read the view';

CREATE VIEW ocos.invoices
(
    account          LowCardinality(String) COMMENT 'Who pays',
    month            LowCardinality(String) COMMENT 'YYYY-MM, UTC',
    state            LowCardinality(String) COMMENT 'DRAFT, or CLOSED: never changes any more',
    revision         UInt64 COMMENT '1, 2, 3 …',
    through_minute   UInt32 COMMENT 'Last minute that is in it',
    through_start    DateTime('UTC') COMMENT 'First second of that minute',
    `lines.kind`     Array(LowCardinality(String)) COMMENT 'CPU, GPU, EGRESS, STORAGE, CREDIT, DEBIT, CARRIED; the columns lines.* run in parallel',
    `lines.price`    Array(UInt256) COMMENT 'wei per 60 000 ms, 10^9 bytes, or 10^9 bytes for 30 days',
    `lines.quantity` Array(UInt256) COMMENT 'ms, bytes or byte-milliseconds',
    `lines.amount`   Array(UInt256) COMMENT 'wei',
    `lines.corrects` Array(LowCardinality(String)) COMMENT 'Month of the closed invoice that the line corrects or carries on; empty for usage',
    charges          UInt256 COMMENT 'Sum of CPU, GPU, EGRESS, STORAGE and DEBIT, wei',
    credits          UInt256 COMMENT 'Sum of CREDIT and CARRIED, wei',
    total            UInt256 COMMENT 'To be paid, wei',
    carried          UInt256 COMMENT 'Credit for the next invoice, wei',
    cid              String COMMENT 'Content identifier of the artifact; empty for a draft',
    artifact_bytes   UInt64 COMMENT 'Length of the artifact',
    kafka_partition  UInt16 COMMENT 'Partition of topic invoices',
    kafka_offset     UInt64 COMMENT 'Offset in that partition'
)
AS SELECT account, month, state, revision, through_minute, toDateTime(through_minute * 60, 'UTC') AS through_start,
          `lines.kind`, `lines.price`, `lines.quantity`, `lines.amount`, `lines.corrects`, charges, credits, total, carried,
          cid, artifact_bytes, kafka_partition, kafka_offset
   FROM ocos.invoices_store FINAL
COMMENT 'Invoices (SPEC 12): one row per account and month, the newest';
