package io.ocos.rewardssettlement.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * A settlement batch (SPEC 10): what every payee has earned up to the end of an epoch.
 *
 * @param number 1, 2, 3 …
 * @param epoch the epoch at whose end it was made
 * @param lines every payee with a cumulative amount above 0, in the order of payees
 */
public record Batch(long number, long epoch, List<Line> lines) {

    /**
     * A leaf and how it came to be.
     *
     * @param cumulative wei, all rewards so far
     * @param delta wei, its rise since the previous batch
     */
    public record Line(Address payee, TokenAmount cumulative, TokenAmount delta) {}

    private static final String HEADER = "payee,cumulative,delta\n";

    /** The Merkle tree over the lines. */
    public MerkleTree tree() {
        return MerkleTree.of(lines.stream()
                .map(line -> MerkleTree.leaf(line.payee(), line.cumulative()))
                .toList());
    }

    /** The root that is proposed on chain. */
    public Hash32 root() {
        return tree().root();
    }

    /** Σ cumulative, wei. */
    public TokenAmount cumulativeTotal() {
        return lines.stream().map(Line::cumulative).reduce(TokenAmount.ZERO, TokenAmount::plus);
    }

    /** Rise of the total since the previous batch, wei. */
    public TokenAmount delta() {
        return lines.stream().map(Line::delta).reduce(TokenAmount.ZERO, TokenAmount::plus);
    }

    /** Writes the artifact: UTF-8 CSV, a header and one line per leaf in the order of payees. */
    public void writeArtifact(OutputStream out) throws IOException {
        out.write(HEADER.getBytes(StandardCharsets.UTF_8));
        for (Line line : lines) {
            out.write("%s,%s,%s\n"
                    .formatted(line.payee(), line.cumulative(), line.delta())
                    .getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Content identifier of the artifact. */
    public String cid() {
        try (DigestOutputStream digest =
                new DigestOutputStream(OutputStream.nullOutputStream(), MessageDigest.getInstance("SHA-256"))) {
            writeArtifact(digest);
            return Cid.ofDigest(digest.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
