package io.ocos.jobs.archive;

/**
 * A {@link PlannedFile} that is in the archive.
 *
 * @param partition {@code TOPIC-NUMBER}
 * @param epoch of its records
 * @param from first offset of the range
 * @param to offset of the first record behind it
 * @param records number of records; 0: there is no file
 * @param closedEpoch newest epoch that is closed in the partition; -1 for none
 * @param path relative to the archive; empty when there is no file
 * @param bytes size of the file
 * @param sha256 of the file, lower-case hex digits; empty when there is no file
 */
public record ArchivedFile(
        String partition,
        long epoch,
        long from,
        long to,
        long records,
        long closedEpoch,
        String path,
        long bytes,
        String sha256) {

    /** What a planned file without records becomes. */
    static ArchivedFile none(PlannedFile planned) {
        return of(planned, "", 0, "");
    }

    static ArchivedFile of(PlannedFile planned, String path, long bytes, String sha256) {
        return new ArchivedFile(
                planned.partition(),
                planned.epoch(),
                planned.from(),
                planned.to(),
                planned.records(),
                planned.closedEpoch(),
                path,
                bytes,
                sha256);
    }
}
