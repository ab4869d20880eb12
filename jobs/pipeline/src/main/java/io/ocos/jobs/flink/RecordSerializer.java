package io.ocos.jobs.flink;

import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import java.io.IOException;
import java.util.Objects;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.util.InstantiationUtil;
import org.jspecify.annotations.Nullable;

/**
 * An Avro record as it lies in a topic ({@link RecordCodec}), its length in front. Each value carries the fingerprint of its
 * writer's schema, so state of earlier versions stays readable.
 *
 * @param <T> the record type
 */
public final class RecordSerializer<T extends SpecificRecord> extends ValueSerializer<T> {

    private static final long serialVersionUID = 1;

    private final Class<T> type;

    RecordSerializer(Class<T> type) {
        this.type = type;
    }

    /** Null: nothing is ever read into an instance. */
    @Override
    public @Nullable T createInstance() {
        return null;
    }

    @Override
    public void serialize(T value, DataOutputView target) throws IOException {
        byte[] bytes = RecordCodec.encode(value);
        target.writeInt(bytes.length);
        target.write(bytes);
    }

    @Override
    public T deserialize(DataInputView source) throws IOException {
        byte[] bytes = new byte[source.readInt()];
        source.readFully(bytes);
        try {
            return RecordCodec.decode(bytes, type);
        } catch (MalformedRecordException e) {
            throw new IOException("no %s in state or network: %s".formatted(type.getSimpleName(), e.detail()), e);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RecordSerializer<?> that && type.equals(that.type);
    }

    @Override
    public int hashCode() {
        return type.hashCode();
    }

    @Override
    public TypeSerializerSnapshot<T> snapshotConfiguration() {
        return new Snapshot<>(type);
    }

    /** Version 1: the name of the record's class. */
    public static final class Snapshot<T extends SpecificRecord> implements TypeSerializerSnapshot<T> {

        private @Nullable Class<T> type;

        /** For Flink, which calls {@link #readSnapshot} next. */
        public Snapshot() {}

        private Snapshot(Class<T> type) {
            this.type = type;
        }

        @Override
        public int getCurrentVersion() {
            return 1;
        }

        @Override
        public void writeSnapshot(DataOutputView out) throws IOException {
            out.writeUTF(type().getName());
        }

        @Override
        public void readSnapshot(int version, DataInputView in, ClassLoader classLoader) throws IOException {
            type = InstantiationUtil.resolveClassByName(in, classLoader, SpecificRecord.class);
        }

        @Override
        public RecordSerializer<T> restoreSerializer() {
            return new RecordSerializer<>(type());
        }

        @Override
        public TypeSerializerSchemaCompatibility<T> resolveSchemaCompatibility(TypeSerializerSnapshot<T> old) {
            return old instanceof Snapshot<T> that && type().equals(that.type)
                    ? TypeSerializerSchemaCompatibility.compatibleAsIs()
                    : TypeSerializerSchemaCompatibility.incompatible();
        }

        private Class<T> type() {
            return Objects.requireNonNull(type, "readSnapshot comes first");
        }
    }
}
