package io.ocos.ingest.domain;

/**
 * Answers of an EVM node that cannot all be true of one chain. Nothing of them is used: they are asked for again, of another
 * node where there is one.
 */
public final class InconsistentAnswerException extends Exception {

    private static final long serialVersionUID = 1;

    public InconsistentAnswerException(String message) {
        super(message);
    }
}
