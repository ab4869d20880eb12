-- What the input topics carry. Each X_store holds the rows, possibly more than once until ClickHouse has merged its
-- parts; the view X is what to read: every row once. Column comments are on the views.

CREATE TABLE ocos.telemetry_envelopes_store
(
    node              LowCardinality(String),
    sequence          UInt64,
    received_at       DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    sent_at           DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    counts_for_uptime Bool,
    gateway           LowCardinality(String),
    beacon_block      UInt64 CODEC(Delta, ZSTD),
    beacon_hash       LowCardinality(String),
    payload_bytes     UInt32,
    payload_hash      String CODEC(ZSTD),
    signature         String CODEC(ZSTD),
    samples           UInt16,
    job_usage         UInt16,
    storage_usage     UInt16,
    dropped           UInt16,
    kafka_partition   UInt16,
    kafka_offset      UInt64 CODEC(Delta, ZSTD)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMMDD(received_at)
ORDER BY (node, received_at, sequence, kafka_partition, kafka_offset)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Rows of the view telemetry_envelopes, some more than once until merged: read the view';

CREATE VIEW ocos.telemetry_envelopes
(
    node              LowCardinality(String) COMMENT 'Node that signed it: its address',
    sequence          UInt64 COMMENT 'Number that the node never uses twice',
    received_at       DateTime64(3, 'UTC') COMMENT 'Clock of the gateway that accepted it',
    minute            UInt32 COMMENT 'Minute index of received_at: minutes since 1970 UTC',
    minute_start      DateTime('UTC') COMMENT 'First second of the minute',
    slot              UInt8 COMMENT '10-second slot of received_at in its minute, 0 to 5',
    sent_at           DateTime64(3, 'UTC') COMMENT 'Clock of the node when it signed',
    counts_for_uptime Bool COMMENT 'Whether received_at and sent_at are at most 30 s apart (SPEC 3, S2)',
    gateway           LowCardinality(String) COMMENT 'Gateway that accepted it',
    beacon_block      UInt64 COMMENT 'Number of the recent block that it names',
    beacon_hash       LowCardinality(String) COMMENT 'Hash of that block',
    payload_bytes     UInt32 COMMENT 'Size of the payload, bytes',
    payload_hash      String COMMENT 'keccak256 of the payload, as in the receipt of the gateway',
    signature         String COMMENT 'r, s, v over the EIP-712 digest (SPEC 2.1)',
    samples           UInt16 COMMENT 'Host samples in the payload',
    job_usage         UInt16 COMMENT 'Job usage entries in the payload',
    storage_usage     UInt16 COMMENT 'Storage usage entries in the payload',
    dropped           UInt16 COMMENT 'Entries among these that fail SPEC 3, S1; each is in rejected_records',
    kafka_partition   UInt16 COMMENT 'Partition of topic telemetry',
    kafka_offset      UInt64 COMMENT 'Offset in that partition'
)
AS SELECT node, sequence, received_at,
          toUInt32(intDiv(toUnixTimestamp64Milli(received_at), 60000)) AS minute,
          toStartOfMinute(toDateTime(received_at, 'UTC'), 'UTC') AS minute_start,
          toUInt8(intDiv(toUnixTimestamp64Milli(received_at) % 60000, 10000)) AS slot,
          sent_at, counts_for_uptime, gateway, beacon_block, beacon_hash, payload_bytes, payload_hash, signature,
          samples, job_usage, storage_usage, dropped, kafka_partition, kafka_offset
   FROM ocos.telemetry_envelopes_store FINAL
COMMENT 'Every accepted envelope (SPEC 2.1): one row per record of topic telemetry';

CREATE TABLE ocos.telemetry_samples_store
(
    node           LowCardinality(String),
    at             DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    sequence       UInt64,
    entry          UInt16,
    accepted       Bool,
    received_at    DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    cpu_ppm        UInt32,
    memory_ppm     UInt32,
    gpu_ppm        UInt32,
    gpu_memory_ppm UInt32,
    disk_ppm       UInt32,
    rx_bytes       UInt64 CODEC(Delta, ZSTD),
    tx_bytes       UInt64 CODEC(Delta, ZSTD),
    boot_id        Int64
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMMDD(received_at)
ORDER BY (node, at, sequence, entry, received_at)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Rows of the view telemetry_samples, some more than once until merged: read the view';

CREATE VIEW ocos.telemetry_samples
(
    node           LowCardinality(String) COMMENT 'Node that measured it: its address',
    at             DateTime64(3, 'UTC') COMMENT 'When it was measured, by the clock of the node',
    minute         UInt32 COMMENT 'Minute index of at: minutes since 1970 UTC',
    minute_start   DateTime('UTC') COMMENT 'First second of the minute',
    sequence       UInt64 COMMENT 'Envelope it came in',
    entry          UInt16 COMMENT 'Index in that envelope, from 0',
    accepted       Bool COMMENT 'Whether it is recent enough (SPEC 3, S1); if not, it counts for nothing and is in rejected_records too',
    received_at    DateTime64(3, 'UTC') COMMENT 'Clock of the gateway that accepted the envelope',
    cpu_ppm        UInt32 COMMENT 'CPU in use, parts per million',
    memory_ppm     UInt32 COMMENT 'Memory in use, parts per million',
    gpu_ppm        UInt32 COMMENT 'GPU in use, parts per million',
    gpu_memory_ppm UInt32 COMMENT 'GPU memory in use, parts per million',
    disk_ppm       UInt32 COMMENT 'Disk in use, parts per million',
    rx_bytes       UInt64 COMMENT 'Bytes received since boot_id began',
    tx_bytes       UInt64 COMMENT 'Bytes sent since boot_id began',
    boot_id        Int64 COMMENT 'Changes when the counters restart'
)
AS SELECT node, at,
          toUInt32(intDiv(toUnixTimestamp64Milli(at), 60000)) AS minute,
          toStartOfMinute(toDateTime(at, 'UTC'), 'UTC') AS minute_start,
          sequence, entry, accepted, received_at, cpu_ppm, memory_ppm, gpu_ppm, gpu_memory_ppm, disk_ppm,
          rx_bytes, tx_bytes, boot_id
   FROM ocos.telemetry_samples_store FINAL
COMMENT 'Host measurements in the accepted envelopes (SPEC 2.1)';

CREATE TABLE ocos.chain_events_store
(
    block_number     UInt64 CODEC(Delta, ZSTD),
    log_index        Int64,
    block_hash       String CODEC(ZSTD),
    block_time       DateTime('UTC') CODEC(Delta, ZSTD),
    transaction_hash String CODEC(ZSTD),
    contract         LowCardinality(String),
    name             LowCardinality(String),
    args             Map(LowCardinality(String), String) CODEC(ZSTD),
    kafka_partition  UInt16,
    kafka_offset     UInt64 CODEC(Delta, ZSTD)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(block_time)
ORDER BY (block_number, log_index)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Rows of the view chain_events, some more than once until merged: read the view';

CREATE VIEW ocos.chain_events
(
    block_number     UInt64 COMMENT 'Block, at least `confirmations` deep',
    log_index        Int64 COMMENT 'Index of the log in its block; -1 for BlockFinalized',
    block_hash       String COMMENT 'Hash of the block',
    block_time       DateTime('UTC') COMMENT 'Time of the block',
    effective_minute UInt32 COMMENT 'Minute index from which the event acts: block_time rounded up (SPEC 2.2)',
    transaction_hash String COMMENT 'Hash of the transaction; zero for BlockFinalized',
    contract         LowCardinality(String) COMMENT 'Address of the emitting contract',
    name             LowCardinality(String) COMMENT 'Event; BlockFinalized = the block is complete, also when it is empty',
    args             Map(LowCardinality(String), String) COMMENT 'Arguments by name; integers in decimal, addresses and bytes as 0x-hex',
    kafka_partition  UInt16 COMMENT 'Partition of topic chain-events',
    kafka_offset     UInt64 COMMENT 'Offset in that partition'
)
AS SELECT block_number, log_index, block_hash, block_time,
          toUInt32(intDiv(toUnixTimestamp(block_time) + 59, 60)) AS effective_minute,
          transaction_hash, contract, name, args, kafka_partition, kafka_offset
   FROM ocos.chain_events_store FINAL
COMMENT 'Events of the contracts in confirmed blocks (SPEC 2.2): one row per (block_number, log_index)';

CREATE TABLE ocos.job_events_store
(
    job_id          String CODEC(ZSTD),
    node            LowCardinality(String),
    type            LowCardinality(String),
    at              DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    recorded_at     DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    kafka_partition UInt16,
    kafka_offset    UInt64 CODEC(Delta, ZSTD)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(recorded_at)
ORDER BY (job_id, node, type, at, recorded_at)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Rows of the view job_events, some more than once until merged: read the view';

CREATE VIEW ocos.job_events
(
    job_id          String COMMENT 'The job; zero for PROGRESS',
    node            LowCardinality(String) COMMENT 'Node that works on it: its address; zero for PROGRESS',
    type            LowCardinality(String) COMMENT 'DISPATCHED, STARTED, VERIFIED, FAILED, MISMATCH; PROGRESS only carries time',
    at              DateTime64(3, 'UTC') COMMENT 'When it happened',
    recorded_at     DateTime64(3, 'UTC') COMMENT 'When it was written, by the clock of the writer',
    kafka_partition UInt16 COMMENT 'Partition of topic job-events',
    kafka_offset    UInt64 COMMENT 'Offset in that partition'
)
AS SELECT job_id, node, type, at, recorded_at, kafka_partition, kafka_offset
   FROM ocos.job_events_store FINAL
COMMENT 'Steps in the life of jobs (SPEC 2.3)';

-- A record of an input topic may be refused by this job and by another, which reports it in a topic of its own: one row
-- remains, the reported one. `request` tells requests to a gateway apart, which have no position in an input topic.
CREATE TABLE ocos.rejected_records_store
(
    source             LowCardinality(String),
    source_partition   Int32,
    source_offset      Int64,
    entry              Int32,
    request            String,
    reason             LowCardinality(String),
    detail             String CODEC(ZSTD),
    detected_by        LowCardinality(String),
    timestamp          DateTime64(3, 'UTC'),
    key                Nullable(String) CODEC(ZSTD),
    raw                Nullable(String) CODEC(ZSTD),
    rejected_topic     LowCardinality(String),
    rejected_partition Int32,
    rejected_offset    Int64,
    reported           UInt8
)
ENGINE = ReplacingMergeTree(reported)
ORDER BY (source, source_partition, source_offset, entry, request, timestamp)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Rows of the view rejected_records, some more than once until merged: read the view';

CREATE VIEW ocos.rejected_records
(
    source             LowCardinality(String) COMMENT 'Topic it was read from; `gateway` for a request that reached no topic',
    source_partition   Int32 COMMENT 'Partition it was read from; -1 for a request',
    source_offset      Int64 COMMENT 'Offset it was read at; -1 for a request',
    entry              Int32 COMMENT 'Index of the refused entry in the record; -1 when the whole record is refused',
    reason             LowCardinality(String) COMMENT 'Rule that failed (SPEC 3, 6), or name of the format error',
    detail             String COMMENT 'What was wrong, the value, what was expected',
    detected_by        LowCardinality(String) COMMENT 'Process that refused it',
    timestamp          DateTime64(3, 'UTC') COMMENT 'Timestamp of the record; of a request: clock of the gateway',
    key                Nullable(String) COMMENT 'Key of the record, raw bytes',
    raw                Nullable(String) COMMENT 'The refused bytes: see them with hex(raw); NULL for a tombstone',
    rejected_topic     LowCardinality(String) COMMENT 'Topic that keeps it; empty when the AnalyticsJob itself refused it',
    rejected_partition Int32 COMMENT 'Partition of rejected_topic; -1 when that is empty',
    rejected_offset    Int64 COMMENT 'Offset in that partition; -1 when there is none'
)
AS SELECT source, source_partition, source_offset, entry, reason, detail, detected_by, timestamp, key, raw,
          rejected_topic, rejected_partition, rejected_offset
   FROM ocos.rejected_records_store FINAL
COMMENT 'Everything that was refused, with its reason: one row per refused record, request or entry';
