package io.ocos.jobs.settlement;

import io.ocos.jobs.flink.AddressSerializer;
import io.ocos.jobs.flink.ValueSerializer;
import io.ocos.jobs.flink.ValueTypeInfo;
import io.ocos.rewardssettlement.domain.EpochClosing;
import io.ocos.schemas.domain.Address;
import java.io.IOException;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.BigIntSerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Closing, shard, number of payees, and of each the payee and wei. */
final class RisesSerializer extends ValueSerializer<Rises> {

    private static final long serialVersionUID = 1;

    static final RisesSerializer INSTANCE = new RisesSerializer();
    static final TypeInformation<Rises> TYPE = ValueTypeInfo.of(Rises.class, INSTANCE);

    @Override
    public Rises createInstance() {
        return new Rises(EpochClosings.NONE, 0, Map.of());
    }

    @Override
    public void serialize(Rises value, DataOutputView target) throws IOException {
        EpochClosings.write(value.closing(), target);
        target.writeInt(value.shard());
        target.writeInt(value.amounts().size());
        for (Map.Entry<Address, BigInteger> rise : value.amounts().entrySet()) {
            AddressSerializer.INSTANCE.serialize(rise.getKey(), target);
            BigIntSerializer.INSTANCE.serialize(rise.getValue(), target);
        }
    }

    @Override
    public Rises deserialize(DataInputView source) throws IOException {
        EpochClosing closing = EpochClosings.read(source);
        int shard = source.readInt();
        int payees = source.readInt();
        Map<Address, BigInteger> amounts = new HashMap<>((int) (payees / 0.75) + 1);
        for (int i = 0; i < payees; i++) {
            amounts.put(AddressSerializer.INSTANCE.deserialize(source), BigIntSerializer.INSTANCE.deserialize(source));
        }
        return new Rises(closing, shard, amounts);
    }

    @Override
    public TypeSerializerSnapshot<Rises> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Version 1 of the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Rises> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
