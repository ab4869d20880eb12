package io.ocos.jobs.flink;

import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;

/**
 * A job cannot go on until somebody acts: it fails without a restart, which would change nothing. The message says what to do. Other
 * jobs of the process go on.
 */
@ThrowableAnnotation(ThrowableType.NonRecoverableError)
public final class JobHaltedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public JobHaltedException(String message) {
        super(message);
    }

    public JobHaltedException(String message, Throwable cause) {
        super(message, cause);
    }
}
