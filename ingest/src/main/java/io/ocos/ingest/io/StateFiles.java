package io.ocos.ingest.io;

import io.ocos.schemas.config.ConfigException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A directory that one process at a time keeps its state in. */
final class StateFiles implements AutoCloseable {

    private final Path directory;
    private final FileChannel lock;

    private StateFiles(Path directory, FileChannel lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /**
     * Takes the directory for this process.
     *
     * @param directory made when missing
     * @throws ConfigException when it cannot be used, or another process has it
     */
    static StateFiles take(Path directory) {
        try {
            Files.createDirectories(directory);
            FileChannel channel =
                    FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                channel.close();
                throw new ConfigException("stateDir %s: is in use by another agent, expected one agent per directory"
                        .formatted(directory));
            }
            return new StateFiles(directory, channel);
        } catch (IOException e) {
            throw new ConfigException("stateDir %s: cannot be used: %s".formatted(directory, e), e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** A path in the directory. */
    Path file(String name) {
        return directory.resolve(name);
    }

    /** Makes the names in a directory durable. */
    static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
