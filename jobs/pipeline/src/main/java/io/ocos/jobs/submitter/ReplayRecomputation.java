package io.ocos.jobs.submitter;

import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.verify.Recomputation;
import io.ocos.rewardssettlement.domain.Cid;
import io.ocos.rewardssettlement.domain.submission.Proposal;

/** Computes batches again by a replay of the archive; takes as long as the archive is, and about 1 GiB of memory. */
final class ReplayRecomputation implements ArchiveBatchCheck.Recomputation {

    private final Recomputation.Setup setup;

    ReplayRecomputation(Recomputation.Setup setup) {
        this.setup = setup;
    }

    @Override
    public Result recompute(Proposal batch, ArchiveInput inputs) {
        try (Recomputation recomputation = Recomputation.of(inputs, batch.epoch(), setup, bytes -> {})) {
            return recomputation
                    .batch(batch.number())
                    .map(row -> compare(batch, row))
                    .orElseGet(() -> new Result(
                            Outcome.DIFFERENT, "the archived inputs up to its epoch give no batch of this number"));
        } catch (RuntimeException e) { // Whatever it is, this batch is not proposed now; the reason is shown.
            return new Result(Outcome.NOT_POSSIBLE, String.valueOf(e.getMessage()));
        }
    }

    private static Result compare(Proposal batch, Recomputation.Row row) {
        boolean equal = row.root().equals(batch.root())
                && row.total().equals(batch.cumulativeTotal())
                && row.epoch() == batch.epoch()
                && row.cid().equals(Cid.ofDigest(batch.artifactDigest().toBytes()));
        return equal
                ? new Result(Outcome.EQUAL, "")
                : new Result(
                        Outcome.DIFFERENT,
                        ("recomputed from the archive it has epoch %d, root %s, total %s, artifact %s; `./ocos verify-batch %d`"
                                        + " names what differs")
                                .formatted(row.epoch(), row.root(), row.total(), row.cid(), batch.number()));
    }
}
