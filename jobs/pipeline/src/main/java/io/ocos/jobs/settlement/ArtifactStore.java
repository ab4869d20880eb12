package io.ocos.jobs.settlement;

import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.Cid;
import io.ocos.schemas.config.ConfigException;
import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Paths;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.RecoverableFsDataOutputStream;

/**
 * Artifacts by their content identifier, in a directory of any file system that Flink knows: {@code CID.csv}. A file is there
 * whole or not at all; one that is there is never changed.
 */
public final class ArtifactStore implements Serializable {

    private static final long serialVersionUID = 1;

    private static final int BUFFER_BYTES = 1 << 16;

    private final URI directory;

    private ArtifactStore(URI directory) {
        this.directory = directory;
    }

    /**
     * The store in a directory, which is made when the first artifact is written.
     *
     * @param directory a URI, or a path of the local file system
     * @throws ConfigException when it is neither
     */
    public static ArtifactStore at(String directory) {
        try {
            URI uri = new URI(directory);
            return new ArtifactStore(
                    uri.getScheme() == null
                            ? Paths.get(directory).toAbsolutePath().toUri()
                            : uri);
        } catch (URISyntaxException e) {
            throw new ConfigException(
                    "artifact directory '%s', expected a URI such as file:///data/artifacts: %s"
                            .formatted(directory, e.getMessage()),
                    e);
        }
    }

    /** Where an artifact is, or would be. */
    public Path path(String cid) {
        return new Path(new Path(directory), cid + ".csv");
    }

    /** Writes the artifact of a batch; does nothing when it is there. */
    public Batch.ArtifactId write(Batch batch) throws IOException {
        Batch.ArtifactId id = batch.artifactId();
        Path path = path(id.cid());
        FileSystem files = path.getFileSystem();
        if (!isThere(files, path, id.bytes())) {
            files.mkdirs(new Path(directory));
            RecoverableFsDataOutputStream out = files.createRecoverableWriter().open(path);
            try {
                batch.writeArtifact(out);
                out.sync();
                out.closeForCommit().commit();
            } finally {
                out.close(); // drops what was not committed
            }
        }
        return id;
    }

    /** Writes an artifact of any other kind; does nothing when it is there. Says its content identifier. */
    public String write(byte[] content) throws IOException {
        String cid = Cid.of(content);
        Path path = path(cid);
        FileSystem files = path.getFileSystem();
        if (!isThere(files, path, content.length)) {
            files.mkdirs(new Path(directory));
            RecoverableFsDataOutputStream out = files.createRecoverableWriter().open(path);
            try {
                out.write(content);
                out.sync();
                out.closeForCommit().commit();
            } finally {
                out.close(); // drops what was not committed
            }
        }
        return cid;
    }

    /**
     * The lines of an artifact, after a check that they are what the identifier says.
     *
     * @throws FileNotFoundException when it is not there
     * @throws IOException when it cannot be read, or is not what the identifier says
     */
    public BatchLines read(String cid) throws IOException {
        Path path = path(cid);
        try (InputStream in = path.getFileSystem().open(path);
                DigestInputStream digesting =
                        new DigestInputStream(new BufferedInputStream(in, BUFFER_BYTES), sha256())) {
            BatchLines lines;
            try {
                lines = Batch.readArtifact(digesting);
            } catch (IllegalArgumentException e) {
                throw new IOException("artifact %s is damaged: %s".formatted(path, e.getMessage()), e);
            }
            String found = Cid.ofDigest(digesting.getMessageDigest().digest());
            if (!found.equals(cid)) {
                throw new IOException(
                        "artifact %s is damaged: its content has the identifier %s".formatted(path, found));
            }
            return lines;
        }
    }

    /** What can be read as lines of an artifact that may not be what the identifier says; for a search for what is wrong. */
    public Optional<BatchLines> salvage(String cid) {
        Path path = path(cid);
        try (InputStream in = new BufferedInputStream(path.getFileSystem().open(path), BUFFER_BYTES)) {
            return Optional.of(Batch.readArtifact(in));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return directory.toString();
    }

    private static boolean isThere(FileSystem files, Path path, long bytes) throws IOException {
        try {
            FileStatus status = files.getFileStatus(path);
            return status.getLen() == bytes;
        } catch (FileNotFoundException e) {
            return false;
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
