package io.ocos.jobs.analytics;

import io.ocos.jobs.flink.RawRecord;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * The graph of the AnalyticsJob: records, their rows, ClickHouse. Everything is one chain without a shuffle, so that each
 * subtask's inserts cover contiguous offsets of the partitions it reads.
 */
final class AnalyticsTopology {

    static final String SOURCE_UID = "analytics-source";
    static final String ROWS_UID = "analytics-rows";
    static final String CLICKHOUSE_UID = "analytics-clickhouse";

    private AnalyticsTopology() {}

    /** Connects records of any topics to a sink; the source's uid is {@link #SOURCE_UID}. */
    static void build(DataStream<RawRecord> records, Sink<DecodedRecord> clickHouse) {
        records.map(DecodedRecord::of)
                .returns(DecodedRecord.class)
                .name("rows")
                .uid(ROWS_UID)
                .sinkTo(clickHouse)
                .name("ClickHouse")
                .uid(CLICKHOUSE_UID);
    }
}
