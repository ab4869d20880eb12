package io.ocos.jobs.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.reference.ReferenceOutput.BatchRow;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.avro.SettlementLeaf;
import io.ocos.schemas.io.AvroValues;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What came out of a settlement, held against the reference. */
record Settled(List<SettlementBatch> batches, List<SettlementLeaf> leaves) {

    void assertIs(SettlementWorld world, ArtifactStore store) throws IOException {
        assertThat(batches.stream().map(Settled::line))
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
            List<String> changed = artifact.lines()
                    .skip(1)
                    .filter(line -> !line.endsWith(",0"))
                    .map(line -> batch.getNumber() + "," + line)
                    .toList();
            assertThat(batch.getChanged()).isEqualTo(changed.size());
            risen.addAll(changed);
        }
        assertThat(leaves.stream().map(Settled::line)).containsExactlyInAnyOrderElementsOf(risen);
    }

    private static String line(SettlementBatch batch) {
        return "%d,%d,%s,%s,%s,%d,%s"
                .formatted(
                        batch.getNumber(),
                        batch.getEpoch(),
                        AvroValues.hash32(batch.getRoot()),
                        AvroValues.amount(batch.getCumulativeTotal()),
                        AvroValues.amount(batch.getDelta()),
                        batch.getPayees(),
                        batch.getCid());
    }

    private static String line(SettlementLeaf leaf) {
        return "%d,%s,%s,%s"
                .formatted(
                        leaf.getNumber(),
                        AvroValues.address(leaf.getPayee()),
                        AvroValues.amount(leaf.getCumulative()),
                        AvroValues.amount(leaf.getDelta()));
    }
}
