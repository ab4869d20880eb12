package io.ocos.schemas.domain;

import org.bouncycastle.crypto.digests.KeccakDigest;

/** Keccak-256, the hash of Ethereum (the padding of SHA-3 before its standard). */
public final class Keccak {

    /** Bytes of a hash. */
    public static final int BYTES = 32;

    /** Making one takes nearly as long as hashing a few bytes with it. */
    private static final ThreadLocal<KeccakDigest> DIGEST = ThreadLocal.withInitial(() -> new KeccakDigest(256));

    private Keccak() {}

    /** The hash of the concatenation of the parts, 32 bytes. */
    public static byte[] hash(byte[]... parts) {
        KeccakDigest digest = DIGEST.get();
        digest.reset(); // A call that failed may have left something behind.
        for (byte[] part : parts) {
            digest.update(part, 0, part.length);
        }
        byte[] hash = new byte[BYTES];
        digest.doFinal(hash, 0);
        return hash;
    }

    /** Hashes one input after the other without making anything anew; for use by one thread. */
    public static final class Hasher {

        private final KeccakDigest digest = new KeccakDigest(256);

        /**
         * Writes the hash of a part of an array to 32 bytes of another, which may be the same.
         *
         * @param from offset of the input
         * @param length bytes of the input
         * @param to offset of the hash
         */
        public void hash(byte[] input, int from, int length, byte[] hash, int to) {
            digest.update(input, from, length);
            digest.doFinal(hash, to); // makes the digest ready for the next input
        }
    }
}
