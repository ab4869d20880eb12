package io.ocos.jobs.stack;

/** A part did not start; the message names it and ends with what its log says. */
public final class PartFailedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public PartFailedException(String message) {
        super(message);
    }
}
