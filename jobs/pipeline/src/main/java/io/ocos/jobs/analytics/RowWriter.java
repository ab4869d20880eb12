package io.ocos.jobs.analytics;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes one row in RowBinary, column by column in the table's order; a call for another type than the next column's is
 * a bug and throws. Values travel as bytes, never as SQL text, so nothing in them needs quoting.
 */
final class RowWriter {

    /** 2299-12-31T23:59:59.999Z, the end of DateTime64. */
    static final long MAX_MILLIS = 10_413_791_999_999L;

    /** 2106-02-07T06:28:15Z, the end of DateTime. */
    static final long MAX_SECONDS = 0xffff_ffffL;

    /** The last minute whose start a DateTime can hold. */
    static final long MAX_MINUTE = MAX_SECONDS / 60;

    private final Table table;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    private int next;

    RowWriter(Table table) {
        this.table = table;
    }

    /** What comes before the rows of an insert in RowBinaryWithNamesAndTypes: the server refuses it if its own differ. */
    static byte[] header(Table table) {
        RowWriter writer = new RowWriter(table);
        writer.varint(table.columns().size());
        table.columns().forEach(column -> writer.bytes(utf8(column.name())));
        table.columns().forEach(column -> writer.bytes(utf8(column.type().clickHouseName())));
        return writer.bytes.toByteArray();
    }

    Row row() {
        if (next != table.columns().size()) {
            throw new IllegalStateException("%s: a row of %d columns, expected %d"
                    .formatted(table, next, table.columns().size()));
        }
        return new Row(table, bytes.toByteArray());
    }

    RowWriter bool(boolean value) {
        column(ColumnType.BOOL);
        bytes.write(value ? 1 : 0);
        return this;
    }

    RowWriter uint8(long value) throws UnrepresentableException {
        return unsigned(ColumnType.UINT8, value, 0xff, Byte.BYTES);
    }

    RowWriter uint16(long value) throws UnrepresentableException {
        return unsigned(ColumnType.UINT16, value, 0xffff, Short.BYTES);
    }

    RowWriter uint32(long value) throws UnrepresentableException {
        return unsigned(ColumnType.UINT32, value, 0xffff_ffffL, Integer.BYTES);
    }

    /** A minute index. */
    RowWriter minute(long value) throws UnrepresentableException {
        return unsigned(ColumnType.UINT32, value, MAX_MINUTE, Integer.BYTES);
    }

    /** An hour index: hours since 1970 UTC. */
    RowWriter hour(long value) throws UnrepresentableException {
        return unsigned(ColumnType.UINT32, value, MAX_SECONDS / 3_600, Integer.BYTES);
    }

    RowWriter uint64(long value) throws UnrepresentableException {
        return unsigned(ColumnType.UINT64, value, Long.MAX_VALUE, Long.BYTES);
    }

    RowWriter seconds(long value) throws UnrepresentableException {
        return unsigned(ColumnType.DATE_TIME, value, MAX_SECONDS, Integer.BYTES);
    }

    RowWriter millis(long value) throws UnrepresentableException {
        return unsigned(ColumnType.DATE_TIME_MILLIS, value, MAX_MILLIS, Long.BYTES);
    }

    RowWriter int32(int value) {
        column(ColumnType.INT32);
        littleEndian(value, Integer.BYTES);
        return this;
    }

    RowWriter int64(long value) {
        column(ColumnType.INT64);
        littleEndian(value, Long.BYTES);
        return this;
    }

    /** An amount in 32 big-endian bytes. */
    RowWriter uint256(byte[] bigEndian) {
        column(ColumnType.UINT256);
        reversed(bigEndian);
        return this;
    }

    RowWriter text(String value) {
        column(ColumnType.STRING);
        bytes(utf8(value));
        return this;
    }

    RowWriter label(String value) {
        column(ColumnType.LABEL);
        bytes(utf8(value));
        return this;
    }

    RowWriter nullableBytes(byte @Nullable [] value) {
        column(ColumnType.NULLABLE_STRING);
        bytes.write(value == null ? 1 : 0);
        if (value != null) {
            bytes(value);
        }
        return this;
    }

    RowWriter labels(Collection<String> values) {
        column(ColumnType.LABELS);
        varint(values.size());
        values.forEach(value -> bytes(utf8(value)));
        return this;
    }

    RowWriter uint32s(Collection<Integer> values) throws UnrepresentableException {
        Column column = column(ColumnType.UINT32S);
        varint(values.size());
        for (int value : values) {
            littleEndian(checked(column, value, 0xffff_ffffL), Integer.BYTES);
        }
        return this;
    }

    RowWriter uint64s(Collection<Long> values) throws UnrepresentableException {
        Column column = column(ColumnType.UINT64S);
        varint(values.size());
        for (long value : values) {
            littleEndian(checked(column, value, Long.MAX_VALUE), Long.BYTES);
        }
        return this;
    }

    /** Amounts in 32 big-endian bytes each. */
    RowWriter uint256s(Collection<byte[]> values) {
        column(ColumnType.UINT256S);
        varint(values.size());
        values.forEach(this::reversed);
        return this;
    }

    /** Written in the order of the keys: the same map is the same bytes. */
    RowWriter textMap(Map<String, String> values) {
        column(ColumnType.TEXT_MAP);
        varint(values.size());
        new TreeMap<>(values).forEach((key, value) -> {
            bytes(utf8(key));
            bytes(utf8(value));
        });
        return this;
    }

    private RowWriter unsigned(ColumnType type, long value, long max, int size) throws UnrepresentableException {
        littleEndian(checked(column(type), value, max), size);
        return this;
    }

    private Column column(ColumnType type) {
        Column column = table.columns().get(next++);
        if (column.type() != type) {
            throw new IllegalStateException(
                    "%s.%s: a value of type %s, expected %s".formatted(table, column.name(), type, column.type()));
        }
        return column;
    }

    private static long checked(Column column, long value, long max) throws UnrepresentableException {
        if (value < 0 || value > max) {
            throw new UnrepresentableException(column, value, max);
        }
        return value;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void bytes(byte[] value) {
        varint(value.length);
        bytes.writeBytes(value);
    }

    private void varint(int value) {
        int rest = value;
        while (rest > 0x7f) {
            bytes.write((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        bytes.write(rest);
    }

    private void littleEndian(long value, int size) {
        for (int i = 0; i < size; i++) {
            bytes.write((int) (value >>> (8 * i)));
        }
    }

    private void reversed(byte[] bigEndian) {
        for (int i = bigEndian.length - 1; i >= 0; i--) {
            bytes.write(bigEndian[i]);
        }
    }
}
