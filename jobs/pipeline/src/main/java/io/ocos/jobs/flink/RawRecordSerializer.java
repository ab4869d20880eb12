package io.ocos.jobs.flink;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/** Topic, partition, offset, timestamp, key, value; arrays with their length in front, -1 for null. */
public final class RawRecordSerializer extends ValueSerializer<RawRecord> {

    private static final long serialVersionUID = 1;

    public static final RawRecordSerializer INSTANCE = new RawRecordSerializer();

    private static final RawRecord EMPTY = new RawRecord("", 0, 0, 0, null, null);

    @Override
    public RawRecord createInstance() {
        return EMPTY;
    }

    @Override
    public void serialize(RawRecord value, DataOutputView target) throws IOException {
        target.writeUTF(value.topic());
        target.writeInt(value.partition());
        target.writeLong(value.offset());
        target.writeLong(value.timestamp());
        writeBytes(value.key(), target);
        writeBytes(value.value(), target);
    }

    @Override
    public RawRecord deserialize(DataInputView source) throws IOException {
        return new RawRecord(
                source.readUTF(),
                source.readInt(),
                source.readLong(),
                source.readLong(),
                readBytes(source),
                readBytes(source));
    }

    @Override
    public TypeSerializerSnapshot<RawRecord> snapshotConfiguration() {
        return new Snapshot();
    }

    private static void writeBytes(byte @Nullable [] bytes, DataOutputView target) throws IOException {
        if (bytes == null) {
            target.writeInt(-1);
        } else {
            target.writeInt(bytes.length);
            target.write(bytes);
        }
    }

    private static byte @Nullable [] readBytes(DataInputView source) throws IOException {
        int length = source.readInt();
        if (length < 0) {
            return null;
        }
        byte[] bytes = new byte[length];
        source.readFully(bytes);
        return bytes;
    }

    /** Version 1 of the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<RawRecord> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
