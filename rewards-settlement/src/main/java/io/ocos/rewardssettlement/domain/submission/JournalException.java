package io.ocos.rewardssettlement.domain.submission;

/** The journal could not be written or read. Whether an entry is in it is unknown: it has to be opened again. */
public class JournalException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public JournalException(String message) {
        super(message);
    }

    public JournalException(String message, Throwable cause) {
        super(message, cause);
    }
}
