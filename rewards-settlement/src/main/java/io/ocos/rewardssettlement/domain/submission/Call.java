package io.ocos.rewardssettlement.domain.submission;

import io.ocos.schemas.domain.Hash32;

/** What a transaction of the submitter does. */
public sealed interface Call {

    /**
     * Proposes a batch.
     *
     * @param inputsDigest SHA-256 of the manifest of the archived inputs up to the end of the epoch
     * @param lastProposed the last number that the contract had when this was planned; what lies between is superseded
     */
    record Propose(Proposal batch, Hash32 inputsDigest, long lastProposed) implements Call {
        @Override
        public long number() {
            return batch.number();
        }

        @Override
        public String toString() {
            return "propose batch " + batch.number();
        }
    }

    /** Makes a batch claimable. */
    record Finalize(long number) implements Call {
        @Override
        public String toString() {
            return "finalize batch " + number;
        }
    }

    /** Nothing: uses up a nonce that others wait for. */
    record Fill() implements Call {
        @Override
        public long number() {
            return 0;
        }

        @Override
        public String toString() {
            return "fill a nonce";
        }
    }

    /** The batch it is about; 0 for none. */
    long number();
}
