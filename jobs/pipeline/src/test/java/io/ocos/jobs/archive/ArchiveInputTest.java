package io.ocos.jobs.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.avro.Bytes20;
import io.ocos.schemas.avro.Bytes32;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.io.ArchiveManifest;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be wrong with an archive, and that each is said. */
class ArchiveInputTest {

    private static final ArchiveLayout LAYOUT = new ArchiveLayout(1, 10, 600);
    private static final long START = 29_000_000L * 60_000;

    @TempDir
    Path dir;

    private List<ArchiveManifest> manifests = List.of();

    /**
     * Five minutes and a third, of which epochs up to 29000003 are complete. The first records lie before the cuts of the
     * two epochs before: the rule looks at what closes an epoch, not at where a record belongs.
     */
    static List<RawRecord> records() {
        List<RawRecord> records = new ArrayList<>();
        for (int second = 0; second < 320; second++) {
            long at = START + second * 1_000L;
            records.add(record(Topic.TELEMETRY, 0, second, at, new TelemetryTick("g", at)));
            records.add(record(Topic.TELEMETRY, 1, second + second / 10, at, new TelemetryTick("g", at)));
            records.add(record(Topic.CHAIN_EVENTS, 0, second, at, block(second, at / 1_000)));
            records.add(record(Topic.JOB_EVENTS, 0, second, at, progress(at)));
        }
        return records;
    }

    @BeforeEach
    void write() throws IOException {
        manifests = TestArchive.write(dir, LAYOUT, records());
    }

    @Test
    void allRecordsOfTheCompleteEpochsComeBack() {
        assertThat(manifests.stream().map(ArchiveManifest::epoch))
                .containsExactly(28999998L, 28999999L, 29000000L, 29000001L, 29000002L, 29000003L);
        ArchiveInput input = ArchiveInput.open(dir.toString());
        assertThat(input.manifests()).isEqualTo(manifests);
        assertThat(input.digest()).isEqualTo(manifests.get(5).digest());
        assertThat(input.epochMinutes()).isEqualTo(1);

        assertThat(read(input, Topic.TELEMETRY, 0)).isEqualTo(expected(Topic.TELEMETRY, 0, 4 * 60 + 11));
        assertThat(read(input, Topic.TELEMETRY, 1)).isEqualTo(expected(Topic.TELEMETRY, 1, 4 * 60 + 11));
        assertThat(read(input, Topic.CHAIN_EVENTS, 0)).isEqualTo(expected(Topic.CHAIN_EVENTS, 0, 4 * 60 + 1));
        assertThat(read(input, Topic.JOB_EVENTS, 0)).isEqualTo(expected(Topic.JOB_EVENTS, 0, 5 * 60 + 1));
        assertThat(input.records(Topic.CHAIN_EVENTS)).isEqualTo(4 * 60 + 1);

        ArchiveInput earlier = input.upTo(29000001);
        assertThat(earlier.digest()).isEqualTo(manifests.get(3).digest());
        assertThat(read(earlier, Topic.CHAIN_EVENTS, 0)).isEqualTo(expected(Topic.CHAIN_EVENTS, 0, 2 * 60 + 1));
        assertThatThrownBy(() -> input.upTo(29000004))
                .isInstanceOf(ArchiveException.class)
                .hasMessage(
                        "archive %s: holds epochs 28999998 … 29000003, expected one that reaches to epoch 29000004",
                        dir);
    }

    @Test
    void aDirectoryThatIsNoneOrHoldsNoArchive() throws Exception {
        refused(dir.resolve("absent"), "archive %s: no such directory", dir.resolve("absent"));
        Path empty = Files.createDirectory(dir.resolve("empty"));
        refused(empty, "archive %s: has no manifest, expected at least one manifests/EPOCH.json", empty);
        assertThat(ArchiveInput.isArchive(empty.toString())).isFalse();
        assertThat(ArchiveInput.isArchive(dir.toString())).isTrue();
    }

