package io.ocos.jobs.runtime;

import io.ocos.schemas.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.api.common.JobID;
import org.apache.flink.util.FileUtils;
import org.jspecify.annotations.Nullable;

/**
 * The data directory of a Flink process, held by one process at a time: {@code checkpoints/JOB/chk-N}, complete when
 * {@code _metadata} is in it, and {@code tmp}, emptied at the start.
 */
final class RuntimeDirectory implements AutoCloseable {

    private static final Pattern CHECKPOINT = Pattern.compile("chk-(\\d{1,18})");
    private static final String METADATA = "_metadata";

    private final Path directory;
    private final FileChannel lock;

    private RuntimeDirectory(Path directory, FileChannel lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /**
     * Takes the directory; makes it when it is missing.
     *
     * @throws ConfigException when another process has it, or it cannot be written
     */
    static RuntimeDirectory open(Path path) {
        Path directory = path.toAbsolutePath();
        try {
            Files.createDirectories(directory);
            FileChannel channel =
                    FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                channel.close();
                throw new ConfigException(
                        "dataDir %s is in use by another Flink process, expected a directory of its own"
                                .formatted(directory));
            }
            RuntimeDirectory opened = new RuntimeDirectory(directory, channel);
            FileUtils.deleteDirectory(opened.temporary().toFile());
            Files.createDirectories(opened.temporary());
            Files.createDirectories(opened.checkpoints());
            return opened;
        } catch (IOException e) {
            throw new ConfigException("dataDir %s cannot be used: %s".formatted(directory, e), e);
        }
    }

    Path checkpoints() {
        return directory.resolve("checkpoints");
    }

    Path temporary() {
        return directory.resolve("tmp");
    }

    /**
     * The newest complete checkpoint of a job, if there is one. Incomplete ones are deleted: a killed process had begun
     * them, and the next one writes under the same numbers.
     */
    Optional<Path> takeUp(JobID job) {
        try {
            List<Path> complete = new ArrayList<>();
            for (Path checkpoint : checkpointsOf(job)) {
                if (Files.isRegularFile(checkpoint.resolve(METADATA))) {
                    complete.add(checkpoint);
                } else {
                    FileUtils.deleteDirectory(checkpoint.toFile());
                }
            }
            return complete.stream().max(Comparator.comparingLong(RuntimeDirectory::number));
        } catch (IOException e) {
            throw new UncheckedIOException("the checkpoints in %s cannot be read".formatted(checkpoints()), e);
        }
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the lock of %s cannot be released".formatted(directory), e);
        }
    }

    private List<Path> checkpointsOf(JobID job) throws IOException {
        List<Path> found = new ArrayList<>();
        Path ofJob = checkpoints().resolve(job.toHexString());
        if (Files.isDirectory(ofJob)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(ofJob)) {
                entries.forEach(entry -> {
                    if (number(entry) >= 0) {
                        found.add(entry);
                    }
                });
            }
        }
        return found;
    }

    /** N of a {@code chk-N}, -1 of anything else. */
    private static long number(Path checkpoint) {
        Matcher name = CHECKPOINT.matcher(checkpoint.getFileName().toString());
        return name.matches() ? Long.parseLong(name.group(1)) : -1;
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }
}
