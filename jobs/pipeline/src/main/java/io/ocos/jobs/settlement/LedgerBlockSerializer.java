package io.ocos.jobs.settlement;

import io.ocos.jobs.flink.ValueSerializer;
import io.ocos.jobs.flink.ValueTypeInfo;
import io.ocos.rewardssettlement.domain.EpochClosing;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Closing, shard, packed lines with their length in front. */
final class LedgerBlockSerializer extends ValueSerializer<LedgerBlock> {

    private static final long serialVersionUID = 1;

    static final LedgerBlockSerializer INSTANCE = new LedgerBlockSerializer();
    static final TypeInformation<LedgerBlock> TYPE = ValueTypeInfo.of(LedgerBlock.class, INSTANCE);

    @Override
    public LedgerBlock createInstance() {
        return new LedgerBlock(EpochClosings.NONE, 0, new byte[0]);
    }

    @Override
    public void serialize(LedgerBlock value, DataOutputView target) throws IOException {
        EpochClosings.write(value.closing(), target);
        target.writeInt(value.shard());
        target.writeInt(value.lines().length);
        target.write(value.lines());
    }

    @Override
    public LedgerBlock deserialize(DataInputView source) throws IOException {
        EpochClosing closing = EpochClosings.read(source);
        int shard = source.readInt();
        byte[] lines = new byte[source.readInt()];
        source.readFully(lines);
        return new LedgerBlock(closing, shard, lines);
    }

    @Override
    public TypeSerializerSnapshot<LedgerBlock> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Version 1 of the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<LedgerBlock> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
