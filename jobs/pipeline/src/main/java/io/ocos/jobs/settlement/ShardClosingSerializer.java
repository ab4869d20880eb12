package io.ocos.jobs.settlement;

import io.ocos.jobs.flink.ValueSerializer;
import io.ocos.jobs.flink.ValueTypeInfo;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Closing, shard, number of rewards. */
final class ShardClosingSerializer extends ValueSerializer<ShardClosing> {

    private static final long serialVersionUID = 1;

    static final ShardClosingSerializer INSTANCE = new ShardClosingSerializer();
    static final TypeInformation<ShardClosing> TYPE = ValueTypeInfo.of(ShardClosing.class, INSTANCE);

    @Override
    public ShardClosing createInstance() {
        return new ShardClosing(EpochClosings.NONE, 0, 0);
    }

    @Override
    public void serialize(ShardClosing value, DataOutputView target) throws IOException {
        EpochClosings.write(value.closing(), target);
        target.writeInt(value.shard());
        target.writeLong(value.payingRewards());
    }

    @Override
    public ShardClosing deserialize(DataInputView source) throws IOException {
        return new ShardClosing(EpochClosings.read(source), source.readInt(), source.readLong());
    }

    @Override
    public TypeSerializerSnapshot<ShardClosing> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Version 1 of the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<ShardClosing> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