    @Test
    void aMissingFile() throws Exception {
        ArchiveManifest.File file = file(3, 1);
        Files.delete(dir.resolve(file.path()));
        refused(
                dir,
                "%s: is missing; %s names it for telemetry-1 offsets %d … %d",
                dir.resolve(file.path()),
                manifest(3),
                file.from(),
                file.to() - 1);
    }

    @Test
    void aTruncatedFile() throws Exception {
        ArchiveManifest.File file = file(3, 1);
        Path path = dir.resolve(file.path());
        byte[] content = Files.readAllBytes(path);
        Files.write(path, java.util.Arrays.copyOf(content, content.length / 2));
        assertThatThrownBy(() -> ArchiveInput.open(dir.toString()).verify())
                .isInstanceOf(ArchiveException.class)
                .hasMessageMatching(
                        "(?s)\\Q%s: %d bytes, its manifest says %d; cannot be read behind record 0, offset -1: \\E.+"
                                .formatted(path, content.length / 2, content.length));
    }

    @Test
    void anAlteredEnvelope() throws Exception {
        ArchiveManifest.File file = file(3, 1);
        Path path = dir.resolve(file.path());
        byte[] altered = AlteredFiles.rewrite(
                Files.readAllBytes(path),
                3,
                record -> record.setValue(ByteBuffer.wrap(RecordCodec.encode(new TelemetryTick("forged", 1L)))));
        Files.write(path, altered);
        assertThatThrownBy(() -> ArchiveInput.open(dir.toString()).verify())
                .isInstanceOf(ArchiveException.class)
                .hasMessageStartingWith(path + ": ")
                .hasMessageContaining("its manifest says")
                .hasMessageEndingWith(
                        "record 4, telemetry-1 offset %d, was altered: its checksum does not match", offsetOf(file, 3));
    }

    @Test
    void aFileOfSomethingElse() throws Exception {
        ArchiveManifest.File file = file(3, 1);
        Path path = dir.resolve(file.path());
        Files.writeString(path, "hello");
        assertThatThrownBy(() -> ArchiveInput.open(dir.toString()).verify())
                .isInstanceOf(ArchiveException.class)
                .hasMessage("%s: 5 bytes, its manifest says %d; is no Avro object container file", path, file.bytes());
    }

    @Test
    void aMissingManifest() throws Exception {
        Files.delete(manifest(1));
        refused(
                dir,
                "%s: previous is %s, expected %s, the SHA-256 of %s: a manifest was altered or is missing",
                manifest(2),
                manifests.get(1).digest(),
                manifests.get(0).digest(),
                manifest(0));
    }

    @Test
    void aMissingFirstManifest() throws Exception {
        Files.delete(manifest(0));
        refused(
                dir,
                "%s: the manifest before it, with SHA-256 %s, is missing",
                manifest(1),
                manifests.get(0).digest());
    }

    @Test
    void anAlteredManifest() throws Exception {
        Path path = manifest(1);
        String text = Files.readString(path);
        String sha256 = file(1, 0).sha256();
        Files.writeString(path, text.replace(sha256, "f" + sha256.substring(1)));
        refused(
                dir,
                "%s: previous is %s, expected %s, the SHA-256 of %s: a manifest was altered or is missing",
                manifest(2),
                manifests.get(1).digest(),
                ArchiveManifest.sha256(Files.readAllBytes(path)),
                path);

        Files.writeString(path, text.replace("\"epoch\":28999999", "\"epoch\":29000009"));
        refused(dir, "%s: is the manifest of epoch 29000009", path);
        Files.writeString(path, text.substring(0, text.length() / 2));
        assertThatThrownBy(() -> ArchiveInput.open(dir.toString()))
                .isInstanceOf(ArchiveException.class)
                .hasMessageStartingWith(path + ": is no manifest: ");
        Files.writeString(path, text.replace(",\"previous\"", ", \"previous\""));
        refused(
                dir,
                "%s: is no manifest: the bytes are not those that this manifest is written as: they were edited",
                path);
    }

