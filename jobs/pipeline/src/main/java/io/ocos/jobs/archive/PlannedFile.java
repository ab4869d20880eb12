package io.ocos.jobs.archive;

import io.ocos.schemas.io.Topic;

/**
 * A file that is complete in the topic, or, with no records, the news that epochs were closed in a partition. Those of a
 * partition come in the order of their offsets, without gap.
 *
 * @param partition {@code TOPIC-NUMBER}
 * @param epoch of its records
 * @param from first offset of the range
 * @param to offset of the first record behind it
 * @param records number of records in {@code from} ≤ offset &lt; {@code to}; 0 makes no file
 * @param closedEpoch newest epoch that the record at {@code to}, or one before it, closed in this partition; -1 for none
 */
public record PlannedFile(String partition, long epoch, long from, long to, long records, long closedEpoch) {

    /** The topic of a partition's name. */
    static Topic topic(String partition) {
        return Topic.ofName(partition.substring(0, partition.lastIndexOf('-')));
    }

    /** The number of a partition's name. */
    static int number(String partition) {
        return Integer.parseInt(partition.substring(partition.lastIndexOf('-') + 1));
    }
}
