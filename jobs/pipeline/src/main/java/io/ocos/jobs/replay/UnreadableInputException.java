package io.ocos.jobs.replay;

/** A line that cannot be read; ends the replay with exit code 2 (SPEC 13). */
public final class UnreadableInputException extends RuntimeException {

    private static final long serialVersionUID = 1;

    UnreadableInputException(String file, long line, String detail) {
        super("%s: line %d: %s".formatted(file, line, detail));
    }
}
