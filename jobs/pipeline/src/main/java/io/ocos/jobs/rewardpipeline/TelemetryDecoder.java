package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.JobsMetrics;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.rewardpipeline.domain.NodeFact;
import io.ocos.metering.domain.Acceptance;
import io.ocos.metering.domain.ReceivedEnvelope;
import io.ocos.metering.io.TelemetryRecords;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.io.MalformedRecordException;
import java.util.Optional;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Records of {@code telemetry} to presence; what is refused goes to a side output. */
@SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
final class TelemetryDecoder extends ProcessFunction<RawRecord, NodeFact> {

    private static final long serialVersionUID = 1;

    private final PresenceFilter filter;
    private final OutputTag<RejectedRecord> rejected;
    private transient Acceptance acceptance;
    private transient Counter notForUptime;
    private transient Counter refused;

    TelemetryDecoder(PresenceFilter filter, OutputTag<RejectedRecord> rejected) {
        this.filter = filter;
        this.rejected = rejected;
    }

    @Override
    public void open(OpenContext context) {
        acceptance = filter.acceptance();
        notForUptime = getRuntimeContext().getMetricGroup().counter(JobsMetrics.PIPELINE_NOT_FOR_UPTIME);
        refused = getRuntimeContext().getMetricGroup().counter(JobsMetrics.PIPELINE_REJECTED);
    }

    @Override
    public void processElement(RawRecord record, Context context, Collector<NodeFact> out) {
        byte[] value = record.value();
        if (value == null) {
            refuse(context, record, Rejects.NO_VALUE, "a record without value, expected an Avro record");
            return;
        }
        try {
            Optional<ReceivedEnvelope> received = TelemetryRecords.read(value);
            if (received.isPresent()) {
                judge(record, received.get(), context, out);
            }
        } catch (MalformedRecordException e) {
            refuse(context, record, e.reason(), e.detail());
        }
    }

    private void judge(RawRecord record, ReceivedEnvelope received, Context context, Collector<NodeFact> out) {
        PresenceFilter.Verdict verdict =
                PresenceFilter.verdict(acceptance, received, record.partition(), record.offset());
        Acceptance.Refusal refusal = verdict.refusal();
        NodeFact.Presence presence = verdict.presence();
        if (refusal != null) {
            refuse(context, record, refusal.rule().name(), refusal.detail());
        } else if (presence != null) {
            out.collect(presence);
        } else {
            notForUptime.inc();
        }
    }

    private void refuse(Context context, RawRecord record, String reason, String detail) {
        refused.inc();
        context.output(rejected, Rejects.of(record, reason, detail));
    }
}
