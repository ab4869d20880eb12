package io.ocos.metering.domain.usage;

import io.ocos.schemas.domain.Address;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.math.BigInteger;

/** The pieces of which written state is made. */
final class StateIo {

    private StateIo() {}

    /** The layout that every state has begun with so far. */
    static final int LAYOUT_1 = 1;

    static void expectLayout1(String what, DataInput in) throws IOException {
        int layout = in.readByte();
        if (layout != LAYOUT_1) {
            throw new IOException("%s with layout %d, which this software does not know: written by a newer one?"
                    .formatted(what, layout));
        }
    }

    static void write(Address value, DataOutput out) throws IOException {
        out.write(value.toBytes());
    }

    static Address address(DataInput in) throws IOException {
        byte[] bytes = new byte[Address.BYTES];
        in.readFully(bytes);
        return Address.of(bytes);
    }

    /** A number of less than 65 536 bytes, with its sign. */
    static void write(BigInteger value, DataOutput out) throws IOException {
        byte[] bytes = value.toByteArray();
        out.writeShort(bytes.length);
        out.write(bytes);
    }

    static BigInteger integer(DataInput in) throws IOException {
        byte[] bytes = new byte[in.readUnsignedShort()];
        in.readFully(bytes);
        return new BigInteger(bytes);
    }

    static void write(UsageCounters value, DataOutput out) throws IOException {
        out.writeLong(value.cpuMillis());
        out.writeLong(value.gpuMillis());
        out.writeLong(value.egressBytes());
    }

    static UsageCounters counters(DataInput in) throws IOException {
        return new UsageCounters(in.readLong(), in.readLong(), in.readLong());
    }
}
