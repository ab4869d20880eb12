-- What the chain says of batches and payees (SPEC 11), from chain_events.

CREATE OR REPLACE VIEW ocos.settlement_batches
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
    state            LowCardinality(String) COMMENT 'CREATED; once the chain says so PROPOSED, then FINALIZED or VETOED; SUPERSEDED when a later one was proposed instead',
    kafka_partition  UInt16 COMMENT 'Partition of topic settlement-batches',
    kafka_offset     UInt64 COMMENT 'Offset in that partition'
)
AS SELECT number, epoch, from_minute, to_minute, toDateTime(from_minute * 60, 'UTC') AS from_start,
          toDateTime(to_minute * 60, 'UTC') AS to_start, root, cumulative_total, delta, payees, changed, cid,
          artifact_digest, artifact_bytes,
          multiIf(said.finalized > 0, 'FINALIZED', said.vetoed > 0, 'VETOED', said.proposed > 0, 'PROPOSED',
                  number < (SELECT max(toUInt64OrZero(args['number'])) FROM ocos.chain_events WHERE name = 'BatchProposed'),
                  'SUPERSEDED', 'CREATED') AS state,
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

CREATE VIEW ocos.settlement_accounts
(
    payee    String COMMENT 'Who is paid',
    claimed  UInt256 COMMENT 'Paid to it so far, wei',
    claims   UInt64 COMMENT 'Number of payments',
    swept    UInt256 COMMENT 'Withheld of it and moved back to the treasury so far, wei',
    withheld UInt256 COMMENT 'Held back of what it is or will be owed, wei'
)
AS SELECT args['payee'] AS payee,
          sumIf(toUInt256OrZero(args['amount']), name = 'Claimed') AS claimed,
          countIf(name = 'Claimed') AS claims,
          sumIf(toUInt256OrZero(args['amount']), name = 'Swept') AS swept,
          argMaxIf(toUInt256OrZero(args['withheld']), (block_number, log_index), name IN ('Withheld', 'Released', 'Swept')) AS withheld
   FROM ocos.chain_events
   WHERE name IN ('Claimed', 'Swept', 'Withheld', 'Released')
   GROUP BY payee
COMMENT 'What the settlement contract has paid, swept and holds back (SPEC 11): one row per payee with any of it';

CREATE VIEW ocos.settlement_sweeps
(
    block_number     UInt64 COMMENT 'Block',
    block_time       DateTime('UTC') COMMENT 'Time of the block',
    transaction_hash String COMMENT 'Hash of the transaction',
    payee            String COMMENT 'Whose amount was withheld',
    amount           UInt256 COMMENT 'Moved to the treasury, wei',
    withheld         UInt256 COMMENT 'Held back of it still, wei'
)
AS SELECT block_number, block_time, transaction_hash, args['payee'] AS payee, toUInt256OrZero(args['amount']) AS amount,
          toUInt256OrZero(args['withheld']) AS withheld
   FROM ocos.chain_events
   WHERE name = 'Swept'
COMMENT 'Withheld amounts that went back to the treasury (SPEC 11)';
