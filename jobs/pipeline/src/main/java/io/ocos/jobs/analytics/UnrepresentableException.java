package io.ocos.jobs.analytics;

/** A value that its ClickHouse column cannot hold; the message names the column, the value and the range. */
final class UnrepresentableException extends Exception {

    private static final long serialVersionUID = 1;

    UnrepresentableException(Column column, long value, long max) {
        super("%s %d, expected 0 … %d".formatted(column.name(), value, max));
    }
}
