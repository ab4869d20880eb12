package io.ocos.ingest.domain;

/** A log of a followed contract that is no event; the follower keeps it with this reason and goes on. */
public final class RefusedLogException extends Exception {

    private static final long serialVersionUID = 1;

    /** Why a log is refused. */
    public enum Reason {
        /** The node says that its block is not part of the chain any more. */
        REMOVED,
        /** The same log came before in the same answer. */
        DUPLICATE_LOG,
        /** The event's topic, with another number of topics than the event has. */
        TOPIC_COUNT,
        /** Topics or data are not the ABI encoding of the event's arguments. */
        MALFORMED_ABI
    }

    private final Reason reason;

    RefusedLogException(Reason reason, String detail) {
        super(detail);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    /** What was wrong, the value, what was expected. */
    public String detail() {
        return String.valueOf(getMessage());
    }
}
