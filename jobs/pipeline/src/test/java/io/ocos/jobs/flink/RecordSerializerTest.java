package io.ocos.jobs.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.io.AvroValues;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class RecordSerializerTest {

    private static final NodeMinute RECORD =
            new NodeMinute(29_000_000L, AvroValues.avro(new Address(1, -2, 3)), "AI", 6);

    private final TypeSerializer<NodeMinute> serializer =
            RecordTypeInfo.of(NodeMinute.class).createSerializer(new SerializerConfigImpl());

    @Test
    void recordsComeBackOneAfterTheOther() throws Exception {
        NodeMinute other = NodeMinute.newBuilder(RECORD).setSlots(0).build();
        DataOutputSerializer out = new DataOutputSerializer(16);
        serializer.serialize(RECORD, out);
        serializer.serialize(other, out);
        DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
        assertThat(serializer.deserialize(in)).isEqualTo(RECORD);
        assertThat(serializer.deserialize(in)).isEqualTo(other);
        assertThat(in.available()).isZero();
    }

    @Test
    void aSnapshotRestoresTheSerializerAndTellsRecordTypesApart() throws Exception {
        DataOutputSerializer out = new DataOutputSerializer(16);
        TypeSerializerSnapshot.writeVersionedSnapshot(out, serializer.snapshotConfiguration());
        TypeSerializerSnapshot<NodeMinute> restored = TypeSerializerSnapshot.readVersionedSnapshot(
                new DataInputDeserializer(out.getCopyOfBuffer()), getClass().getClassLoader());
        assertThat(restored.restoreSerializer()).isEqualTo(serializer);
        assertThat(serializer
                        .snapshotConfiguration()
                        .resolveSchemaCompatibility(restored)
                        .isCompatibleAsIs())
                .isTrue();
        assertThat(RecordTypeInfo.of(Reward.class).createSerializer(new SerializerConfigImpl()))
                .isNotEqualTo(serializer);
    }

    @Test
    void keysAreTheirBytes() throws Exception {
        Address address = new Address(0x0102030405060708L, -9, 7);
        Hash32 hash = new Hash32(1, -2, 3, Long.MIN_VALUE);
        DataOutputSerializer out = new DataOutputSerializer(16);
        AddressSerializer.INSTANCE.serialize(address, out);
        Hash32Serializer.INSTANCE.serialize(hash, out);
        byte[] bytes = out.getCopyOfBuffer();
        assertThat(bytes).hasSize(Address.BYTES + Hash32.BYTES);
        assertThat(Address.of(bytes, 0)).isEqualTo(address);
        assertThat(Hash32.of(bytes, Address.BYTES)).isEqualTo(hash);
        DataInputDeserializer in = new DataInputDeserializer(bytes);
        assertThat(AddressSerializer.INSTANCE.deserialize(in)).isEqualTo(address);
        assertThat(Hash32Serializer.INSTANCE.deserialize(in)).isEqualTo(hash);
    }

    /** The partitioning of streams, and with it the layout of state, hangs on these figures. */
    @Test
    void hashesOfKeysAreFixed() {
        assertThat(new Address(0x0102030405060708L, -9, 7)).hasSameHashCodeAs(320025099);
        assertThat(new Hash32(1, -2, 3, Long.MIN_VALUE)).hasSameHashCodeAs(-2147452803);
    }
}
