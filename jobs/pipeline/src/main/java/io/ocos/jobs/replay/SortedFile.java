package io.ocos.jobs.replay;

import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.ReputationScore;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.RewardKind;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.io.CsvRecords;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.avro.specific.SpecificFixed;
import org.apache.flink.api.common.operators.Order;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.jspecify.annotations.Nullable;

/**
 * One output file, sorted by Flink outside the heap. A row is a key, whose bytes sort as the rows do ({@link UnsignedBytes}),
 * and the bytes of a line.
 */
final class SortedFile implements Sink<Tuple2<byte[], byte[]>> {

    private static final long serialVersionUID = 1;

    static final TypeInformation<Tuple2<byte[], byte[]>> ROW =
            Types.TUPLE(UnsignedBytes.TYPE, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);

    /** The field of a row that is its key. */
    private static final String KEY = "f0";

    private static final int BUFFER_BYTES = 1 << 18;

    /** Of a job reward's key: minute, kind, node, job, block, log. */
    private static final int MAX_KEY_BYTES = Long.BYTES + 1 + Address.BYTES + Hash32.BYTES + 2 * Long.BYTES;

    private static final byte[] NOTHING = {};

    private final String file;
    private final @Nullable String header;

    private SortedFile(String file, @Nullable String header) {
        this.file = file;
        this.header = header;
    }

    /**
     * Writes a stream to a file.
     *
     * @param header its first line; null: none, and no file when there are no rows
     */
    static void write(DataStream<Tuple2<byte[], byte[]>> rows, Path file, @Nullable String header, String name) {
        rows.map(row -> row)
                .returns(ROW)
                .setParallelism(1)
                .name("gather " + name)
                .fullWindowPartition()
                .sortPartition(KEY, Order.ASCENDING)
                .setParallelism(1)
                .name("sort " + name)
                .sinkTo(new SortedFile(file.toString(), header))
                .setParallelism(1)
                .name("write " + name);
    }

    static Tuple2<byte[], byte[]> row(NodeMinute row) {
        return row(key(row.getMinute(), row.getNode()), CsvRecords.line(row));
    }

    static Tuple2<byte[], byte[]> row(ReputationScore row) {
        return row(key(row.getMinute(), row.getNode()), CsvRecords.line(row));
    }

    static Tuple2<byte[], byte[]> row(Reward row) {
        ByteBuffer key = ByteBuffer.allocate(MAX_KEY_BYTES).putLong(row.getMinute());
        switch (row.getKind()) {
            case MINUTE -> key.put((byte) 0).put(bytes(row.getNode()));
            case JOB -> key.put((byte) 1).put(bytes(row.getNode())).put(bytes(row.getJob()));
            case ADJUSTMENT -> key.put((byte) 2);
        }
        if (row.getKind() != RewardKind.MINUTE) {
            key.putLong(row.getBlockNumber()).putLong(row.getLogIndex());
        }
        return row(Arrays.copyOf(key.array(), key.position()), CsvRecords.line(row));
    }

    static Tuple2<byte[], byte[]> row(SettlementBatch row) {
        return row(key(row.getNumber(), null), CsvRecords.line(row));
    }

    /** A line as it lies in an input file. */
    static Tuple2<byte[], byte[]> rawRow(InputFile file, long offset, byte[] line) {
        return Tuple2.of(
                ByteBuffer.allocate(1 + Long.BYTES)
                        .put(rank(file))
                        .putLong(offset)
                        .array(),
                line);
    }

    private static Tuple2<byte[], byte[]> row(byte[] key, String line) {
        return Tuple2.of(key, line.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte rank(InputFile file) {
        return switch (file) {
            case TELEMETRY -> 0;
            case CHAIN_EVENTS -> 1;
            case JOB_EVENTS -> 2;
        };
    }

    /** A number ≥ 0, then bytes. */
    private static byte[] key(long number, @Nullable SpecificFixed fixed) {
        byte[] rest = bytes(fixed);
        return ByteBuffer.allocate(Long.BYTES + rest.length)
                .putLong(number)
                .put(rest)
                .array();
    }

    private static byte[] bytes(@Nullable SpecificFixed fixed) {
        return fixed == null ? NOTHING : fixed.bytes();
    }

    @Override
    public SinkWriter<Tuple2<byte[], byte[]>> createWriter(WriterInitContext context) throws IOException {
        return new Writer(Path.of(file), header);
    }

    @Override
    @Deprecated // in the interface; Flink 1.20 calls the other one
    public SinkWriter<Tuple2<byte[], byte[]>> createWriter(InitContext context) {
        throw new UnsupportedOperationException("this sink needs Flink 1.19 or newer");
    }

    private static final class Writer implements SinkWriter<Tuple2<byte[], byte[]>> {

        private final Path file;
        private @Nullable OutputStream out;

        Writer(Path file, @Nullable String header) throws IOException {
            this.file = file;
            if (header != null) {
                line(header.getBytes(StandardCharsets.US_ASCII));
            }
        }

        @Override
        public void write(Tuple2<byte[], byte[]> row, Context context) throws IOException {
            line(row.f1);
        }

        @Override
        public void flush(boolean endOfInput) throws IOException {
            if (out != null) {
                out.flush();
            }
        }

        @Override
        public void close() throws IOException {
            if (out != null) {
                out.close();
            }
        }

        private void line(byte[] text) throws IOException {
            OutputStream open = out;
            if (open == null) {
                open = new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES);
                out = open;
            }
            open.write(text);
            open.write('\n');
        }
    }
}
