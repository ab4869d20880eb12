package io.ocos.rewardssettlement.domain.submission;

/** Another submitter has opened the journal since; this one may not write any more. */
public final class FencedException extends JournalException {

    private static final long serialVersionUID = 1;

    public FencedException(String message) {
        super(message);
    }

    public FencedException(String message, Throwable cause) {
        super(message, cause);
    }
}
