package io.ocos.jobs.rewardpipeline.domain;

/** Two chain events of one position and different content (SPEC 2.2): one of them is wrong, and no one can say which. */
public final class ConflictingEventsException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public ConflictingEventsException(long blockNumber, long logIndex) {
        super("chain-events: block %d, log %d is there twice with different content, expected one event per position"
                .formatted(blockNumber, logIndex));
    }
}
