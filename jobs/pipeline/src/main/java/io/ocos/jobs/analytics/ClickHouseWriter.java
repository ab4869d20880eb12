package io.ocos.jobs.analytics;

import io.ocos.jobs.JobsMetrics;
import io.ocos.jobs.flink.RawRecord;
import java.io.IOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers rows into blocks and inserts them: a block when it is full, all when they take too much memory, when the
 * interval is over, and before every checkpoint. A block that ClickHouse refuses for its rows is halved until the row to
 * blame stands alone; that row's record goes to {@code rejected_records}.
 */
final class ClickHouseWriter implements SinkWriter<DecodedRecord> {

    /** Reason under which a record is kept whose row ClickHouse refused. */
    static final String REFUSED_BY_CLICKHOUSE = "REFUSED_BY_CLICKHOUSE";

    private static final Logger LOG = LoggerFactory.getLogger(ClickHouseWriter.class);

    private record BlockKey(Table table, String topic, int partition) {}

    private final ClickHouseSinkConfig config;
    private final ClickHouseInserts inserts;
    private final ProcessingTimeService time;
    private final Map<BlockKey, Block> blocks = new HashMap<>();
    private final MetricGroup metrics;
    private final Map<Table, Counter> rowsInserted = new EnumMap<>(Table.class);
    private final Counter rowsRefused;
    private long bufferedBytes;
    private boolean tablesChecked;

    ClickHouseWriter(
            ClickHouseSinkConfig config, ClickHouseInserts inserts, ProcessingTimeService time, MetricGroup metrics) {
        this.config = config;
        this.inserts = inserts;
        this.time = time;
        this.metrics = metrics;
        rowsRefused = metrics.counter(JobsMetrics.CLICKHOUSE_ROWS_REFUSED);
        scheduleFlush();
    }

    @Override
    public void write(DecodedRecord record, Context context) throws IOException, InterruptedException {
        for (Row row : record.rows()) {
            add(record.source(), row);
        }
        if (bufferedBytes >= config.maxBufferedBytes()) {
            insertAll();
        }
    }

    @Override
    public void flush(boolean endOfInput) throws IOException, InterruptedException {
        insertAll();
    }

    @Override
    public void close() {
        inserts.close();
    }

    private Counter rowCounter(Table table) {
        return metrics.addGroup(JobsMetrics.LABEL_TABLE, table.view()).counter(JobsMetrics.CLICKHOUSE_ROWS);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Flink fails the task when the callback throws
    private void scheduleFlush() {
        time.registerTimer(time.getCurrentProcessingTime() + config.flushIntervalMillis(), now -> {
            insertAll();
            scheduleFlush();
        });
    }

    private void add(RawRecord source, Row row) throws IOException, InterruptedException {
        BlockKey key = new BlockKey(row.table(), source.topic(), source.partition());
        Block block = blocks.computeIfAbsent(key, absent -> new Block(row.table()));
        bufferedBytes += block.add(source, row);
        if (block.rows() >= config.maxBlockRows()) {
            insert(key);
        }
    }

    /** Inserts every block, also those that refusals make on the way. */
    private void insertAll() throws IOException, InterruptedException {
        while (!blocks.isEmpty()) {
            for (BlockKey key : List.copyOf(blocks.keySet())) {
                insert(key);
            }
        }
    }

    private void insert(BlockKey key) throws IOException, InterruptedException {
        Block block = blocks.remove(key);
        if (block != null) {
            bufferedBytes -= block.bytes();
            insert(block);
        }
    }

    private void insert(Block block) throws IOException, InterruptedException {
        if (!tablesChecked) {
            inserts.awaitTables();
            tablesChecked = true;
        }
        try {
            inserts.insert(block);
            rowsInserted.computeIfAbsent(block.table(), this::rowCounter).inc(block.rows());
        } catch (RefusedException e) {
            if (block.rows() > 1) {
                for (Block half : block.halves()) {
                    insert(half);
                }
            } else {
                reject(block, e);
            }
        }
    }

    private void reject(Block block, RefusedException refusal) throws IOException, InterruptedException {
        if (block.table() == Table.REJECTED_RECORDS) {
            throw new IOException("ClickHouse refuses to keep a rejected record: " + block, refusal);
        }
        LOG.warn("ClickHouse refused {}: {}", block, refusal.detail());
        rowsRefused.inc();
        RawRecord source = block.firstSource();
        add(
                source,
                RowMapper.refused(source, REFUSED_BY_CLICKHOUSE, block.table().view() + ": " + refusal.detail()));
    }
}
