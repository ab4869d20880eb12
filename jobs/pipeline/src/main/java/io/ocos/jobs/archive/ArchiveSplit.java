package io.ocos.jobs.archive;

import io.ocos.schemas.io.ArchiveManifest;

/**
 * A file to read, as its manifest describes it.
 *
 * @param topic name of the topic
 * @param partition ≥ 0
 * @param path relative to the archive
 * @param from first offset of its range
 * @param to behind the last
 * @param records number of records
 * @param bytes size
 * @param sha256 digest
 * @param cid content identifier
 */
public record ArchiveSplit(
        String topic,
        int partition,
        String path,
        long from,
        long to,
        long records,
        long bytes,
        String sha256,
        String cid) {

    /** Nothing to read. */
    static final ArchiveSplit NONE = new ArchiveSplit("", 0, "", 0, 0, 0, 0, "", "");

    static ArchiveSplit of(ArchiveManifest.Partition partition, ArchiveManifest.File file) {
        return new ArchiveSplit(
                partition.topic(),
                partition.partition(),
                file.path(),
                file.from(),
                file.to(),
                file.records(),
                file.bytes(),
                file.sha256(),
                file.cid());
    }

    ArchiveManifest.File file() {
        return new ArchiveManifest.File(path, from, to, records, bytes, sha256, cid);
    }
}
