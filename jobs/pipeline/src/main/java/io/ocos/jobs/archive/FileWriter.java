package io.ocos.jobs.archive;

import io.ocos.schemas.io.ArchiveManifest;
import java.io.IOException;

/** Writes planned files: reads their ranges from the topics again, so that nothing of a file is ever kept elsewhere. */
final class FileWriter implements AutoCloseable {

    private final TopicReader topics;
    private final ArchiveDirectory archive;

    FileWriter(TopicReader topics, ArchiveDirectory archive) {
        this.topics = topics;
        this.archive = archive;
    }

    /** The topics that it reads. */
    TopicReader topics() {
        return topics;
    }

    /** Writes the file, or finds it written; the same planned file is always the same file. */
    ArchivedFile write(PlannedFile planned) throws IOException {
        if (planned.records() == 0) {
            return ArchivedFile.none(planned);
        }
        try (ContainerFile container = new ContainerFile(planned)) {
            long records = topics.read(
                    planned.partition(),
                    planned.from(),
                    planned.to(),
                    record -> container.add(record.offset(), record.timestamp(), record.key(), record.value()));
            if (records != planned.records()) {
                throw new IllegalStateException("%s: offsets %d … %d hold %d records, expected the %d read before"
                        .formatted(planned.partition(), planned.from(), planned.to() - 1, records, planned.records()));
            }
            byte[] content = container.finish();
            String sha256 = ArchiveManifest.sha256(content);
            String path = ContainerFile.path(planned, sha256);
            archive.put(path, content);
            return ArchivedFile.of(planned, path, content.length, sha256);
        }
    }

    @Override
    public void close() {
        topics.close();
    }
}
