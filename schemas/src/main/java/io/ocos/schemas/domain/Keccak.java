package io.ocos.schemas.domain;

import org.bouncycastle.crypto.digests.KeccakDigest;

/** Keccak-256, the hash of Ethereum (the padding of SHA-3 before its standard). */
public final class Keccak {

    private Keccak() {}

    /** The hash of the concatenation of the parts, 32 bytes. */
    public static byte[] hash(byte[]... parts) {
        KeccakDigest digest = new KeccakDigest(256);
        for (byte[] part : parts) {
            digest.update(part, 0, part.length);
        }
        byte[] hash = new byte[32];
        digest.doFinal(hash, 0);
        return hash;
    }
}
