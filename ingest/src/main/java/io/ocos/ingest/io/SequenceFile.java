package io.ocos.ingest.io;

import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * The sequence numbers of a node (SPEC 2.1: none is ever used twice): each is durable here before it is given out.
 *
 * <p>The file is two lines of equal length, {@code NUMBER NODE CRC}, that are written by turns in place: a write that is torn
 * leaves the other, and a full disk does not stop an agent. A line that cannot be read counts as the next number, used.
 */
final class SequenceFile implements AutoCloseable {

    private static final int LINE_BYTES = 19 + 1 + 42 + 1 + 8 + 1;

    private final Address node;
    private final FileChannel channel;
    private volatile long last;
    private int nextLine;

    private SequenceFile(Address node, FileChannel channel, long last) {
        this.node = node;
        this.channel = channel;
        this.last = last;
    }

    /**
     * Opens file {@code sequence}, or makes it.
     *
     * @param directory where it lies
     * @param first the first number when there is no file yet, ≥ 1
     * @throws ConfigException when it is another node's, or says nothing that can be believed
     */
    static SequenceFile open(Path directory, Address node, long first) {
        Path file = directory.resolve("sequence");
        try {
            if (!Files.exists(file)) {
                create(directory, file, node, first - 1);
            }
            long last = read(file, node);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
            SequenceFile opened = new SequenceFile(node, channel, last);
            // Both lines say the same from here on, so that neither holds an older number.
            opened.write(last);
            opened.write(last);
            return opened;
        } catch (IOException e) {
            throw new ConfigException("sequence file %s: cannot be used: %s".formatted(file, e), e);
        }
    }

    /** The last number that was given out. */
    long last() {
        return last;
    }

    /**
     * The next number, durable.
     *
     * @throws UncheckedIOException when the disk does not keep it; it is then not given out later either
     */
    synchronized long reserve() {
        long next = last + 1;
        last = next;
        try {
            write(next);
        } catch (IOException e) {
            throw new UncheckedIOException("the sequence number cannot be kept", e);
        }
        return next;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the sequence file cannot be closed", e);
        }
    }

    private void write(long number) throws IOException {
        ByteBuffer line = ByteBuffer.wrap(line(number, node));
        long position = (long) nextLine * LINE_BYTES;
        while (line.hasRemaining()) {
            position += channel.write(line, position);
        }
        channel.force(false);
        nextLine = 1 - nextLine;
    }

    private static void create(Path directory, Path file, Address node, long last) throws IOException {
        Path whole = directory.resolve("sequence.new");
        byte[] line = line(last, node);
        try (FileChannel channel = FileChannel.open(
                whole, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            channel.write(new ByteBuffer[] {ByteBuffer.wrap(line), ByteBuffer.wrap(line)});
            channel.force(true);
        }
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
        StateFiles.forceDirectory(directory);
    }

    private static long read(Path file, Address node) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        OptionalLong first = number(bytes, 0, file, node);
        OptionalLong second = number(bytes, LINE_BYTES, file, node);
        if (first.isEmpty() && second.isEmpty()) {
            throw new ConfigException(
                    "sequence file %s: is corrupt (%d bytes, expected two lines NUMBER NODE CRC); which numbers were used is unknown: see docs/operations/agent.md"
                            .formatted(file, bytes.length));
        } else if (first.isEmpty() || second.isEmpty()) {
            return (first.isPresent() ? first : second).getAsLong() + 1;
        }
        return Math.max(first.getAsLong(), second.getAsLong());
    }

    private static OptionalLong number(byte[] bytes, int position, Path file, Address node) {
        if (bytes.length < position + LINE_BYTES) {
            return OptionalLong.empty();
        }
        String line = new String(bytes, position, LINE_BYTES, StandardCharsets.US_ASCII);
        String text = line.substring(0, LINE_BYTES - 10);
        if (!line.equals(text + crc(text))) {
            return OptionalLong.empty();
        }
        Address owner = Address.parse(text.substring(20));
        if (!owner.equals(node)) {
            throw new ConfigException(
                    "sequence file %s: belongs to node %s, the keystore is that of %s; expected a stateDir for each node"
                            .formatted(file, owner, node));
        }
        return OptionalLong.of(Long.parseLong(text.substring(0, 19)));
    }

    private static byte[] line(long number, Address node) {
        String text = "%019d %s".formatted(number, node);
        return (text + crc(text)).getBytes(StandardCharsets.US_ASCII);
    }

    private static String crc(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.US_ASCII));
        return " %08x%n".formatted(crc.getValue()).replace("\r", "");
    }
}
