package io.ocos.jobs.usage;

import io.ocos.jobs.JobsMetrics;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.rewardpipeline.PresenceFilter;
import io.ocos.metering.domain.Acceptance;
import io.ocos.metering.domain.PayloadException;
import io.ocos.metering.domain.ReceivedEnvelope;
import io.ocos.metering.domain.TelemetryPayload;
import io.ocos.metering.domain.usage.UsageEntries;
import io.ocos.metering.io.TelemetryRecords;
import io.ocos.schemas.io.MalformedRecordException;
import java.util.Optional;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Records of {@code telemetry} to the usage in them. Whole records that are refused are only counted: the RewardPipelineJob
 * reads the same topic by the same rules and keeps them.
 */
@SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
final class UsageDecoder extends ProcessFunction<RawRecord, NodeFact> {

    private static final long serialVersionUID = 1;

    private final PresenceFilter filter;
    private transient Acceptance acceptance;
    private transient Counter entries;
    private transient Counter refused;

    UsageDecoder(PresenceFilter filter) {
        this.filter = filter;
    }

    @Override
    public void open(OpenContext context) {
        acceptance = filter.acceptance();
        entries = getRuntimeContext().getMetricGroup().counter(JobsMetrics.USAGE_ENTRIES);
        refused = getRuntimeContext().getMetricGroup().counter(JobsMetrics.USAGE_ENVELOPES_REFUSED);
    }

    @Override
    public void processElement(RawRecord record, Context context, Collector<NodeFact> out) {
        byte[] value = record.value();
        if (value == null) {
            return;
        }
        try {
            Optional<ReceivedEnvelope> received = TelemetryRecords.read(value);
            if (received.isEmpty()) {
                return;
            }
            ReceivedEnvelope envelope = received.get();
            UsageEntries usage = UsageEntries.of(
                    TelemetryPayload.read(envelope.envelope().payload()),
                    envelope.envelope().sentAt(),
                    record.partition(),
                    record.offset());
            if (usage.isEmpty()) {
                return;
            }
            // The signature last: most envelopes hold no usage, and are not worth its price a second time.
            if (acceptance.refusal(envelope.envelope(), envelope.receivedAt()).isPresent()) {
                refused.inc();
                return;
            }
            entries.inc(usage.jobs().size() + (long) usage.storage().size());
            out.collect(new NodeFact.Report(envelope.envelope().node(), usage));
        } catch (MalformedRecordException | PayloadException e) {
            refused.inc();
        }
    }
}
