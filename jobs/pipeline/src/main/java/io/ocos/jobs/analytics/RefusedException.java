package io.ocos.jobs.analytics;

/** ClickHouse refused an insert because of what is in its rows: trying again cannot help. */
final class RefusedException extends Exception {

    private static final long serialVersionUID = 1;

    RefusedException(Throwable cause) {
        super(cause.getMessage(), cause);
    }

    /** What ClickHouse said. */
    String detail() {
        return String.valueOf(getMessage());
    }
}
