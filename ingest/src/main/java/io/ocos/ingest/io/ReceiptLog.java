package io.ocos.ingest.io;

import io.ocos.schemas.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * The receipts of a node, oldest first, one JSON object a line, in {@code receipts.jsonl} and before it {@code receipts.1.jsonl}:
 * when the first holds half of what may be kept it takes the other's place.
 */
final class ReceiptLog implements AutoCloseable {

    private final Path file;
    private final Path older;
    private final long maxBytes;
    private FileChannel channel;

    private ReceiptLog(Path file, Path older, long maxBytes, FileChannel channel) {
        this.file = file;
        this.older = older;
        this.maxBytes = maxBytes;
        this.channel = channel;
    }

    /**
     * Opens the log; a line that was being written when the process was killed is taken off.
     *
     * @param maxBytes of both files together
     * @throws ConfigException when the files cannot be used
     */
    static ReceiptLog open(StateFiles state, long maxBytes) {
        Path file = state.file("receipts.jsonl");
        try {
            if (Files.exists(file)) {
                takeOffTornLine(file);
            }
            return new ReceiptLog(file, state.file("receipts.1.jsonl"), maxBytes, append(file));
        } catch (IOException e) {
            throw new ConfigException("receipts %s: cannot be used: %s".formatted(file, e), e);
        }
    }

    /**
     * Keeps a receipt.
     *
     * @throws IOException when the disk refuses it
     */
    void append(SignedReceipt receipt) throws IOException {
        byte[] line = (receipt.toJson() + "\n").getBytes(StandardCharsets.UTF_8);
        long before = channel.size();
        if (before > 0 && before + line.length > maxBytes / 2) {
            channel.close();
            Files.move(file, older, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            channel = append(file);
            before = 0;
        }
        try {
            ByteBuffer bytes = ByteBuffer.wrap(line);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(false);
        } catch (IOException e) {
            channel.truncate(before);
            throw e;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("receipts %s: cannot be closed".formatted(file), e);
        }
    }

    private static FileChannel append(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static void takeOffTornLine(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long end = channel.size();
            ByteBuffer one = ByteBuffer.allocate(1);
            while (end > 0) {
                channel.read(one.clear(), end - 1);
                if (one.get(0) == '\n') {
                    break;
                }
                end--;
            }
            channel.truncate(end);
        }
    }
}
