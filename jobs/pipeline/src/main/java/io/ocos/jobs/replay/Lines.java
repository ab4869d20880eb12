package io.ocos.jobs.replay;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Lines of a file, which end in {@code \n}, the last optionally. */
final class Lines {

    private static final int BUFFER_BYTES = 1 << 18;

    /** Told of each line. */
    interface Reader {

        /** Takes a line without its end; the offset is that of its first byte in the file. */
        void line(long offset, byte[] bytes) throws Exception;
    }

    private Lines() {}

    /** Reads the lines whose first byte lies in a range, in their order. */
    static void read(LineRange range, Reader reader) throws Exception {
        if (range.from() == range.to()) {
            return;
        }
        long position = Math.max(0, range.from() - 1);
        try (InputStream in = open(range.file(), position)) {
            if (range.from() > 0) {
                position += skipLine(in);
            }
            ByteArrayOutputStream line = new ByteArrayOutputStream(1_024);
            for (long start = position; start < range.to(); start = position) {
                line.reset();
                int b = in.read();
                for (; b >= 0 && b != '\n'; b = in.read()) {
                    line.write(b);
                }
                position += line.size() + (b < 0 ? 0 : 1);
                reader.line(start, line.toByteArray());
            }
        }
    }

    /** The number, from 1, of the line that begins at an offset. */
    static long number(String file, long offset) throws IOException {
        long number = 1;
        try (InputStream in = open(file, 0)) {
            for (long position = 0; position < offset; position++) {
                if (in.read() == '\n') {
                    number++;
                }
            }
        }
        return number;
    }

    /** Reads over the end of a line and returns the number of bytes read. */
    private static long skipLine(InputStream in) throws IOException {
        long skipped = 0;
        int b;
        do {
            b = in.read();
            skipped++;
        } while (b >= 0 && b != '\n');
        return skipped;
    }

    private static InputStream open(String file, long position) throws IOException {
        FileChannel channel = FileChannel.open(Path.of(file), StandardOpenOption.READ);
        return new BufferedInputStream(Channels.newInputStream(channel.position(position)), BUFFER_BYTES);
    }
}
