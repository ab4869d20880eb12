package io.ocos.rewardssettlement.domain.submission;

/** The endpoints contradict each other, and none of the answers has a quorum: one of them is behind, or lies. */
public final class ChainDisagreementException extends ChainUnavailableException {

    private static final long serialVersionUID = 1;

    public ChainDisagreementException(String message) {
        super(message);
    }
}
