package io.ocos.jobs.flink;

import io.ocos.jobs.flink.FormatSerializer.Format;
import java.io.IOException;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.util.InstantiationUtil;
import org.jspecify.annotations.Nullable;

/**
 * A serializer by a hand-written format, of objects that change in state: a copy is a new object, so that the heap backend can
 * write a checkpoint of an object while its operator goes on changing it. Never on edges between operators.
 *
 * @param <T> a mutable type
 */
public final class StateSerializer<T> extends TypeSerializer<T> {

    private static final long serialVersionUID = 1;

    private final Format<T> format;

    /** The serializer of a format. */
    public StateSerializer(Format<T> format) {
        this.format = format;
    }

    @Override
    public boolean isImmutableType() {
        return false;
    }

    /** Formats have no state of their own. */
    @Override
    public TypeSerializer<T> duplicate() {
        return this;
    }

    /** Null: nothing is ever read into an instance. */
    @Override
    public @Nullable T createInstance() {
        return null;
    }

    @Override
    public T copy(T value) {
        try {
            DataOutputSerializer written = new DataOutputSerializer(256);
            format.write(value, written);
            return format.read(new DataInputDeserializer(written.getSharedBuffer(), 0, written.length()));
        } catch (IOException e) {
            throw new IllegalStateException("memory can be written and read", e);
        }
    }

    @Override
    public T copy(T value, T reuse) {
        return copy(value);
    }

    @Override
    public int getLength() {
        return -1;
    }

    @Override
    public void serialize(T value, DataOutputView target) throws IOException {
        format.write(value, target);
    }

    @Override
    public T deserialize(DataInputView source) throws IOException {
        return format.read(source);
    }

    @Override
    public T deserialize(T reuse, DataInputView source) throws IOException {
        return format.read(source);
    }

    @Override
    public void copy(DataInputView source, DataOutputView target) throws IOException {
        format.write(format.read(source), target);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StateSerializer<?> that && format.getClass().equals(that.format.getClass());
    }

    @Override
    public int hashCode() {
        return format.getClass().hashCode();
    }

    @Override
    public TypeSerializerSnapshot<T> snapshotConfiguration() {
        return new Snapshot<>(format);
    }

    /** Version 1: the name of the format's class. */
    public static final class Snapshot<T> implements TypeSerializerSnapshot<T> {

        private @Nullable Format<T> format;

        /** For Flink, which calls {@link #readSnapshot} next. */
        public Snapshot() {}

        private Snapshot(Format<T> format) {
            this.format = format;
        }

        @Override
        public int getCurrentVersion() {
            return 1;
        }

        @Override
        public void writeSnapshot(DataOutputView out) throws IOException {
            out.writeUTF(format().getClass().getName());
        }

        @Override
        @SuppressWarnings("unchecked") // the name was written by a snapshot of the same type
        public void readSnapshot(int version, DataInputView in, ClassLoader classLoader) throws IOException {
            format = InstantiationUtil.instantiate(
                    InstantiationUtil.<Format<T>>resolveClassByName(in, classLoader, Format.class));
        }

        @Override
        public StateSerializer<T> restoreSerializer() {
            return new StateSerializer<>(format());
        }

        @Override
        public TypeSerializerSchemaCompatibility<T> resolveSchemaCompatibility(TypeSerializerSnapshot<T> old) {
            return old instanceof Snapshot<T> that
                            && format().getClass().equals(that.format().getClass())
                    ? TypeSerializerSchemaCompatibility.compatibleAsIs()
                    : TypeSerializerSchemaCompatibility.incompatible();
        }

        private Format<T> format() {
            return Objects.requireNonNull(format, "readSnapshot comes first");
        }
    }
}
