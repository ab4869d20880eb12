package io.ocos.rewardssettlement.io;

/** A call was sent, and either failed or is not known to have been mined. The message is one line, and says which. */
public final class CallFailedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    CallFailedException(String message) {
        super(message);
    }

    CallFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
