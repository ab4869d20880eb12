package io.ocos.jobs.settlement;

import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.EpochClosing;
import io.ocos.rewardssettlement.domain.LedgerShard;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.io.AvroValues;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Puts the blocks of a batch together: tree, artifact, records. The artifact is in the store before the record is handed on;
 * a repetition after a restart writes the same.
 */
final class BatchMaker extends KeyedProcessFunction<Long, LedgerBlock, SettlementBatch> {

    private static final long serialVersionUID = 1;

    static final String BLOCKS_STATE = "blocks";
    static final String COUNT_STATE = "count";

    private final ArtifactStore store;

    private transient MapState<Integer, LedgerBlock> blocks;
    private transient ValueState<Integer> count;

    BatchMaker(ArtifactStore store) {
        this.store = store;
    }

    @Override
    public void open(OpenContext context) {
        blocks = getRuntimeContext()
                .getMapState(
                        new MapStateDescriptor<>(BLOCKS_STATE, IntSerializer.INSTANCE, LedgerBlockSerializer.INSTANCE));
        count = getRuntimeContext().getState(new ValueStateDescriptor<>(COUNT_STATE, IntSerializer.INSTANCE));
    }

    @Override
    public void processElement(LedgerBlock block, Context context, Collector<SettlementBatch> out) throws Exception {
        Integer before = count.value();
        int now = before == null ? 1 : before + 1;
        blocks.put(block.shard(), block);
        count.update(now);
        if (now < LedgerShard.COUNT) {
            return;
        }
        byte[][] lines = new byte[LedgerShard.COUNT][];
        for (LedgerBlock each : blocks.values()) {
            lines[each.shard()] = each.lines();
        }
        blocks.clear();
        count.clear();
        make(block.closing(), BatchLines.of(Arrays.asList(lines)), out);
    }

    private void make(EpochClosing closing, BatchLines lines, Collector<SettlementBatch> out) throws IOException {
        Batch batch = new Batch(closing.number(), closing.epoch(), lines);
        Batch.ArtifactId artifact = store.write(batch);
        out.collect(new SettlementBatch(
                closing.number(),
                closing.epoch(),
                closing.fromMinute(),
                closing.toMinute(),
                AvroValues.avro(batch.root()),
                AvroValues.avro(batch.cumulativeTotal()),
                AvroValues.avro(batch.delta()),
                (long) lines.size(),
                IntStream.range(0, lines.size()).filter(lines::hasRisen).count(),
                artifact.cid(),
                AvroValues.avro(artifact.digest()),
                artifact.bytes()));
    }
}
