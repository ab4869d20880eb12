package io.ocos.jobs.archive;

import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.Topic;
import java.io.Serializable;
import java.util.List;

/**
 * Where the records of a partition are cut into epochs and files. Every rule looks at the records alone, never at the clock
 * or at checkpoints, so that every archiver makes the same cuts.
 *
 * @param epochMinutes length of an epoch (SPEC 10), at least 1
 * @param fileMinutes a file ends where the time of its records enters the next multiple of this, at least 1
 * @param fileBytes a file ends before the record with which its keys and values would be more, at least 1
 */
record ArchiveLayout(int epochMinutes, int fileMinutes, long fileBytes) implements Serializable {

    /** The topics that can change a reward (SPEC 2). */
    static final List<Topic> TOPICS = List.of(Topic.TELEMETRY, Topic.CHAIN_EVENTS, Topic.JOB_EVENTS);

    private static final int FILE_MINUTES = 10;
    private static final long FILE_BYTES = 32L << 20;

    /** Time after the end of a minute that telemetry may still come (SPEC 13). */
    private static final long TELEMETRY_MILLIS = 10_000;

    /** Time after the end of a minute that job events may still come (SPEC 13). */
    private static final long JOBS_MILLIS = 60_000;

    /** The layout of manifest format 1: nothing but the deployment's epoch length can be chosen. */
    static ArchiveLayout ofEpochMinutes(int epochMinutes) {
        return new ArchiveLayout(epochMinutes, FILE_MINUTES, FILE_BYTES);
    }

    /**
     * The newest epoch that a record of this time closes in its partition, that is whose last minute it closes as SPEC 13
     * says; -1 for none.
     *
     * @param timeMillis as {@link RecordTime} gives it
     */
    long closedEpoch(Topic topic, long timeMillis) {
        long grace =
                switch (topic) {
                    case TELEMETRY -> TELEMETRY_MILLIS;
                    case JOB_EVENTS -> JOBS_MILLIS;
                    default -> 0;
                };
        // Epoch e is closed when time > end(e) + grace, end(e) = epochMillis · (e + 1).
        return Math.floorDiv(timeMillis - grace - 1, epochMinutes * Minutes.MILLIS) - 1;
    }

    /** The file slot of a time: files of one partition never hold records of two of them, but for records out of order. */
    long fileSlot(long timeMillis) {
        return timeMillis / (fileMinutes * Minutes.MILLIS);
    }
}
