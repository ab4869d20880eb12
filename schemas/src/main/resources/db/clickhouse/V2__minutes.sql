-- What the RewardPipelineJob decides for each minute. CHECKs repeat the ranges of SPEC: what breaks one is refused by
-- name (rejected_records), so that no figure outside them is ever shown.

CREATE TABLE ocos.node_minutes_store
(
    minute          UInt32 CODEC(Delta, ZSTD),
    node            LowCardinality(String),
    type            LowCardinality(String),
    slots           UInt8,
    kafka_partition UInt16,
    kafka_offset    UInt64 CODEC(Delta, ZSTD),
    CONSTRAINT slots_in_range CHECK slots <= 6
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(minute * 60, 'UTC'))
ORDER BY (minute, node)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Rows of the view node_minutes, some more than once until merged: read the view';

CREATE VIEW ocos.node_minutes
(
    minute          UInt32 COMMENT 'Minute index: minutes since 1970 UTC',
    minute_start    DateTime('UTC') COMMENT 'First second of the minute',
    node            LowCardinality(String) COMMENT 'Registered node: its address',
    type            LowCardinality(String) COMMENT 'AI, WASM, SIMULATION, STORAGE or EDGE',
    slots           UInt8 COMMENT '10-second slots in which an envelope arrived, 0 to 6',
    kafka_partition UInt16 COMMENT 'Partition of topic node-minutes',
    kafka_offset    UInt64 COMMENT 'Offset in that partition'
)
AS SELECT minute, toDateTime(minute * 60, 'UTC') AS minute_start, node, type, slots, kafka_partition, kafka_offset
   FROM ocos.node_minutes_store FINAL
COMMENT 'Uptime (SPEC 5): one row per registered node and minute';

CREATE TABLE ocos.reputation_scores_store
(
    minute          UInt32 CODEC(Delta, ZSTD),
    node            LowCardinality(String),
    score           UInt32,
    kafka_partition UInt16,
    kafka_offset    UInt64 CODEC(Delta, ZSTD),
    CONSTRAINT score_in_range CHECK score <= 1000000
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(minute * 60, 'UTC'))
ORDER BY (minute, node)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Rows of the view reputation_scores, some more than once until merged: read the view';

CREATE VIEW ocos.reputation_scores
(
    minute          UInt32 COMMENT 'Minute index: minutes since 1970 UTC',
    minute_start    DateTime('UTC') COMMENT 'First second of the minute',
    node            LowCardinality(String) COMMENT 'Registered node: its address',
    score           UInt32 COMMENT 'Reputation after the minute, parts per million',
    kafka_partition UInt16 COMMENT 'Partition of topic reputation-scores',
    kafka_offset    UInt64 COMMENT 'Offset in that partition'
)
AS SELECT minute, toDateTime(minute * 60, 'UTC') AS minute_start, node, score, kafka_partition, kafka_offset
   FROM ocos.reputation_scores_store FINAL
COMMENT 'Reputation (SPEC 7): one row per registered node and minute';

CREATE TABLE ocos.rewards_store
(
    minute          UInt32 CODEC(Delta, ZSTD),
    kind            LowCardinality(String),
    node            LowCardinality(String),
    job             String CODEC(ZSTD),
    payee           LowCardinality(String),
    amount          UInt256 CODEC(ZSTD),
    reason          LowCardinality(String),
    block_number    Int64,
    log_index       Int64,
    kafka_partition UInt16,
    kafka_offset    UInt64 CODEC(Delta, ZSTD)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(minute * 60, 'UTC'))
ORDER BY (minute, kind, node, job, block_number, log_index)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Rows of the view rewards, some more than once until merged: read the view';

CREATE VIEW ocos.rewards
(
    minute          UInt32 COMMENT 'Minute index: minutes since 1970 UTC',
    minute_start    DateTime('UTC') COMMENT 'First second of the minute',
    kind            LowCardinality(String) COMMENT 'MINUTE: uptime (SPEC 8); JOB: a settled job, ADJUSTMENT: decided by the DAO (SPEC 9)',
    node            LowCardinality(String) COMMENT 'The node: its address; empty for ADJUSTMENT',
    job             String COMMENT 'The settled job; empty unless kind is JOB',
    payee           LowCardinality(String) COMMENT 'Who is paid; empty when the node of a settled job was not registered',
    amount          UInt256 COMMENT 'wei: 10^-18 OCOS',
    reason          LowCardinality(String) COMMENT 'Why the amount is what it is: TYPE_CLOSED, UNDERSTAKED, OFFLINE, PROBATION, UNPROVEN, LOW_REPUTATION, SCALED, PAID; UNREGISTERED; ADJUSTED',
    block_number    Int64 COMMENT 'Block of the event behind JOB and ADJUSTMENT; else -1',
    log_index       Int64 COMMENT 'Index of that event in its block; else -1',
    kafka_partition UInt16 COMMENT 'Partition of topic rewards',
    kafka_offset    UInt64 COMMENT 'Offset in that partition'
)
AS SELECT minute, toDateTime(minute * 60, 'UTC') AS minute_start, kind, node, job, payee, amount, reason, block_number,
          log_index, kafka_partition, kafka_offset
   FROM ocos.rewards_store FINAL
