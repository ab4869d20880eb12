package io.ocos.jobs.submitter;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.jobs.submitter.ArchiveBatchCheck.Recomputation;
import io.ocos.jobs.submitter.ArchiveBatchCheck.Recomputation.Outcome;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.submission.BatchCheck.Differs;
import io.ocos.rewardssettlement.domain.submission.BatchCheck.NotAvailable;
import io.ocos.rewardssettlement.domain.submission.BatchCheck.NotRecomputed;
import io.ocos.rewardssettlement.domain.submission.BatchCheck.Recomputed;
import io.ocos.rewardssettlement.domain.submission.BatchCheck.Verdict;
import io.ocos.rewardssettlement.domain.submission.Proposal;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.ArchiveManifest;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveBatchCheckTest {

    private static final long EPOCH = 70;

    private final Batch batch = batch(5);

    @TempDir
    private Path directory;

    private Path archive = Path.of("");
    private ArtifactStore artifacts = ArtifactStore.at(".");

    @BeforeEach
    void directories() {
        archive = directory.resolve("archive");
        artifacts = ArtifactStore.at(directory.resolve("artifacts").toString());
    }

    private static Batch batch(long wei) {
        BatchLines.Packer lines = new BatchLines.Packer(1);
        lines.add(new Address(1, 2, 3), TokenAmount.wei(wei), TokenAmount.wei(wei));
        return new Batch(3, EPOCH, BatchLines.of(List.of(lines.block())));
    }

    private static Proposal proposal(Batch of) {
        return new Proposal(
                of.number(),
                of.epoch(),
                of.root(),
                of.cumulativeTotal(),
                of.artifactId().digest());
    }

    private Verdict check(Proposal proposal, Recomputation recomputation) {
        return new ArchiveBatchCheck(artifacts, archive.toString(), recomputation, number -> Optional.of(batch.cid()))
                .check(proposal);
    }

    private static Recomputation gives(Outcome outcome) {
        return (proposal, inputs) -> {
            assertThat(inputs.newest().epoch()).isEqualTo(EPOCH);
            return new Recomputation.Result(outcome, "in words");
        };
    }

    /** Writes the manifests of epochs without records, and returns the digest of the last one. */
    private Hash32 archive(long... epochs) throws IOException {
        Files.createDirectories(archive.resolve("manifests"));
        String previous = null;
        for (long epoch : epochs) {
            ArchiveManifest manifest = new ArchiveManifest(
                    ArchiveManifest.FORMAT,
                    epoch,
                    2,
                    previous,
                    List.of(new ArchiveManifest.Partition(Topic.TELEMETRY.topicName(), 0, 0, 0, 0, List.of())));
            Files.write(archive.resolve("manifests/%012d.json".formatted(epoch)), manifest.toBytes());
            previous = manifest.digest();
        }
        return Hash32.of(HexFormat.of().parseHex(String.valueOf(previous)));
    }

    @Test
    void theInputsDigestIsThatOfTheEpochsManifest() throws IOException {
        artifacts.write(batch);
        Hash32 digest = archive(EPOCH - 1, EPOCH);
        assertThat(check(proposal(batch), gives(Outcome.EQUAL))).isEqualTo(new Recomputed(digest));
        assertThat(check(proposal(batch), gives(Outcome.NOT_POSSIBLE)))
                .isEqualTo(new NotRecomputed(digest, "in words"));
        assertThat(check(proposal(batch), gives(Outcome.DIFFERENT))).isEqualTo(new Differs("in words"));
        archive(EPOCH - 1, EPOCH, EPOCH + 1);
        assertThat(check(proposal(batch), gives(Outcome.EQUAL)))
                .as("what comes later does not change it")
                .isEqualTo(new Recomputed(digest));
    }

    @Test
    void anArchiveThatDoesNotReachTheEpochIsWaitedFor() throws IOException {
        artifacts.write(batch);
        assertThat(check(proposal(batch), gives(Outcome.EQUAL))).isInstanceOf(NotAvailable.class);
        archive(EPOCH - 2, EPOCH - 1);
        assertThat(check(proposal(batch), gives(Outcome.EQUAL)))
                .isInstanceOfSatisfying(NotAvailable.class, missing -> assertThat(missing.what())
                        .contains("expected one that reaches to epoch 70"));
    }

    @Test
    void anArtifactThatIsNotThereIsWaitedFor() throws IOException {
        archive(EPOCH);
        assertThat(check(proposal(batch), gives(Outcome.EQUAL)))
                .isInstanceOfSatisfying(NotAvailable.class, missing -> assertThat(missing.what())
                        .contains(batch.cid()));
    }

    @Test
    void anArtifactThatGivesAnotherRootOrTotalDiffers() throws IOException {
        artifacts.write(batch);
        archive(EPOCH);
        Proposal right = proposal(batch);
        Proposal otherRoot = new Proposal(3, EPOCH, batch(6).root(), right.cumulativeTotal(), right.artifactDigest());
        Proposal otherTotal = new Proposal(3, EPOCH, right.root(), TokenAmount.wei(6), right.artifactDigest());
        Proposal otherDigest = new Proposal(3, EPOCH, right.root(), right.cumulativeTotal(), right.root());
        for (Proposal wrong : List.of(otherRoot, otherTotal, otherDigest)) {
            assertThat(check(wrong, gives(Outcome.EQUAL))).isInstanceOf(Differs.class);
        }
    }
}
