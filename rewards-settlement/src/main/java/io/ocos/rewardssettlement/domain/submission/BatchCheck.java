package io.ocos.rewardssettlement.domain.submission;

import io.ocos.schemas.domain.Hash32;

/** Checks a batch against what it was made from. */
public interface BatchCheck {

    /** What came out. */
    sealed interface Verdict {}

    /** It was computed again from the archived inputs, and is the same. */
    record Recomputed(Hash32 inputsDigest) implements Verdict {}

    /**
     * Its inputs are archived and its artifact is there and right, but it was not computed again.
     *
     * @param why why it was not
     */
    record NotRecomputed(Hash32 inputsDigest, String why) implements Verdict {}

    /** It is not what its inputs or its artifact give. */
    record Differs(String how) implements Verdict {}

    /** It cannot be proposed yet, since something that it needs is not there. */
    record NotAvailable(String what) implements Verdict {}

    /**
     * It is not known yet: a check is under way, of this batch or of another.
     *
     * @param number of the batch that is being checked
     */
    record BeingChecked(long number) implements Verdict {}

    /** Takes long, or says {@link BeingChecked} and is to be asked again. Throws nothing: a failure is {@link NotAvailable}. */
    Verdict check(Proposal batch);
}
