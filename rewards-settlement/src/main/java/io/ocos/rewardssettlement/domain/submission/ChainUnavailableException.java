package io.ocos.rewardssettlement.domain.submission;

/** The chain gave no answer that can be used. Whether a call had an effect is unknown. */
public class ChainUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public ChainUnavailableException(String message) {
        super(message);
    }

    public ChainUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
