package io.ocos.jobs.flink;

import java.io.IOException;
import java.io.Serializable;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.util.InstantiationUtil;
import org.jspecify.annotations.Nullable;

/**
 * A serializer by a hand-written format: what flows on hot edges and lies in state.
 *
 * @param <T> an immutable type
 */
public final class FormatSerializer<T> extends ValueSerializer<T> {

    private static final long serialVersionUID = 1;

    /**
     * How values are written. A public class with a public constructor without parameters, whose name is part of the layout
     * of state. A format that lies in state begins with a byte that names the layout, and reads every layout it ever wrote;
     * it normalises what it reads and never refuses it.
     *
     * @param <T> an immutable type
     */
    public interface Format<T> extends Serializable {

        void write(T value, DataOutputView target) throws IOException;

        T read(DataInputView source) throws IOException;
    }

    private final Format<T> format;

    private FormatSerializer(Format<T> format) {
        this.format = format;
    }

    /** The Flink type of values with a format; never a key. */
    public static <T> TypeInformation<T> typeOf(Class<T> type, Format<T> format) {
        return ValueTypeInfo.of(type, new FormatSerializer<>(format));
    }

    /** Null: nothing is ever read into an instance. */
    @Override
    public @Nullable T createInstance() {
        return null;
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
    public boolean equals(@Nullable Object other) {
        return other instanceof FormatSerializer<?> that && format.getClass().equals(that.format.getClass());
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
        public FormatSerializer<T> restoreSerializer() {
            return new FormatSerializer<>(format());
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
