package io.ocos.jobs.usage;

import io.ocos.jobs.JobsMetrics;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.metering.domain.usage.AccountFact;
import io.ocos.schemas.avro.RegistryChange;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import java.util.Map;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * Changes of the registry to where nodes are, and, beside it, to what customers declare. Each holds from the time of its
 * commit; one that comes after its minute was closed is a correction.
 */
@SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
final class RegistryDecoder extends ProcessFunction<RawRecord, NodeFact> {

    private static final long serialVersionUID = 1;

    private static final String NODES = "nodes";
    private static final String CUSTOMERS = "customers";
    private static final String REGION = "region";
    private static final String DECLARED = "declared_storage_bytes";

    private final OutputTag<AccountFact> accounts;
    private transient Counter refused;

    RegistryDecoder(OutputTag<AccountFact> accounts) {
        this.accounts = accounts;
    }

    /** The registry holds back no minute: a database that is down must not stop what is metered. */
    static WatermarkStrategy<RawRecord> clock() {
        return context -> new WatermarkGenerator<>() {
            @Override
            public void onEvent(RawRecord record, long timestamp, WatermarkOutput output) {}

            @Override
            public void onPeriodicEmit(WatermarkOutput output) {
                output.emitWatermark(Watermark.MAX_WATERMARK);
            }
        };
    }

    @Override
    public void open(OpenContext context) {
        refused = getRuntimeContext().getMetricGroup().counter(JobsMetrics.USAGE_REJECTED);
    }

    @Override
    public void processElement(RawRecord record, Context context, Collector<NodeFact> out) {
        byte[] value = record.value();
        if (value == null) {
            return;
        }
        try {
            RegistryChange change = RecordCodec.decode(value, RegistryChange.class);
            @Nullable Map<String, String> after = change.getAfter();
            switch (change.getTable()) {
                case NODES ->
                    out.collect(new NodeFact.Placed(
                            Address.parse(change.getKey()),
                            change.getCommittedAt(),
                            change.getLsn(),
                            after == null ? "" : after.getOrDefault(REGION, "")));
                case CUSTOMERS ->
                    context.output(
                            accounts,
                            new AccountFact.Declaration(
                                    Address.parse(change.getKey()),
                                    change.getCommittedAt(),
                                    change.getLsn(),
                                    after == null || !after.containsKey(DECLARED)
                                            ? null
                                            : Long.valueOf(after.get(DECLARED))));
                default -> {
                    // Operators and maintenance windows have no part in usage; PROGRESS says nothing.
                }
            }
        } catch (MalformedRecordException | IllegalArgumentException e) {
            refused.inc(); // kept in rejected_records by the AnalyticsJob, which reads the same topic
        }
    }
}
