package io.ocos.jobs.submitter;

import io.ocos.jobs.archive.ArchiveException;
import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.submission.BatchCheck;
import io.ocos.rewardssettlement.domain.submission.Proposal;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.LongFunction;

/**
 * Checks a batch against its artifact, which must give root and total, and against the archive, which must reach its epoch.
 * Whether the archive gives the batch when it is computed again is for the recomputation to say.
 */
final class ArchiveBatchCheck implements BatchCheck {

    /** Computes a batch again from the archived inputs. */
    interface Recomputation {

        /** What came out. */
        enum Outcome {
            EQUAL,
            DIFFERENT,
            NOT_POSSIBLE
        }

        /**
         * What came out, in words.
         *
         * @param detail for people: what differs, or why it is not possible
         */
        record Result(Outcome outcome, String detail) {}

        /**
         * Computes a batch again.
         *
         * @param inputs the archive up to the batch's epoch
         */
        Result recompute(Proposal batch, ArchiveInput inputs);
    }

    private final ArtifactStore artifacts;
    private final String archive;
    private final Recomputation recomputation;
    private final LongFunction<Optional<String>> cids;

    /**
     * A check.
     *
     * @param archive a directory, or a URI
     * @param cids identifier of a batch's artifact, by its number
     */
    ArchiveBatchCheck(
            ArtifactStore artifacts, String archive, Recomputation recomputation, LongFunction<Optional<String>> cids) {
        this.artifacts = artifacts;
        this.archive = archive;
        this.recomputation = recomputation;
        this.cids = cids;
    }

    @Override
    public Verdict check(Proposal batch) {
        Optional<Verdict> artifact = checkArtifact(batch);
        if (artifact.isPresent()) {
            return artifact.get();
        }
        ArchiveInput inputs;
        try {
            inputs = ArchiveInput.open(archive).upTo(batch.epoch());
        } catch (ArchiveException e) {
            return new NotAvailable(String.valueOf(e.getMessage()));
        }
        Hash32 digest = Hash32.of(HexFormat.of().parseHex(inputs.digest()));
        Recomputation.Result result = recomputation.recompute(batch, inputs);
        return switch (result.outcome()) {
            case EQUAL -> new Recomputed(digest);
            case DIFFERENT -> new Differs(result.detail());
            case NOT_POSSIBLE -> new NotRecomputed(digest, result.detail());
        };
    }

    /** What is wrong with the artifact; empty when it gives the batch. */
    private Optional<Verdict> checkArtifact(Proposal batch) {
        Optional<String> cid = cids.apply(batch.number());
        if (cid.isEmpty()) {
            return Optional.of(new NotAvailable("the identifier of its artifact is not known"));
        }
        BatchLines lines;
        try {
            lines = artifacts.read(cid.get());
        } catch (FileNotFoundException e) {
            return Optional.of(new NotAvailable("its artifact %s is not there".formatted(artifacts.path(cid.get()))));
        } catch (IOException e) {
            return Optional.of(new NotAvailable(String.valueOf(e.getMessage())));
        }
        Batch made = new Batch(batch.number(), batch.epoch(), lines);
        TokenAmount total = made.cumulativeTotal();
        if (!made.root().equals(batch.root()) || !total.equals(batch.cumulativeTotal())) {
            return Optional.of(new Differs("its artifact %s gives root %s and total %s, expected root %s and total %s"
                    .formatted(cid.get(), made.root(), total, batch.root(), batch.cumulativeTotal())));
        }
        Hash32 digest = made.artifactId().digest();
        return digest.equals(batch.artifactDigest())
                ? Optional.empty()
                : Optional.of(new Differs("its artifact %s has digest %s, expected %s"
                        .formatted(cid.get(), digest, batch.artifactDigest())));
    }
}
