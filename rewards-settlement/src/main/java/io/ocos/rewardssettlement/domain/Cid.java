package io.ocos.rewardssettlement.domain;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Content identifiers (SPEC 10): CIDv1, raw codec, sha2-256, base32 in lower case (multibase prefix {@code b}). */
public final class Cid {

    /** CID version 1, codec raw (0x55), multihash sha2-256 (0x12) of 32 bytes. */
    private static final byte[] PREFIX = {0x01, 0x55, 0x12, 0x20};

    private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

    private Cid() {}

    /** The identifier of these bytes. */
    public static String of(byte[] content) {
        try {
            return ofDigest(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The identifier of content with this SHA-256 digest of 32 bytes. */
    public static String ofDigest(byte[] sha256) {
        byte[] bytes = ByteBuffer.allocate(PREFIX.length + sha256.length)
                .put(PREFIX)
                .put(sha256)
                .array();
        StringBuilder text = new StringBuilder("b");
        int buffer = 0;
        int bits = 0;
        for (byte b : bytes) {
            buffer = (buffer << 8) | (b & 0xff);
            for (bits += 8; bits >= 5; bits -= 5) {
                text.append(BASE32.charAt((buffer >> (bits - 5)) & 31));
            }
        }
        if (bits > 0) {
            text.append(BASE32.charAt((buffer << (5 - bits)) & 31));
        }
        return text.toString();
    }
}
