package io.ocos.jobs.replay;

import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.schemas.io.MalformedRecordException;
import java.nio.file.Path;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Reads ranges of a file of one kind of records. An unreadable line ends the job, or goes to a side output with a key that
 * sorts lines in the order of files and lines.
 *
 * @param <T> what the rules use of a line
 */
@SuppressWarnings("NullAway.Init") // Flink calls open before anything else.
abstract class LineParser<T> extends ProcessFunction<LineRange, T> {

    private static final long serialVersionUID = 1;

    /** Accumulator: bytes of all files that have been read. */
    static final String BYTES_READ = ArchiveInput.BYTES_READ;

    private final InputFile file;
    private final boolean skipUnreadable;
    private final OutputTag<Tuple2<byte[], byte[]>> unreadable;
    private transient LongCounter bytesRead;

    LineParser(InputFile file, boolean skipUnreadable, OutputTag<Tuple2<byte[], byte[]>> unreadable) {
        this.file = file;
        this.skipUnreadable = skipUnreadable;
        this.unreadable = unreadable;
    }

    /**
     * Hands on what the rules use of a line.
     *
     * @throws MalformedRecordException when SPEC 13 calls it unreadable
     */
    abstract void parse(byte[] line, Collector<T> out) throws MalformedRecordException;

    @Override
    public void open(OpenContext context) throws Exception {
        bytesRead = new LongCounter();
        getRuntimeContext().addAccumulator(BYTES_READ, bytesRead);
    }

    @Override
    public void processElement(LineRange range, Context context, Collector<T> out) throws Exception {
        Lines.read(range, (offset, line) -> {
            try {
                parse(line, out);
            } catch (MalformedRecordException e) {
                if (!skipUnreadable) {
                    throw new SuppressRestartsException(new UnreadableInputException(
                            String.valueOf(Path.of(range.file()).getFileName()),
                            Lines.number(range.file(), offset),
                            e.detail()));
                }
                context.output(unreadable, SortedFile.rawRow(file, offset, line));
            }
            bytesRead.add(line.length + 1L);
        });
    }
}
