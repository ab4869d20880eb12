package io.ocos.schemas.io;

import io.ocos.schemas.avro.Bytes20;
import io.ocos.schemas.avro.Bytes32;
import io.ocos.schemas.avro.Uint256;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.nio.ByteBuffer;

/** Conversions between the value types and the fixed types of the Avro records. */
public final class AvroValues {

    private AvroValues() {}

    public static Bytes20 avro(Address address) {
        return new Bytes20(address.toBytes());
    }

    public static Bytes32 avro(Hash32 value) {
        return new Bytes32(value.toBytes());
    }

    public static Uint256 avro(TokenAmount amount) {
        return new Uint256(amount.toBytes());
    }

    public static Address address(Bytes20 bytes) {
        return Address.of(bytes.bytes());
    }

    public static Hash32 hash32(Bytes32 bytes) {
        return Hash32.of(bytes.bytes());
    }

    public static TokenAmount amount(Uint256 bytes) {
        return TokenAmount.of(bytes.bytes());
    }

    /** A copy of the remaining bytes; the buffer's position stays. */
    public static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
