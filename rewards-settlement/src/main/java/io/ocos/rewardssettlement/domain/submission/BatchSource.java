package io.ocos.rewardssettlement.domain.submission;

import java.util.List;
import java.util.Optional;

/** The batches that were made (topic {@code settlement-batches}). */
public interface BatchSource {

    /** Whether all that was written so far has been read: before, the newest is not known. */
    boolean isCaughtUp();

    /** The batch of a number. */
    Optional<Proposal> ofNumber(long number);

    /** All batches above a number, newest first. */
    List<Proposal> above(long number);

    /** What is wrong with the batches themselves, such as two of one number; empty when nothing is. */
    Optional<String> contradiction();
}
