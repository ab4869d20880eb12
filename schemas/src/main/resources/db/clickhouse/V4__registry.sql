-- The registry in PostgreSQL (db/postgresql), by change data capture: every change, and the rows as they are now.

CREATE TABLE ocos.registry_history_store
(
    table_name      LowCardinality(String),
    key             String,
    generation      DateTime64(3, 'UTC'),
    lsn             UInt64 CODEC(Delta, ZSTD),
    operation       LowCardinality(String),
    committed_at    DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    transaction     UInt64 CODEC(Delta, ZSTD),
    before          Map(LowCardinality(String), String) CODEC(ZSTD),
    after           Map(LowCardinality(String), String) CODEC(ZSTD),
    kafka_partition UInt16,
    kafka_offset    UInt64 CODEC(Delta, ZSTD),
    CONSTRAINT operation_is_known CHECK operation IN ('SNAPSHOT', 'INSERT', 'UPDATE', 'DELETE')
)
ENGINE = ReplacingMergeTree
ORDER BY (table_name, key, generation, lsn)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Rows of the view registry_history, some more than once until merged: read the view';

CREATE VIEW ocos.registry_history
(
    table_name      LowCardinality(String) COMMENT 'operators, nodes, customers or maintenance',
    key             String COMMENT 'Primary key of the row',
    generation      DateTime64(3, 'UTC') COMMENT 'When the tables were read anew; changes of a row are ordered by (generation, lsn)',
    lsn             UInt64 COMMENT 'Position in the write-ahead log',
    operation       LowCardinality(String) COMMENT 'SNAPSHOT (as it was when the generation began), INSERT, UPDATE or DELETE',
    committed_at    DateTime64(3, 'UTC') COMMENT 'When it was committed; of a SNAPSHOT, when the row was last changed',
    transaction     UInt64 COMMENT 'Id of the transaction in PostgreSQL; 0 for a SNAPSHOT',
    before          Map(LowCardinality(String), String) COMMENT 'UPDATE, DELETE: the row before, without columns that are NULL',
    after           Map(LowCardinality(String), String) COMMENT 'Not DELETE: the row after, without columns that are NULL',
    kafka_partition UInt16 COMMENT 'Partition of topic registry-changes',
    kafka_offset    UInt64 COMMENT 'Offset in that partition'
)
AS SELECT table_name, key, generation, lsn, operation, committed_at, transaction, before, after, kafka_partition, kafka_offset
   FROM ocos.registry_history_store FINAL
COMMENT 'Changes of the registry (SPEC 2): one row per change';

CREATE VIEW ocos.registry_current
(
    table_name   LowCardinality(String) COMMENT 'operators, nodes, customers or maintenance',
    key          String COMMENT 'Primary key of the row',
    columns      Map(LowCardinality(String), String) COMMENT 'Every column that is not NULL, also those added later',
    committed_at DateTime64(3, 'UTC') COMMENT 'When the row became what it is',
    lsn          UInt64 COMMENT 'Position of that in the write-ahead log'
)
AS SELECT table_name, key, tupleElement(last, 1) AS columns, tupleElement(last, 2) AS committed_at, tupleElement(last, 3) AS lsn
   FROM
   (
       SELECT table_name, key, argMax(tuple(after, committed_at, lsn, operation), lsn) AS last
       FROM ocos.registry_history_store
       WHERE generation = (SELECT max(generation) FROM ocos.registry_history_store)
       GROUP BY table_name, key
   )
   WHERE tupleElement(last, 4) != 'DELETE'
COMMENT 'Rows of the registry as they are: one per table and primary key';

CREATE VIEW ocos.registry_operators
(
    operator     String COMMENT 'Address: owner of nodes on chain',
    name         String COMMENT 'Name shown to people',
    contact      String COMMENT 'How to reach it; may be empty',
    ended_at     Nullable(DateTime64(3, 'UTC')) COMMENT 'When it left; NULL while it takes part',
    changed_at   DateTime64(3, 'UTC') COMMENT 'When the row was last changed',
    committed_at DateTime64(3, 'UTC') COMMENT 'When that was committed',
    columns      Map(LowCardinality(String), String) COMMENT 'Every column that is not NULL, also those added later'
)
AS SELECT key AS operator, columns['name'] AS name, columns['contact'] AS contact,
          parseDateTime64BestEffortOrNull(columns['ended_at'], 3, 'UTC') AS ended_at,
          parseDateTime64BestEffortOrZero(columns['changed_at'], 3, 'UTC') AS changed_at, committed_at, columns
   FROM ocos.registry_current
   WHERE table_name = 'operators'
