package io.ocos.jobs.archive;

import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.io.ArchiveManifest;
import io.ocos.schemas.io.MalformedRecordException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystem.WriteMode;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * The archive on any file system that Flink knows: {@code manifests/EPOCH.json} and
 * {@code TOPIC/PARTITION/FROM-TO-DIGEST.avro}. A file appears whole, by rename, or not at all; what a killed process left
 * of one ({@code .NAME.tmp}) is written over when the process that follows writes the same file again.
 */
final class ArchiveDirectory {

    private static final String MANIFESTS = "manifests";
    private static final Pattern MANIFEST = Pattern.compile("(\\d{12})\\.json");

    private final Path root;
    private final FileSystem files;

    private ArchiveDirectory(Path root, FileSystem files) {
        this.root = root;
        this.files = files;
    }

    /**
     * An archive, whether or not it is there yet.
     *
     * @param location URI of a directory; without a scheme, a path of this machine
     * @throws ConfigException when no file system for it is there
     */
    static ArchiveDirectory of(String location) {
        try {
            Path path = location.matches("[A-Za-z][A-Za-z0-9+.-]*:.*")
                    ? new Path(URI.create(location))
                    : new Path(java.nio.file.Path.of(location)
                            .toAbsolutePath()
                            .normalize()
                            .toUri());
            return new ArchiveDirectory(path, path.getFileSystem());
        } catch (IOException | IllegalArgumentException | FileSystemNotFoundException e) {
            throw new ConfigException(
                    "archive '%s': expected a directory, or a URI of a file system that is there: %s"
                            .formatted(location, e.getMessage()),
                    e);
        }
    }

    /** Whether there is such a directory. */
    boolean exists() throws IOException {
        return files.exists(root) && files.getFileStatus(root).isDir();
    }

    /** Epochs that have a manifest, ascending. */
    List<Long> epochs() throws IOException {
        List<Long> epochs = new ArrayList<>();
        Path directory = new Path(root, MANIFESTS);
        FileStatus[] entries = files.exists(directory) ? files.listStatus(directory) : null;
        for (FileStatus entry : entries == null ? new FileStatus[0] : entries) {
            Matcher name = MANIFEST.matcher(entry.getPath().getName());
            if (name.matches()) {
                epochs.add(Long.parseLong(name.group(1)));
            }
        }
        epochs.sort(null);
        return epochs;
    }

    /** Path of an epoch's manifest, relative to the archive. */
    static String manifestPath(long epoch) {
        return "%s/%012d.json".formatted(MANIFESTS, epoch);
    }

    /**
     * The manifest of an epoch.
     *
     * @throws ArchiveException when it is missing or is none
     */
    ArchiveManifest manifest(long epoch) throws IOException {
        String path = manifestPath(epoch);
        try {
            ArchiveManifest manifest = ArchiveManifest.parse(read(path));
            if (manifest.epoch() != epoch) {
                throw new ArchiveException("%s: is the manifest of epoch %d".formatted(name(path), manifest.epoch()));
            }
            return manifest;
        } catch (MalformedRecordException e) {
            throw new ArchiveException("%s: is no manifest: %s".formatted(name(path), e.detail()), e);
        }
    }

    /** The newest manifest, or null. */
    @Nullable
    ArchiveManifest newest() throws IOException {
        List<Long> epochs = epochs();
        return epochs.isEmpty() ? null : manifest(epochs.get(epochs.size() - 1));
    }

    /** How messages call a file: its full path. */
    String name(String path) {
        Path full = new Path(root, path);
        return files.isDistributedFS() ? full.toString() : full.getPath();
    }

    /**
     * The bytes of a file.
     *
     * @throws ArchiveException when it is missing
     */
    byte[] read(String path) throws IOException {
        Path file = new Path(root, path);
        FileStatus status;
        try {
            status = files.getFileStatus(file);
        } catch (FileNotFoundException e) {
            throw new ArchiveException("%s: is missing".formatted(name(path)), e);
        }
        if (status.isDir() || status.getLen() > Integer.MAX_VALUE - 8) {
            throw new ArchiveException(
                    "%s: is a directory, or too large to be a file of an archive".formatted(name(path)));
        }
        try (FSDataInputStream in = files.open(file)) {
            return in.readNBytes((int) status.getLen());
        }
    }

    /** Size of a file, -1 when it is missing. */
    long size(String path) throws IOException {
        try {
            return files.getFileStatus(new Path(root, path)).getLen();
        } catch (FileNotFoundException e) {
            return -1;
        }
    }

    /**
     * Puts a file where there may be the same one already.
     *
     * @throws IllegalStateException when there is another one
     */
    void put(String path, byte[] content) throws IOException {
        Path file = new Path(root, path);
        if (files.exists(file)) {
            requireSame(path, content);
            return;
        }
        Path temporary = new Path(file.getParent(), "." + file.getName() + ".tmp");
        files.mkdirs(file.getParent());
        try (FSDataOutputStream out = files.create(temporary, WriteMode.OVERWRITE)) {
            out.write(content);
            if (!files.isDistributedFS()) {
                out.sync(); // A manifest must never be more durable than the files it names.
            }
        }
        if (!files.rename(temporary, file)) {
            if (!files.exists(file)) {
                throw new IOException("%s could not be renamed to %s".formatted(temporary, file));
            }
            requireSame(path, content);
        }
    }

    private void requireSame(String path, byte[] content) throws IOException {
        if (!Arrays.equals(read(path), content)) {
            throw new IllegalStateException(
                    "%s is there with other content: the topics are not those it was archived from, or it was altered"
                            .formatted(name(path)));
        }
    }
}
