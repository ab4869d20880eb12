package io.ocos.rewardssettlement.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A settlement batch (SPEC 10): what every payee has earned up to the end of an epoch.
 *
 * @param number 1, 2, 3 …
 * @param epoch the epoch at whose end it was made
 * @param lines every payee with a cumulative amount above 0, in the order of payees
 */
public record Batch(long number, long epoch, BatchLines lines) {

    /**
     * A leaf and how it came to be.
     *
     * @param cumulative wei, all rewards so far
     * @param delta wei, its rise since the previous batch
     */
    public record Line(Address payee, TokenAmount cumulative, TokenAmount delta) {}

    /**
     * What identifies an artifact.
     *
     * @param digest SHA-256
     * @param bytes length
     */
    public record ArtifactId(Hash32 digest, long bytes) {

        /** CIDv1. */
        public String cid() {
            return Cid.ofDigest(digest.toBytes());
        }
    }

    private static final String HEADER = "payee,cumulative,delta";

    /** Lines are handed on in pieces of about this size. */
    private static final int PIECE_BYTES = 1 << 16;

    private static final int MAX_LINE = 42 + 1 + 78 + 1 + 78;

    /** Lines of a block when an artifact is read: a large file is never in one array. */
    private static final int BLOCK_LINES = 1 << 15;

    /** The Merkle tree over the lines. */
    public MerkleTree tree() {
        return lines.tree();
    }

    /** The root that is proposed on chain. */
    public Hash32 root() {
        return tree().root();
    }

    /**
     * Σ cumulative, wei.
     *
     * @throws IllegalArgumentException when it is above 2<sup>256</sup> − 1
     */
    public TokenAmount cumulativeTotal() {
        return new TokenAmount(
                lines.stream().map(line -> line.cumulative().wei()).reduce(BigInteger.ZERO, BigInteger::add));
    }

    /** Rise of the total since the previous batch, wei. */
    public TokenAmount delta() {
        return new TokenAmount(lines.stream().map(line -> line.delta().wei()).reduce(BigInteger.ZERO, BigInteger::add));
    }

    /** Writes the artifact: UTF-8 CSV, a header and one line per leaf in the order of payees. */
    public void writeArtifact(OutputStream out) throws IOException {
        StringBuilder text =
                new StringBuilder(PIECE_BYTES + MAX_LINE).append(HEADER).append('\n');
        for (int row = 0; row < lines.size(); row++) {
            text.append(lines.payee(row))
                    .append(',')
                    .append(lines.cumulative(row))
                    .append(',')
                    .append(lines.delta(row))
                    .append('\n');
            if (text.length() >= PIECE_BYTES) {
                out.write(text.toString().getBytes(StandardCharsets.US_ASCII));
                text.setLength(0);
            }
        }
        out.write(text.toString().getBytes(StandardCharsets.US_ASCII));
    }

    /** Digest and length of the artifact. */
    public ArtifactId artifactId() {
        try (DigestingStream digesting = new DigestingStream()) {
            writeArtifact(digesting);
            return new ArtifactId(Hash32.of(digesting.sha256.digest()), digesting.bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Content identifier of the artifact. */
    public String cid() {
        return artifactId().cid();
    }

    /**
     * Reads the lines of an artifact.
     *
     * @throws IllegalArgumentException naming the line that is not one of an artifact
     */
    public static BatchLines readArtifact(InputStream in) throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(
                in, StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPLACE)));
        if (!HEADER.equals(reader.readLine())) {
            throw new IllegalArgumentException("line 1: expected '%s'".formatted(HEADER));
        }
        List<byte[]> blocks = new ArrayList<>();
        BatchLines.Packer packer = new BatchLines.Packer(BLOCK_LINES);
        int inBlock = 0;
        long number = 1;
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            number++;
            add(packer, line, number);
            if (++inBlock == BLOCK_LINES) {
                blocks.add(packer.block());
                packer = new BatchLines.Packer(BLOCK_LINES);
                inBlock = 0;
            }
        }
        blocks.add(packer.block());
        return BatchLines.of(blocks);
    }

    private static void add(BatchLines.Packer packer, String line, long number) {
        try {
            String[] fields = line.split(",", -1);
            if (fields.length != 3) {
                throw new IllegalArgumentException("%d fields, expected 3".formatted(fields.length));
            }
            packer.add(Address.parse(fields[0]), TokenAmount.parse(fields[1]), TokenAmount.parse(fields[2]));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("line %d: %s".formatted(number, e.getMessage()), e);
        }
    }

    /** Keeps nothing but digest and length. */
    private static final class DigestingStream extends OutputStream {

        private final MessageDigest sha256;
        private long bytes;

        DigestingStream() {
            try {
                sha256 = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }

        @Override
        public void write(int b) {
            sha256.update((byte) b);
            bytes++;
        }

        @Override
        public void write(byte @Nullable [] piece, int from, int length) {
            sha256.update(piece, from, length);
            bytes += length;
        }
    }
}
