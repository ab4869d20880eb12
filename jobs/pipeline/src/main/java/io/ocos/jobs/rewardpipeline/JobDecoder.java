package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.JobsMetrics;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.metering.domain.JobEvidence;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Records of {@code job-events} to what the rules use, PROGRESS included, which carries time; what cannot be read, or fails
 * J1, goes to a side output.
 */
@SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
final class JobDecoder extends ProcessFunction<RawRecord, JobRecord> {

    private static final long serialVersionUID = 1;

    private final OutputTag<RejectedRecord> rejected;
    private transient Counter refused;

    JobDecoder(OutputTag<RejectedRecord> rejected) {
        this.rejected = rejected;
    }

    @Override
    public void open(OpenContext context) {
        refused = getRuntimeContext().getMetricGroup().counter(JobsMetrics.PIPELINE_REJECTED);
    }

    @Override
    public void processElement(RawRecord record, Context context, Collector<JobRecord> out) {
        byte[] value = record.value();
        try {
            if (value == null) {
                throw new MalformedRecordException(Rejects.NO_VALUE, "a record without value, expected an Avro record");
            }
            out.collect(decoded(RecordCodec.decode(value, JobEvent.class), record));
        } catch (MalformedRecordException e) {
            refused.inc();
            context.output(rejected, Rejects.of(record, e.reason(), e.detail()));
        }
    }

    /**
     * The record of an event.
     *
     * @throws MalformedRecordException when a time is negative, or J1 fails
     */
    private static JobRecord decoded(JobEvent event, RawRecord source) throws MalformedRecordException {
        if (event.getAt() < 0 || event.getRecordedAt() < 0) {
            throw new MalformedRecordException(
                    Rejects.OUT_OF_RANGE,
                    "at %d, recordedAt %d, expected none below 0".formatted(event.getAt(), event.getRecordedAt()));
        }
        if (event.getType() != JobEventType.PROGRESS && !JobEvidence.isTimely(event.getAt(), event.getRecordedAt())) {
            throw new MalformedRecordException(
                    "J1",
                    "recorded %d ms after it happened, expected 0 … %d"
                            .formatted(event.getRecordedAt() - event.getAt(), JobEvidence.MAX_DELAY_MILLIS));
        }
        return JobRecord.of(event, source);
    }
}
