package io.ocos.jobs.replay;

import io.ocos.jobs.flink.FormatSerializer;
import io.ocos.jobs.flink.FormatSerializer.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A part of a file: the lines whose first byte lies in it.
 *
 * @param file path
 * @param from first byte
 * @param to first byte behind
 */
record LineRange(String file, long from, long to) {

    static final TypeInformation<LineRange> TYPE = FormatSerializer.typeOf(LineRange.class, new LineRanges());

    private static final long BYTES = 4L << 20;

    /** The ranges of a file; one without a byte when it is missing or empty, since Flink has no source without elements. */
    static List<LineRange> of(Path file) throws IOException {
        List<LineRange> ranges = new ArrayList<>();
        long size = Files.exists(file) ? Files.size(file) : 0;
        for (long from = 0; from < size; from += BYTES) {
            ranges.add(new LineRange(file.toString(), from, Math.min(from + BYTES, size)));
        }
        if (ranges.isEmpty()) {
            ranges.add(new LineRange(file.toString(), 0, 0));
        }
        return ranges;
    }

    /** Format of {@link LineRange}. */
    public static final class LineRanges implements Format<LineRange> {
        private static final long serialVersionUID = 1;

        @Override
        public void write(LineRange value, DataOutputView target) throws IOException {
            target.writeUTF(value.file());
            target.writeLong(value.from());
            target.writeLong(value.to());
        }

        @Override
        public LineRange read(DataInputView source) throws IOException {
            return new LineRange(source.readUTF(), source.readLong(), source.readLong());
        }
    }
}
