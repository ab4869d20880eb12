package io.ocos.jobs.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.io.ArchiveManifest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificDatumWriter;
import org.junit.jupiter.api.Test;

class ContainerFileTest {

    private static final PlannedFile FILE = new PlannedFile("telemetry-3", 7, 100, 2_000, 1_500, 7);

    private static List<RawRecord> records() {
        Random random = new Random(1);
        List<RawRecord> records = new ArrayList<>();
        for (int i = 0; i < 1_500; i++) {
            byte[] value = new byte[random.nextInt(200)];
            random.nextBytes(value);
            Arrays.fill(value, 0, value.length / 2, (byte) 7); // So that there is something to compress.
            records.add(new RawRecord(
                    "telemetry",
                    3,
                    102 + i + (i > 700 ? 5 : 0),
                    1_740_000_000_000L + i,
                    i % 3 == 0 ? null : new byte[] {1, 2},
                    i % 50 == 0 ? null : value));
        }
        return records;
    }

    @Test
    void recordsComeBackAsTheyWere() throws Exception {
        byte[] content = TestArchive.bytes(FILE, records());

        List<RawRecord> read = new ArrayList<>();
        ContainerFile.read("f", content, "telemetry", 3, entry(content, 1_500), read::add);

        assertThat(read).isEqualTo(records());
    }

    /**
     * The bytes are part of what manifests promise: the same in every release, on every machine. When a newer zstandard writes
     * others, archivers of two releases do not agree: keep the older one, or raise {@link ArchiveManifest#FORMAT}.
     */
    @Test
    void bytesAreTheSameInEveryRelease() throws Exception {
        byte[] content = TestArchive.bytes(FILE, records());

        assertThat(ArchiveManifest.sha256(content))
                .isEqualTo("5c10ba56170d8d65d280917ff0313c7707998c12b5920bb776d77889322e80ba");
        assertThat(ContainerFile.path(FILE, ArchiveManifest.sha256(content)))
                .isEqualTo("telemetry/3/0000000000000000100-0000000000000002000-"
                        + ArchiveManifest.sha256(content).substring(0, 16) + ".avro");
    }

    @Test
    void anAlteredRecordIsNamed() throws Exception {
        byte[] content = TestArchive.bytes(FILE, records());
        List<RawRecord> forged = records();
        RawRecord victim = forged.get(41);
        byte[] value = Objects.requireNonNull(victim.value()).clone();
        value[0] ^= 1;
        forged.set(41, new RawRecord("telemetry", 3, victim.offset(), victim.timestamp(), victim.key(), value));
        byte[] altered = withStaleChecksum(records(), forged, 41);

        assertThatThrownBy(() -> ContainerFile.read("f", altered, "telemetry", 3, entry(content, 1_500), r -> {}))
                .isInstanceOf(ArchiveException.class)
                .hasMessageStartingWith("f: ")
                .hasMessageContaining("its manifest says ")
                .hasMessageEndingWith("record 42, telemetry-3 offset 143, was altered: its checksum does not match");
    }

    @Test
    void everyAlteredByteIsFound() throws Exception {
        byte[] content = TestArchive.bytes(FILE, records());
        ArchiveManifest.File entry = entry(content, 1_500);
        Random random = new Random(2);
        for (int i = 0; i < 300; i++) {
            byte[] altered = content.clone();
            altered[i < 100 ? i : random.nextInt(altered.length)] ^= (byte) (1 << random.nextInt(8));
            List<RawRecord> read = new ArrayList<>();
            assertThatThrownBy(() -> ContainerFile.read("f", altered, "telemetry", 3, entry, read::add))
                    .isInstanceOf(ArchiveException.class)
                    .hasMessageMatching("(?s)f: SHA-256 is [0-9a-f]{64}, its manifest says " + entry.sha256() + "; .+");
            assertThat(read).isEmpty();
        }
    }

    @Test
    void everyTruncationIsFound() throws Exception {
        byte[] content = TestArchive.bytes(FILE, records());
        for (int length = 0; length < content.length; length += 1 + length / 8) {
            byte[] truncated = Arrays.copyOf(content, length);
            assertThatThrownBy(() -> ContainerFile.read("f", truncated, "telemetry", 3, entry(content, 1_500), r -> {}))
                    .isInstanceOf(ArchiveException.class)
                    .hasMessageStartingWith(
                            "f: %d bytes, its manifest says %d; ".formatted(truncated.length, content.length));
        }
    }

    @Test
    void aFileThatItsManifestDescribesButIsNoneOfOursIsRefused() throws Exception {
        byte[] text = "not Avro".getBytes(StandardCharsets.UTF_8);
        refused(text, "telemetry", 3, 8, "f: is no Avro object container file");

        ByteArrayOutputStream foreign = new ByteArrayOutputStream();
        try (DataFileWriter<TelemetryTick> writer =
                new DataFileWriter<>(new SpecificDatumWriter<>(TelemetryTick.class))) {
            writer.create(TelemetryTick.getClassSchema(), foreign);
            writer.append(new TelemetryTick("g", 1L));
        }
        refused(
                foreign.toByteArray(),
                "telemetry",
                3,
                1,
                "f: holds records of schema io.ocos.schemas.avro.TelemetryTick, expected one of the known versions of"
                        + " io.ocos.schemas.avro.ArchivedRecord");

        byte[] content = TestArchive.bytes(FILE, records());
        refused(content, "telemetry", 2, 1_500, "f: is a file of telemetry-3, expected one of telemetry-2");
        refused(content, "telemetry", 3, 1_499, "f: holds 1500 records, its manifest says 1499");
        byte[] beyond = TestArchive.bytes(
                new PlannedFile("telemetry-3", 7, 100, 9_999, 1, 7),
                List.of(new RawRecord("telemetry", 3, 2_000, 1, null, null)));
        refused(beyond, "telemetry", 3, 1, "f: record 1 has offset 2000, expected more than -1 and 100 … 1999");
    }

    private static void refused(byte[] content, String topic, int partition, long records, String message) {
        assertThatThrownBy(() -> ContainerFile.read("f", content, topic, partition, entry(content, records), r -> {}))
                .isInstanceOf(ArchiveException.class)
                .hasMessage(message);
    }

    /** A file with the forged record but the checksum of the one that was there, as one makes it who knows Avro only. */
    private static byte[] withStaleChecksum(List<RawRecord> records, List<RawRecord> forged, int index)
            throws IOException {
        byte[] honest = TestArchive.bytes(FILE, records);
        return AlteredFiles.rewrite(honest, index, record -> {
            byte[] value = forged.get(index).value();
            record.setValue(java.nio.ByteBuffer.wrap(value));
        });
    }

    private static ArchiveManifest.File entry(byte[] content, long records) {
        return new ArchiveManifest.File(
                "f", 100, 2_000, records, content.length, ArchiveManifest.sha256(content), "cid");
    }
}
