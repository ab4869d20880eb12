package io.ocos.jobs.archive;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.io.ArchiveManifest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Archives that are made of records in memory, without a broker. */
final class TestArchive {

    private TestArchive() {}

    /** Archives the complete epochs of these records; every partition of the archive must have some. */
    static List<ArchiveManifest> write(Path directory, ArchiveLayout layout, List<RawRecord> records)
            throws IOException {
        ArchiveDirectory archive = ArchiveDirectory.of(directory.toString());
        Map<String, List<RawRecord>> partitions = new TreeMap<>(
                records.stream().collect(Collectors.groupingBy(record -> record.topic() + "-" + record.partition())));
        ManifestChain chain = new ManifestChain(layout.epochMinutes(), partitions.keySet());
        List<ArchiveManifest> manifests = new ArrayList<>();
        for (Map.Entry<String, List<RawRecord>> partition : partitions.entrySet()) {
            List<PlannedFile> plan = new ArrayList<>();
            PartitionCursor cursor = PartitionCursor.after(null, partition.getKey());
            for (RawRecord record : partition.getValue()) {
                cursor = cursor.add(RecordMark.of(record), layout, plan::add);
            }
            for (PlannedFile planned : plan) {
                for (ArchiveManifest manifest : chain.add(write(archive, planned, partition.getValue()))) {
                    archive.put(ArchiveDirectory.manifestPath(manifest.epoch()), manifest.toBytes());
                    manifests.add(manifest);
                }
            }
        }
        return manifests;
    }

    static ArchivedFile write(ArchiveDirectory archive, PlannedFile planned, List<RawRecord> records)
            throws IOException {
        if (planned.records() == 0) {
            return ArchivedFile.none(planned);
        }
        byte[] content = bytes(planned, records);
        String sha256 = ArchiveManifest.sha256(content);
        String path = ContainerFile.path(planned, sha256);
        archive.put(path, content);
        return ArchivedFile.of(planned, path, content.length, sha256);
    }

    /** The bytes of a file with those of the records that are in its range. */
    static byte[] bytes(PlannedFile planned, List<RawRecord> records) throws IOException {
        try (ContainerFile file = new ContainerFile(planned)) {
            for (RawRecord record : records) {
                if (record.offset() >= planned.from() && record.offset() < planned.to()) {
                    file.add(record.offset(), record.timestamp(), record.key(), record.value());
                }
            }
            return file.finish();
        }
    }
}
