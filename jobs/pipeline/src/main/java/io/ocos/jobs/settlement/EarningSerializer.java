package io.ocos.jobs.settlement;

import io.ocos.jobs.flink.AddressSerializer;
import io.ocos.jobs.flink.ValueSerializer;
import io.ocos.jobs.flink.ValueTypeInfo;
import io.ocos.rewardssettlement.domain.Earning;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Minute, payee, 32 bytes of wei. */
final class EarningSerializer extends ValueSerializer<Earning> {

    private static final long serialVersionUID = 1;

    static final EarningSerializer INSTANCE = new EarningSerializer();
    static final TypeInformation<Earning> TYPE = ValueTypeInfo.of(Earning.class, INSTANCE);

    @Override
    public Earning createInstance() {
        return new Earning(0, Address.ZERO, TokenAmount.ZERO);
    }

    @Override
    public void serialize(Earning value, DataOutputView target) throws IOException {
        target.writeLong(value.minute());
        AddressSerializer.INSTANCE.serialize(value.payee(), target);
        target.write(value.amount().toBytes());
    }

    @Override
    public Earning deserialize(DataInputView source) throws IOException {
        long minute = source.readLong();
        Address payee = AddressSerializer.INSTANCE.deserialize(source);
        byte[] amount = new byte[32];
        source.readFully(amount);
        return new Earning(minute, payee, TokenAmount.of(amount));
    }

    @Override
    public TypeSerializerSnapshot<Earning> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Version 1 of the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Earning> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
