package io.ocos.jobs.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.reference.ReferenceOutput.BatchRow;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.avro.SettlementLeaf;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.CsvRecords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What came out of a settlement, held against the reference. */
public record Settled(List<SettlementBatch> batches, List<SettlementLeaf> leaves) {

    void assertIs(SettlementWorld world, ArtifactStore store) throws IOException {
        assertThat(batches.stream().map(CsvRecords::line))
                .containsExactlyElementsOf(
                        world.batches().stream().map(BatchRow::toString).toList());
        long from = world.closed().get(0).getMinute();
        List<String> risen = new ArrayList<>();
        for (int i = 0; i < batches.size(); i++) {
            SettlementBatch batch = batches.get(i);
            String artifact = world.batches().get(i).artifact();
            assertThat(Files.readString(Path.of(store.path(batch.getCid()).toUri())))
                    .isEqualTo(artifact);
            assertThat(batch.getArtifactBytes()).isEqualTo(artifact.length());
            assertThat(batch.getFromMinute()).isEqualTo(from);
            assertThat(batch.getToMinute()).isEqualTo((batch.getEpoch() + 1) * world.epochMinutes());
            from = batch.getToMinute();
            List<String> changed = risen(batch.getNumber(), artifact);
            assertThat(batch.getChanged()).isEqualTo(changed.size());
            risen.addAll(changed);
        }
        assertThat(leaves.stream().map(Settled::line)).containsExactlyInAnyOrderElementsOf(risen);
    }

    /** What topic {@code settlement-leaves} has of a batch with this artifact, as {@link #line} writes it. */
    public static List<String> risen(long number, String artifact) {
        return artifact.lines()
                .skip(1)
                .filter(line -> !line.endsWith(",0"))
                .map(line -> number + "," + line)
                .toList();
    }

    /** Number, payee, cumulative, delta. */
    public static String line(SettlementLeaf leaf) {
        return "%d,%s,%s,%s"
                .formatted(
                        leaf.getNumber(),
                        AvroValues.address(leaf.getPayee()),
                        AvroValues.amount(leaf.getCumulative()),
                        AvroValues.amount(leaf.getDelta()));
    }
}
