package io.ocos.jobs.flink;

import java.util.Objects;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.jspecify.annotations.Nullable;

/**
 * The type of an immutable value with a serializer of its own.
 *
 * @param <T> an immutable type
 */
public final class ValueTypeInfo<T> extends TypeInformation<T> {

    private static final long serialVersionUID = 1;

    private final Class<T> type;
    private final TypeSerializer<T> serializer;
    private final boolean key;

    private ValueTypeInfo(Class<T> type, TypeSerializer<T> serializer, boolean key) {
        this.type = type;
        this.serializer = serializer;
        this.key = key;
    }

    /** The type of a value that is no key. */
    public static <T> ValueTypeInfo<T> of(Class<T> type, ValueSerializer<T> serializer) {
        return new ValueTypeInfo<>(type, serializer, false);
    }

    /**
     * The type of a value by which streams may be keyed. Its {@code hashCode} is part of the layout of keyed state: it must
     * be a function of the content alone, the same in every JVM and version.
     */
    public static <T> ValueTypeInfo<T> ofKey(Class<T> type, ValueSerializer<T> serializer) {
        return new ValueTypeInfo<>(type, serializer, true);
    }

    @Override
    public TypeSerializer<T> createSerializer(SerializerConfig config) {
        return serializer;
    }

    @Override
    @Deprecated // in the base class; still abstract there
    public TypeSerializer<T> createSerializer(ExecutionConfig config) {
        return serializer;
    }

    @Override
    public Class<T> getTypeClass() {
        return type;
    }

    @Override
    public boolean isBasicType() {
        return false;
    }

    @Override
    public boolean isTupleType() {
        return false;
    }

    @Override
    public boolean isKeyType() {
        return key;
    }

    @Override
    public int getArity() {
        return 1;
    }

    @Override
    public int getTotalFields() {
        return 1;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ValueTypeInfo<?> that && type.equals(that.type) && serializer.equals(that.serializer);
    }

    @Override
    public int hashCode() {
        return Objects.hash(type, serializer);
    }

    @Override
    public boolean canEqual(Object other) {
        return other instanceof ValueTypeInfo;
    }

    @Override
    public String toString() {
        return type.getSimpleName();
    }
}
