package io.ocos.jobs.archive;

import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.io.ArchiveManifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes an archive of records that lie in no topic, such as generated ones: the same files and manifests that an archiver of a
 * topic with these records writes. Holds the records of one file per partition. For one thread.
 */
public final class RecordArchiver {

    private final ArchiveDirectory archive;
    private final ArchiveLayout layout;
    private final ManifestChain chain;
    private final Map<String, PartitionCursor> cursors = new HashMap<>();
    private final Map<String, List<RawRecord>> buffers = new HashMap<>();

    /**
     * A new archive.
     *
     * @param location a directory, or the URI of one
     * @param partitions numbers of partitions of each archived topic that has records; all of them must get some
     */
    public RecordArchiver(String location, int epochMinutes, Set<String> partitions) {
        archive = ArchiveDirectory.of(location);
        layout = ArchiveLayout.ofEpochMinutes(epochMinutes);
        chain = new ManifestChain(epochMinutes, new TreeSet<>(partitions));
    }

    /** Adds a record; those of a partition come in the order of their offsets. Epochs are archived once they are closed. */
    public void add(RawRecord record) {
        RecordMark mark = RecordMark.of(record);
        List<RawRecord> buffer = buffers.computeIfAbsent(mark.partition(), partition -> new ArrayList<>());
        PartitionCursor cursor =
                cursors.computeIfAbsent(mark.partition(), partition -> PartitionCursor.after(null, partition));
        cursors.put(mark.partition(), cursor.add(mark, layout, planned -> write(planned, buffer)));
        buffer.add(record);
    }

    private void write(PlannedFile planned, List<RawRecord> buffer) {
        try {
            for (ArchiveManifest manifest : chain.add(file(planned, buffer))) {
                archive.put(ArchiveDirectory.manifestPath(manifest.epoch()), manifest.toBytes());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is buffered is what the file holds: it ends before the record that is being added. */
    private ArchivedFile file(PlannedFile planned, List<RawRecord> buffer) throws IOException {
        if (planned.records() == 0) {
            return ArchivedFile.none(planned);
        }
        try (ContainerFile container = new ContainerFile(planned)) {
            for (RawRecord record : buffer) {
                container.add(record.offset(), record.timestamp(), record.key(), record.value());
            }
            buffer.clear();
            byte[] content = container.finish();
            String sha256 = ArchiveManifest.sha256(content);
            String path = ContainerFile.path(planned, sha256);
            archive.put(path, content);
            return ArchivedFile.of(planned, path, content.length, sha256);
        }
    }
}
