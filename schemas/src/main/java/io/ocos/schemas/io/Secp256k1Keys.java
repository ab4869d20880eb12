package io.ocos.schemas.io;

import fr.acinq.secp256k1.Secp256k1;
import fr.acinq.secp256k1.Secp256k1Exception;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Keccak;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;

/**
 * ECDSA over secp256k1 by libsecp256k1: signatures as r ‖ s ‖ v of 65 bytes, v 27 or 28, s ≤ n/2 (SPEC 3, E1; EIP-2).
 * Safe for use by several threads.
 */
public final class Secp256k1Keys {

    /** Bytes of a signature. */
    public static final int SIGNATURE_BYTES = 65;

    private static final byte[] ORDER = unsigned("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    private static final byte[] HALF_ORDER =
            unsigned("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");

    private Secp256k1Keys() {}

    /**
     * The address that signed a 32-byte digest; empty when the signature breaks any rule of E1 or nothing recovers.
     *
     * @param signature any number of bytes
     */
    public static Optional<Address> recover(byte[] digest, byte[] signature) {
        if (signature.length != SIGNATURE_BYTES) {
            return Optional.empty();
        }
        int v = signature[64] & 0xff;
        if (v != 27 && v != 28) {
            return Optional.empty();
        }
        if (isZero(signature, 0)
                || isZero(signature, 32)
                || Arrays.compareUnsigned(signature, 0, 32, ORDER, 0, 32) >= 0
                || Arrays.compareUnsigned(signature, 32, 64, HALF_ORDER, 0, 32) > 0) {
            return Optional.empty();
        }
        try {
            byte[] key = Secp256k1.Companion.ecdsaRecover(Arrays.copyOf(signature, 64), digest, v - 27);
            return Optional.of(addressOf(key));
        } catch (Secp256k1Exception e) {
            return Optional.empty();
        }
    }

    /** Signs a 32-byte digest with a 32-byte private key; deterministic (RFC 6979). */
    public static byte[] sign(byte[] digest, byte[] privateKey) {
        byte[] compact = Secp256k1.Companion.sign(digest, privateKey, null);
        byte[] publicKey = Secp256k1.Companion.pubkeyCreate(privateKey);
        int recovery = Arrays.equals(Secp256k1.Companion.ecdsaRecover(compact, digest, 0), publicKey) ? 0 : 1;
        byte[] signature = Arrays.copyOf(compact, SIGNATURE_BYTES);
        signature[64] = (byte) (27 + recovery);
        return signature;
    }

    /** The address of a 32-byte private key. */
    public static Address address(byte[] privateKey) {
        return addressOf(Secp256k1.Companion.pubkeyCreate(privateKey));
    }

    private static Address addressOf(byte[] publicKey) {
        byte[] hash = Keccak.hash(Arrays.copyOfRange(publicKey, 1, 65));
        return Address.of(hash, 12);
    }

    private static boolean isZero(byte[] bytes, int offset) {
        for (int i = offset; i < offset + 32; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private static byte[] unsigned(String hex) {
        byte[] bytes = new BigInteger(hex, 16).toByteArray();
        return Arrays.copyOfRange(bytes, bytes.length - 32, bytes.length);
    }
}
