package io.ocos.rewardssettlement.domain;

/**
 * Rewards and what was announced of them cannot both be right. No batch may be made from then on: whoever is paid by it
 * might be paid wrongly.
 */
public final class ContradictionException extends Exception {

    private static final long serialVersionUID = 1;

    ContradictionException(String message) {
        super(message);
    }
}
