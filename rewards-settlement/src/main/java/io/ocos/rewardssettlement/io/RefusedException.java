package io.ocos.rewardssettlement.io;

/** A call was not signed, or no node took it: nothing has happened. The message is one line, and says why. */
public final class RefusedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public RefusedException(String message) {
        super(message);
    }

    public RefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
