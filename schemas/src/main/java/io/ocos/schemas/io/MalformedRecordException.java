package io.ocos.schemas.io;

/** Bytes that are no record; carries the reason code under which they are kept. */
public final class MalformedRecordException extends Exception {

    private static final long serialVersionUID = 1;

    private final String reason;

    public MalformedRecordException(String reason, String detail) {
        super(detail);
        this.reason = reason;
    }

    public MalformedRecordException(String reason, String detail, Throwable cause) {
        super(detail, cause);
        this.reason = reason;
    }

    /** The reason code, upper case. */
    public String reason() {
        return reason;
    }

    /** What was wrong, the value, what was expected. */
    public String detail() {
        return String.valueOf(getMessage());
    }
}
