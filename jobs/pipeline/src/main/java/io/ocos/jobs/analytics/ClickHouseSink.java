package io.ocos.jobs.analytics;

import java.io.IOException;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/**
 * Writes rows at least once: everything that came before a checkpoint is in ClickHouse when the checkpoint completes. That
 * a row is seen once is the tables' matter: a repeated row replaces itself.
 */
final class ClickHouseSink implements Sink<DecodedRecord> {

    private static final long serialVersionUID = 1;

    private final ClickHouseSinkConfig config;

    ClickHouseSink(ClickHouseSinkConfig config) {
        this.config = config;
    }

    @Override
    public SinkWriter<DecodedRecord> createWriter(WriterInitContext context) throws IOException {
        ClickHouseInserts inserts = new ClickHouseInserts(config, context.metricGroup());
        return new ClickHouseWriter(config, inserts, context.getProcessingTimeService(), context.metricGroup());
    }

    @Override
    @Deprecated // in the interface; Flink 1.20 calls the other one
    public SinkWriter<DecodedRecord> createWriter(InitContext context) {
        throw new UnsupportedOperationException("this sink needs Flink 1.19 or newer");
    }
}
