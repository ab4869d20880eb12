package io.ocos.jobs.archive;

import io.ocos.schemas.io.ArchiveManifest;
import io.ocos.schemas.io.Topic;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How far a partition is cut: the file that is being filled, and what is closed. Immutable. A file of the partition is a
 * range of offsets; it ends before the first record that
 * <ul>
 *   <li>closes the epoch of the file's records (SPEC 13), which is the epoch's cut: everything before it is in a manifest
 *       of this epoch or an earlier one,
 *   <li>or brings the partition's time to the next file slot,
 *   <li>or would make it larger than a file may be.
 * </ul>
 *
 * @param from first offset of the file that is being filled, -1 before the partition's first record
 * @param next smallest offset that the next record can have
 * @param records in that file
 * @param bytes of their keys and values
 * @param clockMillis largest time that a record brought, {@link RecordTime#NONE} before the first
 * @param closedEpoch newest epoch that is closed, -1 for none
 */
public record PartitionCursor(long from, long next, long records, long bytes, long clockMillis, long closedEpoch) {

    private static final PartitionCursor START = new PartitionCursor(-1, 0, 0, 0, RecordTime.NONE, -1);

    /**
     * Where a partition is cut on: behind the newest manifest, or from its first record.
     *
     * @param newest null when there is none
     */
    static PartitionCursor after(@Nullable ArchiveManifest newest, String partition) {
        if (newest == null) {
            return START;
        }
        return newest.partitions().stream()
                .filter(entry -> entry.name().equals(partition))
                .findFirst()
                .map(entry -> new PartitionCursor(entry.to(), entry.to(), 0, 0, RecordTime.NONE, newest.epoch()))
                .orElseThrow(() -> new IllegalStateException(
                        "%s is not in the manifest of epoch %d: a partition cannot join an archive"
                                .formatted(partition, newest.epoch())));
    }

    /**
     * Goes on by a record.
     *
     * @param out gets the file that ends before it, if one does
     * @throws IllegalStateException when the record is not behind the one before: the topic was made anew
     */
    PartitionCursor add(RecordMark mark, ArchiveLayout layout, Consumer<PlannedFile> out) {
        if (mark.offset() < next) {
            throw new IllegalStateException(
                    "%s: a record at offset %d, expected %d or more: the topic was made anew; archive it in a new directory"
                            .formatted(mark.partition(), mark.offset(), next));
        }
        Topic topic = PlannedFile.topic(mark.partition());
        long clock = Math.max(clockMillis, mark.timeMillis());
        long closed = mark.timeMillis() == RecordTime.NONE
                ? closedEpoch
                : Math.max(closedEpoch, layout.closedEpoch(topic, mark.timeMillis()));
        boolean full = records > 0
                && (bytes + mark.bytes() > layout.fileBytes() || layout.fileSlot(clock) > layout.fileSlot(clockMillis));
        long begin = from < 0 ? mark.offset() : from;
        if (closed > closedEpoch || full) {
            // A record that is first in its file lies at the file's beginning or behind marks of transactions.
            long end = records > 0 ? mark.offset() : begin;
            out.accept(new PlannedFile(mark.partition(), closedEpoch + 1, begin, end, records, closed));
            return new PartitionCursor(end, mark.offset() + 1, 1, mark.bytes(), clock, closed);
        }
        return new PartitionCursor(begin, mark.offset() + 1, records + 1, bytes + mark.bytes(), clock, closed);
    }
}
