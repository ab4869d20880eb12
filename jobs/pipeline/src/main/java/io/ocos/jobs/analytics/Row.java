package io.ocos.jobs.analytics;

/**
 * A row, ready to be inserted.
 *
 * @param table where it belongs
 * @param rowBinary its columns in ClickHouse's RowBinary; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Row(Table table, byte[] rowBinary) {}
