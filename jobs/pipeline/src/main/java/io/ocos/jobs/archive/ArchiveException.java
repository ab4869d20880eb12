package io.ocos.jobs.archive;

import java.util.Optional;
import org.apache.flink.util.ExceptionUtils;
import org.jspecify.annotations.Nullable;

/**
 * An archive that cannot be read, or is not what its manifests say; the message names the file, the record where it can,
 * what was found and what was expected. Ends a command with exit code 2 (SPEC 13).
 */
public final class ArchiveException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public ArchiveException(String message) {
        super(message);
    }

    public ArchiveException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The one that made a Flink job fail, if it was one. */
    public static Optional<ArchiveException> in(Throwable failure) {
        return ExceptionUtils.findSerializedThrowable(
                failure, ArchiveException.class, ArchiveException.class.getClassLoader());
    }
}