COMMENT 'Operators in the registry as they are';

CREATE VIEW ocos.registry_nodes
(
    node         String COMMENT 'Address of the node',
    operator     String COMMENT 'Who operates it',
    region       String COMMENT 'Where it is, such as eu-central',
    hardware     String COMMENT 'What it is made of; may be empty',
    contact      String COMMENT 'Who looks after it; may be empty',
    ended_at     Nullable(DateTime64(3, 'UTC')) COMMENT 'When it left; NULL while it takes part',
    changed_at   DateTime64(3, 'UTC') COMMENT 'When the row was last changed',
    committed_at DateTime64(3, 'UTC') COMMENT 'When that was committed',
    columns      Map(LowCardinality(String), String) COMMENT 'Every column that is not NULL, also those added later'
)
AS SELECT key AS node, columns['operator'] AS operator, columns['region'] AS region, columns['hardware'] AS hardware,
          columns['contact'] AS contact, parseDateTime64BestEffortOrNull(columns['ended_at'], 3, 'UTC') AS ended_at,
          parseDateTime64BestEffortOrZero(columns['changed_at'], 3, 'UTC') AS changed_at, committed_at, columns
   FROM ocos.registry_current
   WHERE table_name = 'nodes'
COMMENT 'Nodes in the registry as they are';

CREATE VIEW ocos.registry_customers
(
    account                String COMMENT 'Address that pays',
    name                   String COMMENT 'Name shown to people',
    contact                String COMMENT 'Whom to tell; may be empty',
    alert_thresholds_ppm   Array(UInt32) COMMENT 'Parts of the quota, in ppm, at which it is told; ascending',
    declared_storage_bytes UInt64 COMMENT 'Storage that it says it uses',
    ended_at               Nullable(DateTime64(3, 'UTC')) COMMENT 'When it left; NULL while it takes part',
    changed_at             DateTime64(3, 'UTC') COMMENT 'When the row was last changed',
    committed_at           DateTime64(3, 'UTC') COMMENT 'When that was committed',
    columns                Map(LowCardinality(String), String) COMMENT 'Every column that is not NULL, also those added later'
)
AS SELECT key AS account, columns['name'] AS name, columns['contact'] AS contact,
          arrayMap(ppm -> toUInt32OrZero(ppm), arrayFilter(ppm -> ppm != '', splitByChar(',', columns['alert_thresholds_ppm']))) AS alert_thresholds_ppm,
          toUInt64OrZero(columns['declared_storage_bytes']) AS declared_storage_bytes,
          parseDateTime64BestEffortOrNull(columns['ended_at'], 3, 'UTC') AS ended_at,
          parseDateTime64BestEffortOrZero(columns['changed_at'], 3, 'UTC') AS changed_at, committed_at, columns
   FROM ocos.registry_current
   WHERE table_name = 'customers'
COMMENT 'Customers in the registry as they are';

CREATE VIEW ocos.registry_maintenance
(
    id           String COMMENT 'UUID of the window',
    node         String COMMENT 'Address of the node',
    starts_at    DateTime64(3, 'UTC') COMMENT 'First instant of the window',
    ends_at      DateTime64(3, 'UTC') COMMENT 'First instant after the window',
    reason       String COMMENT 'What is done; may be empty',
    changed_at   DateTime64(3, 'UTC') COMMENT 'When the row was last changed',
    committed_at DateTime64(3, 'UTC') COMMENT 'When that was committed',
    columns      Map(LowCardinality(String), String) COMMENT 'Every column that is not NULL, also those added later'
)
AS SELECT key AS id, columns['node'] AS node, parseDateTime64BestEffortOrZero(columns['starts_at'], 3, 'UTC') AS starts_at,
          parseDateTime64BestEffortOrZero(columns['ends_at'], 3, 'UTC') AS ends_at, columns['reason'] AS reason,
          parseDateTime64BestEffortOrZero(columns['changed_at'], 3, 'UTC') AS changed_at, committed_at, columns
   FROM ocos.registry_current
   WHERE table_name = 'maintenance'
COMMENT 'Announced maintenance windows of nodes; those of one node do not overlap';
