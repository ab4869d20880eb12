package io.ocos.jobs.flink;

import io.ocos.schemas.domain.Hash32;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** A 32-byte value as its bytes. */
public final class Hash32Serializer extends ValueSerializer<Hash32> {

    private static final long serialVersionUID = 1;

    public static final Hash32Serializer INSTANCE = new Hash32Serializer();

    /** 32-byte values as keys. */
    public static final TypeInformation<Hash32> KEY_TYPE = ValueTypeInfo.ofKey(Hash32.class, INSTANCE);

    @Override
    public Hash32 createInstance() {
        return Hash32.ZERO;
    }

    @Override
    public int getLength() {
        return Hash32.BYTES;
    }

    @Override
    public void serialize(Hash32 value, DataOutputView target) throws IOException {
        target.writeLong(value.a());
        target.writeLong(value.b());
        target.writeLong(value.c());
        target.writeLong(value.d());
    }

    @Override
    public Hash32 deserialize(DataInputView source) throws IOException {
        return new Hash32(source.readLong(), source.readLong(), source.readLong(), source.readLong());
    }

    @Override
    public TypeSerializerSnapshot<Hash32> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Version 1 of the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Hash32> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
