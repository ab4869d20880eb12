package io.ocos.ingest.domain;

import java.util.Optional;

/** What a gateway answers to a request. */
public sealed interface Answer {

    /**
     * The envelope is in the log.
     *
     * @param countsForUptime S2
     * @param droppedEntries entries that fail S1 and will not count
     */
    record Accepted(Receipt receipt, boolean countsForUptime, int droppedEntries) implements Answer {}

    /** The envelope was in the log before. The receipt is the original one; empty when it is not known any more. */
    record Duplicate(Optional<Receipt> receipt) implements Answer {}

    /** The request has no effect. */
    record Refused(Problem problem, String detail) implements Answer {}
}
