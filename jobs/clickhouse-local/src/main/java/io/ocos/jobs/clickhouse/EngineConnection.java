package io.ocos.jobs.clickhouse;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One connection to the engine: one statement at a time, used by one thread. */
final class EngineConnection implements AutoCloseable {

    private static final int COPY_BYTES = 65_536;

    private final Chdb chdb;
    private final Pointer pointer;
    private final Pointer handle;

    private EngineConnection(Chdb chdb, Pointer pointer) {
        this.chdb = chdb;
        this.pointer = pointer;
        this.handle = pointer.getPointer(0);
    }

    static EngineConnection open(Chdb chdb, List<String> arguments) {
        Pointer pointer = chdb.chdb_connect(arguments.size(), arguments.toArray(String[]::new));
        if (pointer == null) {
            throw new IllegalStateException("the engine refused to open a connection with %s".formatted(arguments));
        }
        return new EngineConnection(chdb, pointer);
    }

    /** How many statements the text holds; 0 when it does not parse, or is empty. */
    int count(String sql) {
        byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        int[] analysis = {16, 0, 0, 0};
        if (chdb.chdb_classify_query_n(handle, text, text.length, null, 0, analysis) != 0) {
            throw new IllegalStateException("the engine could not classify a statement");
        }
        return analysis[1];
    }

    /** Runs a statement to its end; the whole result is held in memory. */
    Result execute(String sql, String format, Map<String, String> parameters) throws EngineException {
        Call call = new Call(sql, format, parameters);
        return checked(chdb.chdb_query_with_params_n(
                handle,
                call.sql,
                call.sql.length,
                call.format,
                call.format.length,
                call.names,
                call.nameLengths,
                call.values,
                call.valueLengths,
                call.count));
    }

    /** Begins a statement whose result is fetched in chunks. */
    Stream stream(String sql, String format, Map<String, String> parameters) throws EngineException {
        Call call = new Call(sql, format, parameters);
        return new Stream(checked(chdb.chdb_stream_query_with_params_n(
                handle,
                call.sql,
                call.sql.length,
                call.format,
                call.format.length,
                call.names,
                call.nameLengths,
                call.values,
                call.valueLengths,
                call.count)));
    }

    /**
     * Inserts data as it comes; nothing is committed when reading fails.
     *
     * @param sql the INSERT without FORMAT or VALUES
     */
    Result insert(String sql, String format, Map<String, String> parameters, InputStream data)
            throws EngineException, IOException {
        Call call = new Call(sql, format, parameters);
        Pointer insert = chdb.chdb_stream_insert_with_params_n(
                handle,
                call.sql,
                call.sql.length,
                call.format,
                call.format.length,
                call.names,
                call.nameLengths,
                call.values,
                call.valueLengths,
                call.count);
        boolean done = false;
        try (Memory memory = new Memory(COPY_BYTES)) {
            check(chdb.chdb_stream_insert_error(insert));
            byte[] buffer = new byte[COPY_BYTES];
            int state = 0;
            for (int n = data.readNBytes(buffer, 0, COPY_BYTES);
                    n > 0 && state == 0;
                    n = data.readNBytes(buffer, 0, COPY_BYTES)) {
                memory.write(0, buffer, 0, n);
                state = chdb.chdb_stream_append(insert, memory, n);
            }
            if (state != 0) {
                String error = chdb.chdb_stream_insert_error(insert);
                throw EngineException.of(error == null ? "the engine refused the data" : error);
            }
            done = true;
            return checked(chdb.chdb_stream_done(insert));
        } finally {
            if (!done) {
                chdb.chdb_stream_cancel_insert(insert);
            }
            chdb.chdb_destroy_insert_stream(insert);
        }
    }

    @Override
    public void close() {
        chdb.chdb_close_conn(pointer);
    }

    private Result checked(Pointer result) throws EngineException {
        String error = chdb.chdb_result_error(result);
        if (error != null) {
            chdb.chdb_destroy_query_result(result);
            throw EngineException.of(error);
        }
        return new Result(result);
    }

    private static void check(@Nullable String error) throws EngineException {
        if (error != null) {
            throw EngineException.of(error);
        }
    }

    /** The result of a statement, or a chunk of it. */
    final class Result implements AutoCloseable {

        private final Pointer result;

        private Result(Pointer result) {
            this.result = result;
        }

        long length() {
            return chdb.chdb_result_length(result);
        }

        /** Copies bytes out; {@code offset + count} must not exceed {@link #length()}. */
        void read(long offset, byte[] target, int count) {
            chdb.chdb_result_buffer(result).read(offset, target, 0, count);
        }

        Summary summary() {
            return new Summary(
                    chdb.chdb_result_storage_rows_read(result),
                    chdb.chdb_result_storage_bytes_read(result),
                    chdb.chdb_result_rows_written(result),
                    chdb.chdb_result_bytes_written(result),
                    chdb.chdb_result_rows_read(result),
                    length(),
                    (long) (chdb.chdb_result_elapsed(result) * 1e9));
        }

        @Override
        public void close() {
            chdb.chdb_destroy_query_result(result);
        }
    }

    /** A result that is fetched in chunks; closing it early cancels the statement. */
    final class Stream implements AutoCloseable {

        private final Result head;

        private Stream(Result head) {
            this.head = head;
        }

        /** The next chunk, empty at the end. */
        Result next() throws EngineException {
            return checked(chdb.chdb_stream_fetch_result(handle, head.result));
        }

        @Override
        public void close() {
            chdb.chdb_stream_cancel_query(handle, head.result);
            head.close();
        }
    }

    /** The arguments of a call in the form the library takes them. */
    private static final class Call {

        private final byte[] sql;
        private final byte[] format;
        private final int count;
        private final Pointer[] names;
        private final long[] nameLengths;
        private final Pointer[] values;
        private final long[] valueLengths;

        Call(String sql, String format, Map<String, String> parameters) {
            this.sql = sql.getBytes(StandardCharsets.UTF_8);
            this.format = format.getBytes(StandardCharsets.UTF_8);
            count = parameters.size();
            // JNA passes no arrays of length 0.
            int size = Math.max(1, count);
            names = new Pointer[size];
            nameLengths = new long[size];
            values = new Pointer[size];
            valueLengths = new long[size];
            int i = 0;
            for (Map.Entry<String, String> parameter : parameters.entrySet()) {
                nameLengths[i] = put(names, i, parameter.getKey());
                valueLengths[i] = put(values, i, parameter.getValue());
                i++;
            }
        }

        private static long put(Pointer[] target, int index, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            Memory memory = new Memory(bytes.length + 1L);
            memory.write(0, bytes, 0, bytes.length);
            memory.setByte(bytes.length, (byte) 0);
            target[index] = memory;
            return bytes.length;
        }
    }
}
