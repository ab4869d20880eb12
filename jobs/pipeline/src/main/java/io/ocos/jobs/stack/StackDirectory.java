package io.ocos.jobs.stack;

import io.ocos.schemas.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a stack keeps everything: {@code data/PART}, {@code logs/PART.log}, {@code keys}, {@code setup.json} (what it was made
 * with), {@code deployment.json} (where the contracts are), {@code stack.json} (what runs). One supervisor at a time holds {@code lock}.
 *
 * @param root absolute
 */
public record StackDirectory(Path root) {

    /** Where the stack is when no directory is given. */
    public static final String DEFAULT = ".ocos";

    private static final int LOG_TAIL_BYTES = 16_384;

    /** Of any path. */
    public static StackDirectory of(Path path) {
        return new StackDirectory(path.toAbsolutePath().normalize());
    }

    /** Data of a part. */
    public Path data(String part) {
        return root.resolve("data").resolve(part);
    }

    /** Artifacts of the settlement batches. */
    public Path artifacts() {
        return data("artifacts");
    }

    /** The archive of the input topics. */
    public Path archive() {
        return data("archive");
    }

    /** Log of a part. */
    public Path log(String part) {
        return root.resolve("logs").resolve(part + ".log");
    }

    /** A file with a key or a password. */
    public Path key(String file) {
        return root.resolve("keys").resolve(file);
    }

    /** What runs. */
    public Path stateFile() {
        return root.resolve("stack.json");
    }

    /** What it was made with. */
    public Path setupFile() {
        return root.resolve("setup.json");
    }

    /** Where the contracts are. */
    public Path deploymentFile() {
        return root.resolve("deployment.json");
    }

    /** Held while it is open. */
    public interface Lock extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Takes the directory for this process; makes it when it is missing.
     *
     * @throws ConfigException when another supervisor has it, or it cannot be written
     */
    public Lock lock() {
        try {
            Files.createDirectories(root.resolve("data"));
            Files.createDirectories(root.resolve("logs"));
            Files.createDirectories(root.resolve("keys"));
            FileChannel channel = openLock();
            if (tryLock(channel) == null) {
                channel.close();
                throw new ConfigException(
                        "a stack runs in %s already: see `./ocos status`, end it with `./ocos stop`, or give another --dir"
                                .formatted(root));
            }
            return () -> {
                try {
                    channel.close();
                } catch (IOException e) {
                    throw new UncheckedIOException("the lock of %s cannot be released".formatted(root), e);
                }
            };
        } catch (IOException e) {
            throw new ConfigException("--dir %s: cannot be used: %s".formatted(root, e), e);
        }
    }

    /** Whether a supervisor has it. */
    public boolean isLocked() {
        if (!Files.exists(root.resolve("lock"))) {
            return false;
        }
        try (FileChannel channel = openLock()) {
            return tryLock(channel) == null;
        } catch (IOException e) {
            throw new ConfigException("--dir %s: cannot be read: %s".formatted(root, e), e);
        }
    }

    /** Begins the log of a part anew; the one before is kept as {@code PART.log.1}. */
    void rotateLog(String part) {
        Path log = log(part);
        if (Files.exists(log)) {
            move(log, log.resolveSibling(part + ".log.1"));
        }
    }

    /** The last lines of a part's log. */
    List<String> logTail(String part, int lines) {
        try (FileChannel channel = FileChannel.open(log(part), StandardOpenOption.READ)) {
            channel.position(Math.max(0, channel.size() - LOG_TAIL_BYTES));
            byte[] bytes = java.nio.channels.Channels.newInputStream(channel).readAllBytes();
            List<String> all = new String(bytes, java.nio.charset.StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            return all.subList(Math.max(0, all.size() - lines), all.size());
        } catch (IOException e) {
            return List.of("(no log: %s)".formatted(e.getMessage()));
        }
    }

    /** Deletes the data of all parts and what says how they were made; keys and logs stay. */
    void clear() {
        try {
            Files.deleteIfExists(setupFile());
            Files.deleteIfExists(deploymentFile());
            try (Stream<Path> paths = Files.walk(root.resolve("data"))) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            }
            Files.createDirectories(root.resolve("data"));
        } catch (IOException e) {
            throw new ConfigException("--dir %s: cannot be cleared: %s".formatted(root, e), e);
        }
    }

    /** Replaces a file as a whole: a reader sees the old or the new content. */
    static void write(Path file, byte[] content) {
        try {
            Path parent = file.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Path next = file.resolveSibling(file.getFileName() + ".next");
            Files.write(next, content);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("%s cannot be written".formatted(file), e);
        }
    }

    private static void move(Path from, Path to) {
        try {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new ConfigException("%s cannot be moved: %s".formatted(from, e), e);
        }
    }

    private FileChannel openLock() throws IOException {
        return FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }
}