COMMENT 'Rewards (SPEC 8, 9): per minute one row for each registered node, each settled job, each adjustment';

CREATE TABLE ocos.minutes_closed_store
(
    minute            UInt32 CODEC(Delta, ZSTD),
    `types.type`      Array(LowCardinality(String)),
    `types.nodes`     Array(UInt32),
    `types.slots`     Array(UInt64),
    `types.paid`      Array(UInt32),
    `types.raw`       Array(UInt256),
    `types.cap`       Array(UInt256),
    `types.rewards`   Array(UInt256),
    job_rewards       UInt32,
    job_rewards_total UInt256,
    adjustments       UInt32,
    adjustments_total UInt256,
    kafka_partition   UInt16,
    kafka_offset      UInt64 CODEC(Delta, ZSTD)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(minute * 60, 'UTC'))
ORDER BY minute
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Rows of the view minutes_closed, some more than once until merged: read the view';

CREATE VIEW ocos.minutes_closed
(
    minute            UInt32 COMMENT 'Minute index: minutes since 1970 UTC',
    minute_start      DateTime('UTC') COMMENT 'First second of the minute',
    nodes             UInt64 COMMENT 'Registered nodes = rows of the minute in node_minutes, reputation_scores and MINUTE rewards',
    slots             UInt64 COMMENT 'Sum of slots',
    paid              UInt64 COMMENT 'MINUTE rewards above 0',
    rewards           UInt256 COMMENT 'Sum of the MINUTE rewards, wei',
    job_rewards       UInt32 COMMENT 'Number of JOB rewards',
    job_rewards_total UInt256 COMMENT 'Their sum, wei',
    adjustments       UInt32 COMMENT 'Number of ADJUSTMENT rewards',
    adjustments_total UInt256 COMMENT 'Their sum, wei',
    `types.type`      Array(LowCardinality(String)) COMMENT 'Node types with registered nodes; the columns types.* run in parallel',
    `types.nodes`     Array(UInt32) COMMENT 'Registered nodes of each type',
    `types.slots`     Array(UInt64) COMMENT 'Sum of their slots',
    `types.paid`      Array(UInt32) COMMENT 'MINUTE rewards above 0',
    `types.raw`       Array(UInt256) COMMENT 'Sum before the cap, wei; 2^256 - 1 when larger',
    `types.cap`       Array(UInt256) COMMENT 'Cap of the type in the minute, wei',
    `types.rewards`   Array(UInt256) COMMENT 'Sum of the MINUTE rewards, wei',
    kafka_partition   UInt16 COMMENT 'Partition of topic minutes-closed',
    kafka_offset      UInt64 COMMENT 'Offset in that partition'
)
AS SELECT minute, toDateTime(minute * 60, 'UTC') AS minute_start,
          arraySum(`types.nodes`) AS nodes, arraySum(`types.slots`) AS slots, arraySum(`types.paid`) AS paid,
          arrayFold((sum, x) -> sum + x, `types.rewards`, toUInt256(0)) AS rewards,
          job_rewards, job_rewards_total, adjustments, adjustments_total,
          `types.type`, `types.nodes`, `types.slots`, `types.paid`, `types.raw`, `types.cap`, `types.rewards`,
          kafka_partition, kafka_offset
   FROM ocos.minutes_closed_store FINAL
COMMENT 'Minutes of which everything has been written, with their totals: a minute without a row here is not complete';

CREATE VIEW ocos.minutes_closed_by_type
(
    minute       UInt32 COMMENT 'Minute index: minutes since 1970 UTC',
    minute_start DateTime('UTC') COMMENT 'First second of the minute',
    type         LowCardinality(String) COMMENT 'AI, WASM, SIMULATION, STORAGE or EDGE',
    nodes        UInt32 COMMENT 'Registered nodes',
    slots        UInt64 COMMENT 'Sum of slots',
    paid         UInt32 COMMENT 'MINUTE rewards above 0',
    raw          UInt256 COMMENT 'Sum before the cap, wei; 2^256 - 1 when larger',
    cap          UInt256 COMMENT 'Cap of the type in the minute, wei',
    rewards      UInt256 COMMENT 'Sum of the MINUTE rewards, wei'
)
AS SELECT minute, minute_start, type, nodes, slots, paid, raw, cap, rewards
   FROM (SELECT minute, minute_start, `types.type`, `types.nodes`, `types.slots`, `types.paid`, `types.raw`, `types.cap`,
                `types.rewards`
         FROM ocos.minutes_closed)
   ARRAY JOIN `types.type` AS type, `types.nodes` AS nodes, `types.slots` AS slots, `types.paid` AS paid,
              `types.raw` AS raw, `types.cap` AS cap, `types.rewards` AS rewards
COMMENT 'minutes_closed with a row per node type that has registered nodes';
