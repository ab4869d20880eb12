package io.ocos.jobs.reference;

import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.Secp256k1Keys;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/** Rules E1 and E3 (SPEC 2.1, 3). */
final class ReferenceEnvelope {

    private ReferenceEnvelope() {}

    static boolean signed(SignedEnvelope envelope, long chainId, Address registry) {
        byte[] domain = Keccak.hash(
                ascii("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                Keccak.hash(ascii("OCOS Telemetry")),
                Keccak.hash(ascii("1")),
                word(chainId),
                word(registry));
        byte[] struct = Keccak.hash(
                ascii("TelemetryEnvelope(address node,uint64 sequence,uint64 sentAt,uint64 beaconBlock,"
                        + "bytes32 beaconHash,bytes32 payloadHash)"),
                word(AvroValues.address(envelope.getNode())),
                word(envelope.getSequence()),
                word(envelope.getSentAt()),
                word(envelope.getBeaconBlock()),
                envelope.getBeaconHash().bytes(),
                Keccak.hash(AvroValues.bytes(envelope.getPayload())));
        byte[] digest = Keccak.hash(new byte[] {0x19, 0x01}, domain, struct);
        return Secp256k1Keys.recover(digest, AvroValues.bytes(envelope.getSignature()))
                .filter(AvroValues.address(envelope.getNode())::equals)
                .isPresent();
    }

    // A type is hashed on its own; text that is the encoding of a type stands for its hash.
    private static byte[] ascii(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return text.endsWith(")") ? Keccak.hash(bytes) : bytes;
    }

    private static byte[] word(long value) {
        return word(BigInteger.valueOf(value).toByteArray());
    }

    private static byte[] word(Address address) {
        return word(address.toBytes());
    }

    private static byte[] word(byte[] bytes) {
        byte[] word = new byte[32];
        System.arraycopy(bytes, 0, word, 32 - bytes.length, bytes.length);
        return word;
    }

    static boolean payloadIsGood(byte[] payload) {
        try {
            Cursor in = new Cursor(payload);
            int entries = 0;
            for (String list : new String[] {"samples", "jobUsage", "storageUsage"}) {
                for (BigInteger count = in.count(); count.signum() != 0; count = in.count()) {
                    for (BigInteger i = BigInteger.ZERO; i.compareTo(count) < 0; i = i.add(BigInteger.ONE)) {
                        if (++entries > 1000) {
                            return false;
                        }
                        switch (list) {
                            case "samples" -> {
                                in.counter();
                                for (int ppm = 0; ppm < 5; ppm++) {
                                    in.ppm();
                                }
                                in.counter();
                                in.counter();
                                in.varint(10, 64);
                            }
                            case "jobUsage" -> {
                                in.skip(32);
                                for (int counter = 0; counter < 4; counter++) {
                                    in.counter();
                                }
                            }
                            default -> {
                                in.skip(20);
                                in.counter();
                                in.counter();
                            }
                        }
                    }
                }
            }
            return in.position == payload.length;
        } catch (IOException e) {
            return false;
        }
    }

    private static final class Cursor {
        private final byte[] bytes;
        private int position;

        Cursor(byte[] bytes) {
            this.bytes = bytes;
        }

        void skip(int count) throws IOException {
            if (bytes.length - position < count) {
                throw new IOException("cut short");
            }
            position += count;
        }

        void counter() throws IOException {
            if (varint(10, 64).signum() < 0) {
                throw new IOException("negative");
            }
        }

        void ppm() throws IOException {
            BigInteger value = varint(5, 32);
            if (value.signum() < 0 || value.intValueExact() > 1_000_000) {
                throw new IOException("out of range");
            }
        }

        BigInteger count() throws IOException {
            BigInteger count = varint(10, 64);
            if (count.signum() < 0) {
                varint(10, 64);
                if (count.equals(BigInteger.TWO.pow(63).negate())) {
                    throw new IOException("count");
                }
            }
            return count.abs();
        }

        BigInteger varint(int maxBytes, int bits) throws IOException {
            BigInteger value = BigInteger.ZERO;
            for (int i = 0; ; i++) {
                if (i == maxBytes || position == bytes.length) {
                    throw new IOException("varint");
                }
                int b = bytes[position++] & 0xff;
                value = value.or(BigInteger.valueOf(b & 0x7f).shiftLeft(7 * i));
                if (b < 0x80) {
                    break;
                }
            }
            if (value.bitLength() > bits) {
                throw new IOException("varint");
            }
            BigInteger half = value.shiftRight(1);
            return value.testBit(0) ? half.negate().subtract(BigInteger.ONE) : half;
        }
    }
}
