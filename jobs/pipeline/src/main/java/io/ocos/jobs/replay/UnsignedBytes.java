package io.ocos.jobs.replay;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.AtomicType;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeComparator;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.core.memory.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Bytes in the order of SPEC 1: unsigned, a beginning before what it begins. Flink's own type of byte arrays has signed bytes,
 * and no normalized keys: its sorter would read both whole rows for each comparison.
 */
final class UnsignedBytes extends TypeInformation<byte[]> implements AtomicType<byte[]> {

    private static final long serialVersionUID = 1;

    static final UnsignedBytes TYPE = new UnsignedBytes();

    private static final BytePrimitiveArraySerializer SERIALIZER = BytePrimitiveArraySerializer.INSTANCE;

    private UnsignedBytes() {}

    @Override
    public TypeComparator<byte[]> createComparator(boolean ascending, ExecutionConfig config) {
        return new Order(ascending);
    }

    @Override
    public TypeSerializer<byte[]> createSerializer(SerializerConfig config) {
        return SERIALIZER;
    }

    @Override
    @Deprecated // in the base class; still abstract there
    public TypeSerializer<byte[]> createSerializer(ExecutionConfig config) {
        return SERIALIZER;
    }

    @Override
    public Class<byte[]> getTypeClass() {
        return byte[].class;
    }

    @Override
    public boolean isBasicType() {
        return false;
    }

    @Override
    public boolean isTupleType() {
        return false;
    }

    /** That it may be sorted by; streams are not keyed by it. */
    @Override
    public boolean isKeyType() {
        return true;
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
        return other instanceof UnsignedBytes;
    }

    @Override
    public int hashCode() {
        return UnsignedBytes.class.hashCode();
    }

    @Override
    public boolean canEqual(Object other) {
        return other instanceof UnsignedBytes;
    }

    @Override
    public String toString() {
        return "UnsignedBytes";
    }

    /** The order, forwards or backwards. */
    private static final class Order extends TypeComparator<byte[]> {

        private static final long serialVersionUID = 1;
        private static final byte[] NONE = {};

        private final boolean ascending;
        private transient byte[] reference = NONE;

        Order(boolean ascending) {
            this.ascending = ascending;
        }

        @Override
        public int hash(byte[] record) {
            return Arrays.hashCode(record);
        }

        @Override
        public void setReference(byte[] toCompare) {
            reference = toCompare;
        }

        @Override
        public boolean equalToReference(byte[] candidate) {
            return Arrays.equals(candidate, reference);
        }

        @Override
        public int compareToReference(TypeComparator<byte[]> other) {
            return compare(((Order) other).reference, reference);
        }

        @Override
        public int compare(byte[] first, byte[] second) {
            int order = Arrays.compareUnsigned(first, second);
            return ascending ? order : -order;
        }

        @Override
        public int compareSerialized(DataInputView first, DataInputView second) throws IOException {
            return compare(SERIALIZER.deserialize(first), SERIALIZER.deserialize(second));
        }

        @Override
        public boolean supportsNormalizedKey() {
            return true;
        }

        /** As long as it can be had: keys have no length that is theirs. */
        @Override
        public int getNormalizeKeyLen() {
            return Integer.MAX_VALUE;
        }

        /** Always: a key and the same with zeros behind it look alike. */
        @Override
        public boolean isNormalizedKeyPrefixOnly(int keyBytes) {
            return true;
        }

        @Override
        public void putNormalizedKey(byte[] record, MemorySegment target, int offset, int numBytes) {
            int length = Math.min(record.length, numBytes);
            target.put(offset, record, 0, length);
            for (int i = length; i < numBytes; i++) {
                target.put(offset + i, (byte) 0);
            }
        }

        @Override
        public boolean invertNormalizedKey() {
            return !ascending;
        }

        @Override
        public boolean supportsSerializationWithKeyNormalization() {
            return false;
        }

        @Override
        public void writeWithKeyNormalization(byte[] record, DataOutputView target) {
            throw new UnsupportedOperationException("keys are not written normalized");
        }

        @Override
        public byte[] readWithKeyDenormalization(byte[] reuse, DataInputView source) {
            throw new UnsupportedOperationException("keys are not written normalized");
        }

        @Override
        public TypeComparator<byte[]> duplicate() {
            return new Order(ascending);
        }

        @Override
        public int extractKeys(Object record, Object[] target, int index) {
            target[index] = record;
            return 1;
        }

        /** Itself, as two: Flink's sorter holds 8 bytes of a normalized key for each, and 8 are just the minute. */
        @Override
        public TypeComparator<?>[] getFlatComparators() {
            return new TypeComparator<?>[] {this, this};
        }
    }
}
