package io.ocos.jobs.registry;

import io.ocos.jobs.JobsMetrics;
import io.ocos.jobs.flink.JobHaltedException;
import io.ocos.schemas.avro.RegistryChange;
import io.ocos.schemas.avro.RegistryOperation;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Each change once, whatever the source repeats, and a word when it has left something out: heartbeats are counted in the database,
 * so each must follow on the one before. Keyed by row; one task, as the order of commits is kept.
 */
@SuppressWarnings("NullAway.Init") // initializeState and open do; Flink calls them first
final class ChangeSequence extends KeyedProcessFunction<String, RegistryChange, RegistryChange>
        implements CheckpointedFunction {

    private static final long serialVersionUID = 1;

    static final String LSN_STATE = "lsn";
    static final String BEAT_STATE = "beat";
    static final String GENERATION_STATE = "generation";

    private final ReplicationSlot slot;
    private final long heartbeatMillis;

    private transient ValueState<Long> lastLsn;
    private transient ValueState<Long> lastBeat;
    private transient ListState<Long> generationState;
    private transient long generation;
    private transient @Nullable HeartbeatWriter heartbeats;
    private transient Counter repeated;

    ChangeSequence(ReplicationSlot slot, long heartbeatMillis) {
        this.slot = slot;
        this.heartbeatMillis = heartbeatMillis;
    }

    /** Which row a change is of. */
    static String row(RegistryChange change) {
        return change.getTable() + "/" + change.getKey();
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        generationState =
                context.getOperatorStateStore().getListState(new ListStateDescriptor<>(GENERATION_STATE, Types.LONG));
        generation = System.currentTimeMillis();
        for (long restored : generationState.get()) {
            generation = restored;
        }
        lastLsn = context.getKeyedStateStore().getState(new ValueStateDescriptor<>(LSN_STATE, Types.LONG));
        lastBeat = context.getKeyedStateStore().getState(new ValueStateDescriptor<>(BEAT_STATE, Types.LONG));
    }

    @Override
    public void open(OpenContext context) {
        repeated = getRuntimeContext().getMetricGroup().counter(JobsMetrics.REGISTRY_REPEATED);
        Counter failed = getRuntimeContext().getMetricGroup().counter(JobsMetrics.REGISTRY_HEARTBEATS_FAILED);
        heartbeats = HeartbeatWriter.start(slot.database(), heartbeatMillis, failed::inc);
    }

    @Override
    public void close() {
        if (heartbeats != null) {
            heartbeats.close();
        }
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        generationState.clear();
        generationState.add(generation);
    }

    @Override
    public void processElement(RegistryChange change, Context context, Collector<RegistryChange> out) throws Exception {
        Long last = lastLsn.value();
        if (last != null && change.getLsn() <= last) {
            repeated.inc();
            return;
        }
        lastLsn.update(change.getLsn());
        if (change.getTable().isEmpty()) {
            follow(change);
        }
        if (change.getOperation() == RegistryOperation.PROGRESS) {
            out.collect(RegistryChange.newBuilder()
                    .setOperation(RegistryOperation.PROGRESS)
                    .setTable("")
                    .setKey("")
                    .setCommittedAt(change.getCommittedAt())
                    .setLsn(change.getLsn())
                    .setTransaction(change.getTransaction())
                    .setGeneration(generation)
                    .build());
        } else if (!change.getTable().isEmpty()) {
            change.setGeneration(generation);
            out.collect(change);
        }
    }

    private void follow(RegistryChange heartbeat) throws Exception {
        Long last = lastBeat.value();
        Map<String, String> before = heartbeat.getBefore();
        if (last != null && before != null && beat(before) != last) {
            throw slot.lost("went on at heartbeat %d after %d".formatted(beat(before), last));
        }
        if (heartbeat.getAfter() == null) {
            throw new JobHaltedException(
                    "the row of registry.heartbeat was deleted: insert it again with beat %s".formatted(last));
        }
        lastBeat.update(beat(heartbeat.getAfter()));
    }

    private static long beat(Map<String, String> row) {
        return Long.parseLong(Objects.requireNonNull(row.get(ChangeDecoder.BEAT), ChangeDecoder.BEAT));
    }
}
