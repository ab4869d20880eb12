package io.ocos.jobs.registry;

import static org.apache.flink.cdc.connectors.base.utils.SourceRecordUtils.isDataChangeRecord;
import static org.apache.flink.cdc.connectors.base.utils.SourceRecordUtils.isHeartbeatEvent;

import io.debezium.connector.postgresql.PostgresOffsetContext;
import io.debezium.connector.postgresql.SourceInfo;
import io.ocos.schemas.avro.RegistryChange;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.cdc.connectors.base.source.meta.offset.OffsetFactory;
import org.apache.flink.cdc.connectors.base.source.meta.split.SourceSplitState;
import org.apache.flink.cdc.connectors.base.source.metrics.SourceReaderMetrics;
import org.apache.flink.cdc.connectors.base.source.reader.IncrementalSourceRecordEmitter;
import org.apache.flink.cdc.debezium.DebeziumDeserializationSchema;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Hands records on and remembers where the stream is: always the end of a transaction. The connector would remember the position of
 * the last change, from which a transaction cannot be taken up again exactly: rows of one {@code COPY} share a position, and of two
 * transactions at a time the one that ends later may have begun earlier.
 */
final class CommittedPositionEmitter extends IncrementalSourceRecordEmitter<RegistryChange> {

    CommittedPositionEmitter(
            DebeziumDeserializationSchema<RegistryChange> decoder, SourceReaderMetrics metrics, OffsetFactory offsets) {
        super(decoder, metrics, false, offsets);
    }

    @Override
    protected void processElement(SourceRecord record, SourceOutput<RegistryChange> output, SourceSplitState split)
            throws Exception {
        boolean change = isDataChangeRecord(record);
        if (!split.isStreamSplitState() || !(change || isHeartbeatEvent(record))) {
            super.processElement(record, output, split);
            return;
        }
        // Absent until the first transaction since the (re)start has ended: until then the stream is where it began.
        Object committed = record.sourceOffset().get(PostgresOffsetContext.LAST_COMMIT_LSN_KEY);
        if (committed instanceof Number lsn) {
            Object time = record.sourceOffset().get(SourceInfo.TIMESTAMP_USEC_KEY);
            split.asStreamSplitState()
                    .setStartingOffset(RegistryDialect.position(
                            lsn.longValue(), time instanceof Number micros ? micros.longValue() : 0));
        }
        if (change) {
            reportMetrics(record);
            emitElement(record, output);
        }
    }
}
