package io.ocos.jobs.submitter;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.archive.AlteredArchive;
import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.archive.TestArchive;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.reference.Reference;
import io.ocos.jobs.reference.ReferenceInput;
import io.ocos.jobs.reference.ReferenceOutput.BatchRow;
import io.ocos.jobs.reference.Vectors;
import io.ocos.jobs.runtime.KeptSavepoints;
import io.ocos.jobs.submitter.ArchiveBatchCheck.Recomputation.Outcome;
import io.ocos.jobs.submitter.ArchiveBatchCheck.Recomputation.Result;
import io.ocos.jobs.verify.Recomputation;
import io.ocos.rewardssettlement.domain.submission.Proposal;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches of a small world, recomputed from its archive. */
class ReplayRecomputationITCase {

    @TempDir
    private static Path dir;

    private static Path archive;
    private static List<RawRecord> records;
    private static BatchRow batch;
    private static ReplayRecomputation recomputation;

    @BeforeAll
    static void archive() throws Exception {
        Reference.Setup setup = Vectors.setup(KeptSavepoints.input());
        ReferenceInput input = ReferenceInput.read(KeptSavepoints.input());
        archive = dir.resolve("archive");
        records = TestArchive.write(archive, (int) setup.epochMinutes(), input, setup.untilMillis() + 120_000);
        List<BatchRow> batches = Reference.run(input, setup).batches();
        batch = batches.get(batches.size() - 1);
        recomputation = new ReplayRecomputation(new Recomputation.Setup(setup.chainId(), setup.registry(), 1));
    }

    @Test
    void whatTheInputsGiveIsEqual() throws Exception {
        assertThat(recompute(proposal(batch.cumulativeTotal()), archive)).isEqualTo(new Result(Outcome.EQUAL, ""));
    }

    @Test
    void anotherAmountIsDifferentAndSaysWhatComesOut() throws Exception {
        Result result = recompute(proposal(batch.cumulativeTotal().add(BigInteger.ONE)), archive);

        assertThat(result.outcome()).isEqualTo(Outcome.DIFFERENT);
        assertThat(result.detail())
                .isEqualTo(
                        "recomputed from the archive it has epoch %d, root %s, total %s, artifact %s; `./ocos verify-batch %d` names what differs"
                                .formatted(
                                        batch.epoch(),
                                        batch.root(),
                                        batch.cumulativeTotal(),
                                        batch.cid(),
                                        batch.number()));
    }

    @Test
    void aNumberThatTheInputsDoNotGiveIsDifferent() throws Exception {
        Proposal right = proposal(batch.cumulativeTotal());
        Proposal wrong = new Proposal(
                right.number() + 1, right.epoch(), right.root(), right.cumulativeTotal(), right.artifactDigest());

        assertThat(recompute(wrong, archive))
                .isEqualTo(new Result(
                        Outcome.DIFFERENT, "the archived inputs up to its epoch give no batch of this number"));
    }

    /** One wei more of an adjustment, with all digests as they should be. */
    @Test
    void anInputThatWasAlteredIsDifferent() throws Exception {
        Path copy = copy("altered");
        RawRecord victim = records.stream()
                .filter(record -> record.topic().equals(Topic.CHAIN_EVENTS.topicName()))
                .filter(ReplayRecomputationITCase::isSmallAdjustment)
                .findFirst()
                .orElseThrow();
        ChainEvent event = event(victim);
        Map<String, String> args = new HashMap<>(event.getArgs());
        args.merge("amount", "1", (amount, more) -> new BigInteger(amount)
                .add(new BigInteger(more))
                .toString());
        event.setArgs(args);
        AlteredArchive.rewrite(copy, victim, RecordCodec.encode(event));

        Result result = recompute(proposal(batch.cumulativeTotal()), copy);

        assertThat(result.outcome()).isEqualTo(Outcome.DIFFERENT);
        assertThat(result.detail())
                .contains("recomputed from the archive it has epoch %d, root".formatted(batch.epoch()))
                .doesNotContain(batch.root());
    }

    @Test
    void aMissingRangeIsSaid() throws Exception {
        Path copy = copy("short");
        RawRecord record = records.get(0);
        Path file = Path.of(ArchiveInput.open(copy.toString()).fileOf(record));
        ArchiveInput inputs = ArchiveInput.open(copy.toString()).upTo(batch.epoch());
        Files.delete(file);

        Result result = recomputation.recompute(proposal(batch.cumulativeTotal()), inputs);

        assertThat(result.outcome()).isEqualTo(Outcome.NOT_POSSIBLE);
        assertThat(result.detail()).contains(file.getFileName().toString());
    }

    private static Result recompute(Proposal proposal, Path archive) {
        return recomputation.recompute(
                proposal, ArchiveInput.open(archive.toString()).upTo(batch.epoch()));
    }

    private static Proposal proposal(BigInteger total) throws Exception {
        return new Proposal(
                batch.number(),
                batch.epoch(),
                Hash32.parse(batch.root()),
                new TokenAmount(total),
                Hash32.of(MessageDigest.getInstance("SHA-256")
                        .digest(batch.artifact().getBytes(StandardCharsets.UTF_8))));
    }

    private static boolean isSmallAdjustment(RawRecord record) {
        ChainEvent event = event(record);
        return event.getName().equals("RewardAdjusted")
                && !Address.ZERO.toString().equals(event.getArgs().get("payee"))
                && new BigInteger(event.getArgs().get("amount")).bitLength() < 128;
    }

    private static ChainEvent event(RawRecord record) {
        try {
            return RecordCodec.decode(Objects.requireNonNull(record.value()), ChainEvent.class);
        } catch (MalformedRecordException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path copy(String name) throws Exception {
        Path copy = dir.resolve(name);
        FileUtils.copyDirectory(archive.toFile(), copy.toFile());
        return copy;
    }
}
