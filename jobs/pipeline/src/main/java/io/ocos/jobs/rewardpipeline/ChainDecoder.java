package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.JobsMetrics;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Records of {@code chain-events} to what the rules use; what cannot be read goes to a side output. */
@SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
final class ChainDecoder extends ProcessFunction<RawRecord, ChainRecord> {

    private static final long serialVersionUID = 1;

    private final OutputTag<RejectedRecord> rejected;
    private transient Counter refused;

    ChainDecoder(OutputTag<RejectedRecord> rejected) {
        this.rejected = rejected;
    }

    @Override
    public void open(OpenContext context) {
        refused = getRuntimeContext().getMetricGroup().counter(JobsMetrics.PIPELINE_REJECTED);
    }

    @Override
    public void processElement(RawRecord record, Context context, Collector<ChainRecord> out) {
        byte[] value = record.value();
        try {
            if (value == null) {
                throw new MalformedRecordException(Rejects.NO_VALUE, "a record without value, expected an Avro record");
            }
            out.collect(ChainRecord.of(RecordCodec.decode(value, ChainEvent.class), record.offset()));
        } catch (MalformedRecordException e) {
            refused.inc();
            context.output(rejected, Rejects.of(record, e.reason(), e.detail()));
        }
    }
}
