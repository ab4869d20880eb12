package io.ocos.jobs.flink;

import io.ocos.schemas.domain.Address;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** An address as its 20 bytes. */
public final class AddressSerializer extends ValueSerializer<Address> {

    private static final long serialVersionUID = 1;

    public static final AddressSerializer INSTANCE = new AddressSerializer();

    /** Addresses as keys. */
    public static final TypeInformation<Address> KEY_TYPE = ValueTypeInfo.ofKey(Address.class, INSTANCE);

    @Override
    public Address createInstance() {
        return Address.ZERO;
    }

    @Override
    public int getLength() {
        return Address.BYTES;
    }

    @Override
    public void serialize(Address value, DataOutputView target) throws IOException {
        target.writeLong(value.high());
        target.writeLong(value.middle());
        target.writeInt(value.low());
    }

    @Override
    public Address deserialize(DataInputView source) throws IOException {
        return new Address(source.readLong(), source.readLong(), source.readInt());
    }

    @Override
    public TypeSerializerSnapshot<Address> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Version 1 of the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Address> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
