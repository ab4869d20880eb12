package io.ocos.rewardssettlement.domain.submission;

import java.util.List;

/**
 * What the submitter intends and has seen, durably, in order. One owner at a time: whoever opens it last is the only one that
 * can write.
 */
public interface Journal {

    /**
     * Takes the journal over, and reads it.
     *
     * @return all entries, oldest first
     * @throws JournalException when it cannot be read
     */
    List<JournalEntry> open();

    /**
     * Adds an entry; it is durable when this returns.
     *
     * @throws FencedException when somebody else has opened the journal since; the entry is not in it
     * @throws JournalException when it is unknown whether the entry is in it
     */
    void append(JournalEntry entry);
}
