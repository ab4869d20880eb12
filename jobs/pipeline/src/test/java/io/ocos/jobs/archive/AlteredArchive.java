package io.ocos.jobs.archive;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.rewardssettlement.domain.Cid;
import io.ocos.schemas.io.ArchiveManifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** An archive of which somebody has altered one record. */
public final class AlteredArchive {

    private AlteredArchive() {}

    /** Changes the value of a record; whatever is said about its file stays. */
    public static void alter(Path directory, RawRecord victim, byte[] value) throws IOException {
        ArchiveInput archive = ArchiveInput.open(directory.toString());
        Path file = Path.of(archive.fileOf(victim));
        List<Long> offsets = new ArrayList<>();
        ContainerFile.salvage(
                Files.readAllBytes(file), victim.topic(), victim.partition(), record -> offsets.add(record.offset()));
        Files.write(
                file,
                AlteredFiles.rewrite(
                        Files.readAllBytes(file),
                        offsets.indexOf(victim.offset()),
                        record -> record.setValue(ByteBuffer.wrap(value))));
    }

    /** Changes the value of a record, writes its file anew and every manifest from there on, so that all digests match. */
    public static void rewrite(Path directory, RawRecord victim, byte[] value) throws IOException {
        ArchiveInput archive = ArchiveInput.open(directory.toString());
        String previous = null;
        for (ArchiveManifest manifest : archive.manifests()) {
            List<ArchiveManifest.Partition> partitions = new ArrayList<>();
            for (ArchiveManifest.Partition partition : manifest.partitions()) {
                List<ArchiveManifest.File> files = new ArrayList<>();
                for (ArchiveManifest.File file : partition.files()) {
                    boolean holds = partition.topic().equals(victim.topic())
                            && partition.partition() == victim.partition()
                            && file.from() <= victim.offset()
                            && victim.offset() < file.to();
                    files.add(holds ? rewrite(directory, archive, manifest, partition, file, victim, value) : file);
                }
                partitions.add(new ArchiveManifest.Partition(
                        partition.topic(),
                        partition.partition(),
                        partition.from(),
                        partition.to(),
                        partition.records(),
                        files));
            }
            ArchiveManifest altered = new ArchiveManifest(
                    manifest.format(), manifest.epoch(), manifest.epochMinutes(), previous, partitions);
            Files.write(directory.resolve(ArchiveDirectory.manifestPath(manifest.epoch())), altered.toBytes());
            previous = altered.digest();
        }
    }

    private static ArchiveManifest.File rewrite(
            Path directory,
            ArchiveInput archive,
            ArchiveManifest manifest,
            ArchiveManifest.Partition partition,
            ArchiveManifest.File file,
            RawRecord victim,
            byte[] value)
            throws IOException {
        List<RawRecord> records = new ArrayList<>();
        archive.forEach(partition, file, records::add);
        PlannedFile planned = new PlannedFile(
                partition.name(), manifest.epoch(), file.from(), file.to(), records.size(), manifest.epoch());
        byte[] content;
        try (ContainerFile container = new ContainerFile(planned)) {
            for (RawRecord record : records) {
                container.add(
                        record.offset(),
                        record.timestamp(),
                        record.key(),
                        record.offset() == victim.offset() ? value : record.value());
            }
            content = container.finish();
        }
        String sha256 = ArchiveManifest.sha256(content);
        String path = ContainerFile.path(planned, sha256);
        Files.write(directory.resolve(path), content);
        return new ArchiveManifest.File(
                path,
                file.from(),
                file.to(),
                file.records(),
                content.length,
                sha256,
                Cid.ofDigest(HexFormat.of().parseHex(sha256)));
    }
}
