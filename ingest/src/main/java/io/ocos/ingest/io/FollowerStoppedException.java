package io.ocos.ingest.io;

/** The chain follower must not go on by itself: a person has to look. The message says what to do. */
final class FollowerStoppedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    FollowerStoppedException(String message) {
        super(message);
    }

    FollowerStoppedException(String message, Throwable cause) {
        super(message, cause);
    }
}
