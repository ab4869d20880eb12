package io.ocos.jobs.clickhouse;

import com.sun.jna.Library;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * The C interface of libchdb 26.7.3, as far as it is used. A connection handle is what {@code chdb_connect} returns
 * points to; every result and insert stream must be destroyed once. Strings are UTF-8, lengths are bytes.
 */
interface Chdb extends Library {

    /** Must be off before the first connection: the JVM's own handlers then stay as they are. */
    void chdb_set_signal_handlers_enabled(int enabled);

    /** A pointer to the connection handle; null when the engine refuses (it does not say why). */
    @Nullable
    Pointer chdb_connect(int count, String[] arguments);

    void chdb_close_conn(Pointer pointerToConnection);

    /** 0 when every engine thread has ended. All connections must be closed before. */
    int chdb_shutdown();

    /** Fills {struct size in bytes, number of statements, flags, class}. */
    int chdb_classify_query_n(
            Pointer connection,
            byte[] sql,
            long sqlLength,
            @Nullable Pointer database,
            long databaseLength,
            int[] analysis);

    Pointer chdb_query_with_params_n(
            Pointer connection,
            byte[] sql,
            long sqlLength,
            byte[] format,
            long formatLength,
            Pointer[] names,
            long[] nameLengths,
            Pointer[] values,
            long[] valueLengths,
            long count);

    Pointer chdb_stream_query_with_params_n(
            Pointer connection,
            byte[] sql,
            long sqlLength,
            byte[] format,
            long formatLength,
            Pointer[] names,
            long[] nameLengths,
            Pointer[] values,
            long[] valueLengths,
            long count);

    Pointer chdb_stream_fetch_result(Pointer connection, Pointer stream);

    void chdb_stream_cancel_query(Pointer connection, Pointer stream);

    Pointer chdb_stream_insert_with_params_n(
            Pointer connection,
            byte[] sql,
            long sqlLength,
            byte[] format,
            long formatLength,
            Pointer[] names,
            long[] nameLengths,
            Pointer[] values,
            long[] valueLengths,
            long count);

    int chdb_stream_append(Pointer insert, Pointer data, long length);

    Pointer chdb_stream_done(Pointer insert);

    void chdb_stream_cancel_insert(Pointer insert);

    @Nullable
    String chdb_stream_insert_error(Pointer insert);

    void chdb_destroy_insert_stream(Pointer insert);

    Pointer chdb_result_buffer(Pointer result);

    long chdb_result_length(Pointer result);

    double chdb_result_elapsed(Pointer result);

    long chdb_result_rows_read(Pointer result);

    long chdb_result_storage_rows_read(Pointer result);

    long chdb_result_storage_bytes_read(Pointer result);

    long chdb_result_rows_written(Pointer result);

    long chdb_result_bytes_written(Pointer result);

    @Nullable
    String chdb_result_error(Pointer result);

    void chdb_destroy_query_result(Pointer result);
}
