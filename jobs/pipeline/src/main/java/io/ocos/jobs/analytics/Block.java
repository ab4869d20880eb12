package io.ocos.jobs.analytics;

import io.ocos.jobs.flink.RawRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Rows of one table from contiguous offsets of one partition of one topic: what one insert carries. */
final class Block {

    private static final int TOKEN_DIGEST_BYTES = 16;

    /** A row with the record it came from. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Entry(RawRecord source, byte[] row) {}

    private final Table table;
    private final List<Entry> entries;
    private long bytes;

    Block(Table table) {
        this(table, new ArrayList<>());
    }

    private Block(Table table, List<Entry> entries) {
        this.table = table;
        this.entries = entries;
    }

    Table table() {
        return table;
    }

    /** Adds a row and returns the bytes it keeps in memory. */
    long add(RawRecord source, Row row) {
        byte[] value = source.value();
        long added = (long) row.rowBinary().length + (value == null ? 0 : value.length);
        entries.add(new Entry(source, row.rowBinary()));
        bytes += added;
        return added;
    }

    /** Bytes that the rows and their records keep in memory. */
    long bytes() {
        return bytes;
    }

    int rows() {
        return entries.size();
    }

    /** The record behind the first row. */
    RawRecord firstSource() {
        return entries.get(0).source();
    }

    /** Two blocks with the first and the second half of the rows, which are two at least. */
    List<Block> halves() {
        int middle = entries.size() / 2;
        return List.of(
                new Block(table, entries.subList(0, middle)),
                new Block(table, entries.subList(middle, entries.size())));
    }

    /**
     * The name under which ClickHouse recognises a repeated insert: table, topic, partition, first and last offset, and a
     * digest of the rows. The digest keeps other rows from being taken for these when a topic was created anew and its
     * offsets begin again.
     */
    String deduplicationToken() {
        MessageDigest digest = sha256();
        entries.forEach(entry -> digest.update(entry.row()));
        RawRecord first = firstSource();
        return "%s:%s-%d:%d-%d:%s"
                .formatted(
                        table.view(),
                        first.topic(),
                        first.partition(),
                        first.offset(),
                        entries.get(entries.size() - 1).source().offset(),
                        HexFormat.of().formatHex(digest.digest(), 0, TOKEN_DIGEST_BYTES));
    }

    /** Writes RowBinaryWithNamesAndTypes. */
    void writeTo(OutputStream out) throws IOException {
        out.write(RowWriter.header(table));
        for (Entry entry : entries) {
            out.write(entry.row());
        }
    }

    /** Table, topic, partition, offsets. */
    @Override
    public String toString() {
        RawRecord first = firstSource();
        return "%d rows of %s from %s-%d@%d…%d"
                .formatted(
                        entries.size(),
                        table.view(),
                        first.topic(),
                        first.partition(),
                        first.offset(),
                        entries.get(entries.size() - 1).source().offset());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
