package io.ocos.jobs.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.typeutils.TypeComparator;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.core.memory.MemorySegmentFactory;

class UnsignedBytesPropertyTest {

    private static final int NORMALIZED_BYTES = 4;

    /** Short, and of few values, so that many begin alike. */
    @Provide
    Arbitrary<byte[]> keys() {
        return Arbitraries.of((byte) 0, (byte) 1, (byte) 0x7f, (byte) 0x80, (byte) 0xff)
                .array(byte[].class)
                .ofMaxSize(6);
    }

    @Property(tries = 500)
    void everyWayToCompareIsTheOrder(
            @ForAll("keys") byte[] first, @ForAll("keys") byte[] second, @ForAll boolean ascending) throws Exception {
        TypeComparator<byte[]> comparator = UnsignedBytes.TYPE.createComparator(ascending, new ExecutionConfig());
        int expected = sign(ascending, Arrays.compareUnsigned(first, second));

        assertThat(Integer.signum(comparator.compare(first, second))).isEqualTo(expected);
        assertThat(Integer.signum(comparator.compareSerialized(serialized(first), serialized(second))))
                .isEqualTo(expected);
        comparator.setReference(first);
        TypeComparator<byte[]> other = comparator.duplicate();
        other.setReference(second);
        assertThat(Integer.signum(other.compareToReference(comparator))).isEqualTo(expected);
        assertThat(comparator.equalToReference(second)).isEqualTo(expected == 0);
    }

    @Property(tries = 500)
    void normalizedKeysNeverContradictTheOrder(@ForAll("keys") byte[] first, @ForAll("keys") byte[] second) {
        TypeComparator<byte[]> comparator = UnsignedBytes.TYPE.createComparator(true, new ExecutionConfig());
        MemorySegment segment = MemorySegmentFactory.wrap(new byte[] {9, 9, 9, 9, 9, 9, 9, 9, 9, 9});
        comparator.putNormalizedKey(first, segment, 1, NORMALIZED_BYTES);
        comparator.putNormalizedKey(second, segment, 1 + NORMALIZED_BYTES, NORMALIZED_BYTES);

        int byPrefix = Integer.signum(segment.compare(segment, 1, 1 + NORMALIZED_BYTES, NORMALIZED_BYTES));

        assertThat(byPrefix).isIn(0, Integer.signum(Arrays.compareUnsigned(first, second)));
        assertThat(comparator.isNormalizedKeyPrefixOnly(NORMALIZED_BYTES)).isTrue();
        assertThat(comparator.invertNormalizedKey()).isFalse();
        assertThat(new byte[] {segment.get(0), segment.get(1 + 2 * NORMALIZED_BYTES)})
                .containsExactly(9, 9);
    }

    private static int sign(boolean ascending, int order) {
        return ascending ? Integer.signum(order) : -Integer.signum(order);
    }

    private static DataInputDeserializer serialized(byte[] value) throws Exception {
        DataOutputSerializer out = new DataOutputSerializer(16);
        UnsignedBytes.TYPE
                .createSerializer(new ExecutionConfig().getSerializerConfig())
                .serialize(value, out);
        return new DataInputDeserializer(out.getCopyOfBuffer());
    }
}
