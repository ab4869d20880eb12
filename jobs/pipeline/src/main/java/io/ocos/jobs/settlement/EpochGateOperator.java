package io.ocos.jobs.settlement;

import io.ocos.jobs.JobsMetrics;
import io.ocos.rewardssettlement.domain.ContradictionException;
import io.ocos.rewardssettlement.domain.Earning;
import io.ocos.rewardssettlement.domain.EpochClosing;
import io.ocos.rewardssettlement.domain.EpochGate;
import io.ocos.rewardssettlement.domain.MinuteAnnouncement;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one task that sees all rewards and closed minutes, and tells the parts of the ledger of each epoch that is over
 * ({@link EpochGate}). When the two contradict each other, a stream makes no batch any more and raises an alarm (a failure
 * would be a restart loop: the records stay what they are); a replay ends.
 */
final class EpochGateOperator extends AbstractStreamOperator<ShardClosing>
        implements TwoInputStreamOperator<Earning, MinuteAnnouncement, ShardClosing>, BoundedMultiInput {

    private static final long serialVersionUID = 1;
    private static final Logger LOG = LoggerFactory.getLogger(EpochGateOperator.class);

    static final String GATE_STATE = "gate";
    static final String HALTED_STATE = "halted";

    private static final int INPUTS = 2;

    private final long epochMinutes;
    private final boolean bounded;

    private transient EpochGate gate;
    private transient boolean halted;
    private transient int endedInputs;
    private transient ListState<byte[]> gateState;
    private transient ListState<byte[]> haltedState;

    /**
     * The gate of a job.
     *
     * @param epochMinutes length of an epoch
     * @param bounded whether the inputs end, and closed minutes come in any order
     */
    @SuppressWarnings("NullAway.Init") // initializeState does; Flink calls it first
    EpochGateOperator(long epochMinutes, boolean bounded) {
        this.epochMinutes = epochMinutes;
        this.bounded = bounded;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        gateState = context.getOperatorStateStore()
                .getListState(new ListStateDescriptor<>(GATE_STATE, BytePrimitiveArraySerializer.INSTANCE));
        haltedState = context.getOperatorStateStore()
                .getListState(new ListStateDescriptor<>(HALTED_STATE, BytePrimitiveArraySerializer.INSTANCE));
        gate = new EpochGate(epochMinutes, bounded);
        for (byte[] written : gateState.get()) {
            gate = EpochGate.read(new DataInputStream(new ByteArrayInputStream(written)), epochMinutes, bounded);
        }
        halted = haltedState.get().iterator().hasNext();
    }

    @Override
    public void open() throws Exception {
        super.open();
        getMetricGroup().gauge(JobsMetrics.SETTLEMENT_HALTED, (Gauge<Integer>) () -> halted ? 1 : 0);
        getMetricGroup().gauge(JobsMetrics.SETTLEMENT_OPEN_MINUTES, (Gauge<Integer>) () -> gate.openMinutes());
        getMetricGroup().gauge(JobsMetrics.SETTLEMENT_LAST_BATCH, (Gauge<Long>) () -> gate.lastNumber());
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        gate.write(new DataOutputStream(written));
        gateState.clear();
        gateState.add(written.toByteArray());
        haltedState.clear();
        if (halted) {
            haltedState.add(new byte[0]);
        }
    }

    @Override
    public void processElement1(StreamRecord<Earning> element) throws ContradictionException {
        if (!halted) {
            try {
                gate.add(element.getValue(), this::send);
            } catch (ContradictionException e) {
                halt(e);
            }
        }
    }

    @Override
    public void processElement2(StreamRecord<MinuteAnnouncement> element) throws ContradictionException {
        if (!halted) {
            try {
                gate.announce(element.getValue(), this::send);
            } catch (ContradictionException e) {
                halt(e);
            }
        }
    }

    @Override
    public void endInput(int inputId) throws ContradictionException {
        endedInputs++;
        if (endedInputs == INPUTS) {
            gate.finish(this::send);
        }
    }

    private void halt(ContradictionException contradiction) throws ContradictionException {
        if (bounded) {
            throw contradiction;
        }
        halted = true;
        LOG.error(
                "no batch after number {}: {} (see docs/operations/settlement.md)",
                gate.lastNumber(),
                contradiction.getMessage());
    }

    private void send(EpochClosing closing, long[] payingRewards) {
        for (int shard = 0; shard < payingRewards.length; shard++) {
            output.collect(new StreamRecord<>(new ShardClosing(closing, shard, payingRewards[shard])));
        }
    }
}
