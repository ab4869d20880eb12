package io.ocos.jobs.replay;

import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.ReputationScore;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.io.CsvRecords;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.apache.avro.specific.SpecificFixed;
import org.apache.flink.api.common.operators.Order;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.jspecify.annotations.Nullable;

/**
 * One output file, sorted by Flink outside the heap. A row is a key, whose characters sort as the rows do, and a line; both
 * hold bytes as characters (ISO 8859-1).
 */
final class SortedFile implements Sink<Tuple2<String, String>> {

    private static final long serialVersionUID = 1;

    static final TypeInformation<Tuple2<String, String>> ROW = Types.TUPLE(Types.STRING, Types.STRING);

    private static final int BUFFER_BYTES = 1 << 18;

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
    static void write(DataStream<Tuple2<String, String>> rows, Path file, @Nullable String header, String name) {
        rows.map(row -> row)
                .returns(ROW)
                .setParallelism(1)
                .name("gather " + name)
                .fullWindowPartition()
                .sortPartition(new Key(), Order.ASCENDING)
                .setParallelism(1)
                .name("sort " + name)
                .sinkTo(new SortedFile(file.toString(), header))
                .setParallelism(1)
                .name("write " + name);
    }

    static Tuple2<String, String> row(NodeMinute row) {
        return Tuple2.of(key(row.getMinute()) + hex(row.getNode()), CsvRecords.line(row));
    }

    static Tuple2<String, String> row(ReputationScore row) {
        return Tuple2.of(key(row.getMinute()) + hex(row.getNode()), CsvRecords.line(row));
    }

    static Tuple2<String, String> row(Reward row) {
        String minuteAndKind = key(row.getMinute())
                + switch (row.getKind()) {
                    case MINUTE -> "0";
                    case JOB -> "1";
                    case ADJUSTMENT -> "2";
                };
        String key =
                switch (row.getKind()) {
                    case MINUTE -> minuteAndKind + hex(row.getNode());
                    case JOB ->
                        minuteAndKind
                                + hex(row.getNode())
                                + hex(row.getJob())
                                + key(row.getBlockNumber())
                                + key(row.getLogIndex());
                    case ADJUSTMENT -> minuteAndKind + key(row.getBlockNumber()) + key(row.getLogIndex());
                };
        return Tuple2.of(key, CsvRecords.line(row));
    }

    static Tuple2<String, String> row(SettlementBatch row) {
        return Tuple2.of(key(row.getNumber()), CsvRecords.line(row));
    }

    /** A line as it lies in an input file. */
    static Tuple2<String, String> rawRow(InputFile file, long offset, byte[] line) {
        return Tuple2.of(rank(file) + key(offset), new String(line, StandardCharsets.ISO_8859_1));
    }

    private static String rank(InputFile file) {
        return switch (file) {
            case TELEMETRY -> "0";
            case CHAIN_EVENTS -> "1";
            case JOB_EVENTS -> "2";
        };
    }

    /** A number ≥ 0 as 16 hex digits. */
    private static String key(long number) {
        return HexFormat.of().toHexDigits(number);
    }

    private static String hex(@Nullable SpecificFixed bytes) {
        return bytes == null ? "" : Hex.format(bytes.bytes());
    }

    @Override
    public SinkWriter<Tuple2<String, String>> createWriter(WriterInitContext context) throws IOException {
        return new Writer(Path.of(file), header);
    }

    @Override
    @Deprecated // in the interface; Flink 1.20 calls the other one
    public SinkWriter<Tuple2<String, String>> createWriter(InitContext context) {
        throw new UnsupportedOperationException("this sink needs Flink 1.19 or newer");
    }

    /** By the key. The field's number would do, did Flink 1.20 not refuse the number 0. */
    private static final class Key implements KeySelector<Tuple2<String, String>, String> {
        private static final long serialVersionUID = 1;

        @Override
        public String getKey(Tuple2<String, String> row) {
            return row.f0;
        }
    }

    private static final class Writer implements SinkWriter<Tuple2<String, String>> {

        private final Path file;
        private @Nullable OutputStream out;

        Writer(Path file, @Nullable String header) throws IOException {
            this.file = file;
            if (header != null) {
                line(header);
            }
        }

        @Override
        public void write(Tuple2<String, String> row, Context context) throws IOException {
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

        private void line(String text) throws IOException {
            OutputStream open = out;
            if (open == null) {
                open = new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES);
                out = open;
            }
            open.write(text.getBytes(StandardCharsets.ISO_8859_1));
            open.write('\n');
        }
    }
}
