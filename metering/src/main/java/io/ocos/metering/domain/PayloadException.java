package io.ocos.metering.domain;

/** A payload that breaks E3; without a stack trace, since it is an answer and not a fault. */
public final class PayloadException extends Exception {

    private static final long serialVersionUID = 1;

    PayloadException(String detail) {
        super(detail, null, false, false);
    }

    /** What was wrong, the value, what was expected. */
    public String detail() {
        return String.valueOf(getMessage());
    }
}
