package io.ocos.jobs.usage;

import io.ocos.jobs.JobsMetrics;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.rewardpipeline.ChainRecord;
import io.ocos.metering.domain.usage.AccountFact;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import java.util.Optional;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Records of {@code chain-events} to jobs and parameters, and, beside them, to facts of accounts. What only this job uses and
 * cannot read goes to a side output; the rest the RewardPipelineJob refuses and keeps.
 */
@SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
final class UsageChainDecoder extends ProcessFunction<RawRecord, ChainRecord> {

    private static final long serialVersionUID = 1;

    private final OutputTag<AccountFact> accounts;
    private final OutputTag<RejectedRecord> rejected;
    private transient Counter refused;

    UsageChainDecoder(OutputTag<AccountFact> accounts, OutputTag<RejectedRecord> rejected) {
        this.accounts = accounts;
        this.rejected = rejected;
    }

    @Override
    public void open(OpenContext context) {
        refused = getRuntimeContext().getMetricGroup().counter(JobsMetrics.USAGE_REJECTED);
    }

    @Override
    public void processElement(RawRecord record, Context context, Collector<ChainRecord> out) {
        byte[] value = record.value();
        if (value == null) {
            return;
        }
        ChainRecord chain;
        ChainEvent event;
        try {
            event = RecordCodec.decode(value, ChainEvent.class);
            chain = ChainRecord.of(event, record.offset());
        } catch (MalformedRecordException e) {
            return; // kept by the RewardPipelineJob
        }
        if (chain.fact() instanceof ChainFact.JobCreated || chain.fact() instanceof ChainFact.ParameterSet) {
            out.collect(chain);
            return;
        }
        try {
            Optional<AccountFact> fact = AccountFact.ofEvent(
                    event.getName(),
                    event.getArgs(),
                    Minutes.effective(event.getBlockTime()),
                    event.getBlockNumber(),
                    event.getLogIndex());
            fact.ifPresent(known -> context.output(accounts, known));
        } catch (IllegalArgumentException e) {
            refused.inc();
            context.output(
                    rejected,
                    UsageRejects.record(record, "UNREADABLE", "%s: %s".formatted(event.getName(), e.getMessage())));
        }
    }
}
