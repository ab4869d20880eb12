-- What the SettlementJob makes (SPEC 10), beside what the chain says of it (SPEC 11).

CREATE TABLE ocos.settlement_batches_store
(
    number           UInt64,
    epoch            UInt64,
    from_minute      UInt32,
    to_minute        UInt32,
    root             String,
    cumulative_total UInt256,
    delta            UInt256,
    payees           UInt64,
    changed          UInt64,
    cid              String,
    artifact_digest  String,
    artifact_bytes   UInt64,
    kafka_partition  UInt16,
    kafka_offset     UInt64,
    CONSTRAINT minutes_in_order CHECK from_minute < to_minute,
    CONSTRAINT delta_in_total CHECK delta > 0 AND delta <= cumulative_total,
    CONSTRAINT changed_in_payees CHECK changed > 0 AND changed <= payees
)
ENGINE = ReplacingMergeTree
ORDER BY number
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Rows of the view settlement_batches, some more than once until merged: read the view';

CREATE VIEW ocos.settlement_batches
(
    number           UInt64 COMMENT '1, 2, 3 … without gaps',
    epoch            UInt64 COMMENT 'The epoch at whose end the batch was made',
    from_minute      UInt32 COMMENT 'First minute that is in this batch and not in the one before',
    to_minute        UInt32 COMMENT 'First minute after the epoch',
    from_start       DateTime('UTC') COMMENT 'First second of from_minute',
    to_start         DateTime('UTC') COMMENT 'First second of to_minute',
    root             String COMMENT 'Merkle root',
    cumulative_total UInt256 COMMENT 'Sum of the cumulative amounts, wei',
    delta            UInt256 COMMENT 'Rise of the total since the batch before, wei',
    payees           UInt64 COMMENT 'Leaves: payees with a cumulative amount above 0',
    changed          UInt64 COMMENT 'Leaves that rose: rows of settlement_leaves',
    cid              String COMMENT 'Content identifier of the artifact',
    artifact_digest  String COMMENT 'SHA-256 of the artifact',
    artifact_bytes   UInt64 COMMENT 'Length of the artifact',
    state            LowCardinality(String) COMMENT 'CREATED; once the chain says so PROPOSED, then FINALIZED or VETOED',
    kafka_partition  UInt16 COMMENT 'Partition of topic settlement-batches',
    kafka_offset     UInt64 COMMENT 'Offset in that partition'
)
AS SELECT number, epoch, from_minute, to_minute, toDateTime(from_minute * 60, 'UTC') AS from_start,
          toDateTime(to_minute * 60, 'UTC') AS to_start, root, cumulative_total, delta, payees, changed, cid,
          artifact_digest, artifact_bytes,
          multiIf(said.finalized > 0, 'FINALIZED', said.vetoed > 0, 'VETOED', said.proposed > 0, 'PROPOSED', 'CREATED') AS state,
          kafka_partition, kafka_offset
   FROM ocos.settlement_batches_store AS batch FINAL
   LEFT JOIN
   (
       SELECT toUInt64OrZero(args['number']) AS number, countIf(name = 'BatchFinalized') AS finalized,
              countIf(name = 'BatchVetoed') AS vetoed, countIf(name = 'BatchProposed') AS proposed
       FROM ocos.chain_events
       WHERE name IN ('BatchProposed', 'BatchVetoed', 'BatchFinalized')
       GROUP BY number
   ) AS said ON said.number = batch.number
COMMENT 'Settlement batches (SPEC 10) and how far each is on chain (SPEC 11)';

CREATE TABLE ocos.settlement_leaves_store
(
    number          UInt64 CODEC(Delta, ZSTD),
    to_minute       UInt32 CODEC(Delta, ZSTD),
    payee           String CODEC(ZSTD),
    cumulative      UInt256 CODEC(ZSTD),
    delta           UInt256 CODEC(ZSTD),
    kafka_partition UInt16,
    kafka_offset    UInt64 CODEC(Delta, ZSTD),
    CONSTRAINT delta_in_cumulative CHECK delta > 0 AND delta <= cumulative
)
ENGINE = ReplacingMergeTree
ORDER BY (number, payee)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Rows of the view settlement_leaves, some more than once until merged: read the view';

CREATE VIEW ocos.settlement_leaves
(
    number          UInt64 COMMENT 'The batch',
    to_minute       UInt32 COMMENT 'First minute after its epoch',
    payee           String COMMENT 'Who is paid',
    cumulative      UInt256 COMMENT 'All rewards so far, wei',
    delta           UInt256 COMMENT 'Rise since the batch before, wei',
    kafka_partition UInt16 COMMENT 'Partition of topic settlement-leaves',
    kafka_offset    UInt64 COMMENT 'Offset in that partition'
)
AS SELECT number, to_minute, payee, cumulative, delta, kafka_partition, kafka_offset
   FROM ocos.settlement_leaves_store FINAL
COMMENT 'Leaves that rose in a batch (SPEC 10): one row per batch and payee; all leaves of a batch are in its artifact';