    /** A chain of digests that is right does not make up for offsets that are not there. */
    @Test
    void aMissingRangeOfOffsets() throws Exception {
        ArchiveManifest third = manifests.get(3);
        List<ArchiveManifest.Partition> partitions = new ArrayList<>(third.partitions());
        ArchiveManifest.Partition telemetry = partitions.get(2);
        List<ArchiveManifest.File> files =
                telemetry.files().subList(1, telemetry.files().size());
        partitions.set(
                2,
                new ArchiveManifest.Partition(
                        telemetry.topic(),
                        telemetry.partition(),
                        files.get(0).from(),
                        telemetry.to(),
                        telemetry.records() - telemetry.files().get(0).records(),
                        files));
        ArchiveManifest forged =
                new ArchiveManifest(third.format(), third.epoch(), third.epochMinutes(), third.previous(), partitions);
        Files.write(manifest(3), forged.toBytes());
        refused(
                dir,
                "%s: telemetry-0 begins at offset %d, expected telemetry-0 at %d, where %s ends",
                manifest(3),
                files.get(0).from(),
                telemetry.from(),
                manifest(2));
    }

    @Test
    void anArchiveIsNotGoneOnWithAnotherEpochLength() {
        assertThatThrownBy(() -> ArchiveStart.of(ArchiveDirectory.of(dir.toString()), 60))
                .hasMessage("epochMinutes 60, expected 1: the archive was begun with it (%s)", manifest(5));
    }

    @Test
    void aFileIsNeverReplacedByAnother() {
        ArchiveDirectory archive = ArchiveDirectory.of(dir.toString());
        String path = ArchiveDirectory.manifestPath(28999999);
        assertThatThrownBy(() -> archive.put(path, "other".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(
                        "%s is there with other content: the topics are not those it was archived from, or it was altered",
                        manifest(1));
    }

    private void refused(Path directory, String message, Object... arguments) {
        assertThatThrownBy(() -> ArchiveInput.open(directory.toString()))
                .isInstanceOf(ArchiveException.class)
                .hasMessage(message, arguments);
    }

    private ArchiveManifest.File file(int manifest, int partition) {
        return manifests.get(manifest).partitions().get(2 + partition).files().get(0);
    }

    private Path manifest(int index) {
        return dir.resolve(ArchiveDirectory.manifestPath(28999998 + index));
    }

    private static long offsetOf(ArchiveManifest.File file, int index) {
        return records().stream()
                .filter(record -> record.topic().equals("telemetry") && record.partition() == 1)
                .filter(record -> record.offset() >= file.from())
                .skip(index)
                .findFirst()
                .orElseThrow()
                .offset();
    }

    private static List<RawRecord> read(ArchiveInput input, Topic topic, int partition) {
        List<RawRecord> read = new ArrayList<>();
        input.forEach(topic, record -> {
            if (record.partition() == partition) {
                read.add(record);
            }
        });
        return read;
    }

    private static List<RawRecord> expected(Topic topic, int partition, int seconds) {
        return records().stream()
                .filter(record -> record.topic().equals(topic.topicName()) && record.partition() == partition)
                .limit(seconds)
                .toList();
    }

    static RawRecord record(Topic topic, int partition, long offset, long timestamp, SpecificRecord value) {
        return new RawRecord(
                topic.topicName(), partition, offset, timestamp, new byte[] {1}, RecordCodec.encode(value));
    }

    static ChainEvent block(long number, long seconds) {
        return new ChainEvent(
                number,
                new Bytes32(new byte[32]),
                seconds,
                new Bytes32(new byte[32]),
                -1L,
                new Bytes20(new byte[20]),
                "BlockFinalized",
                Map.of());
    }

    static JobEvent progress(long at) {
        return new JobEvent(JobEventType.PROGRESS, new Bytes32(new byte[32]), new Bytes20(new byte[20]), at, at);
    }
}
