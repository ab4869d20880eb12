package io.ocos.rewardssettlement.domain.submission;

import java.util.List;

/** What a step of the submitter came to. */
public sealed interface StepResult {

    /** Something was done, and there may be more to do at once. */
    record Acted(String what) implements StepResult {}

    /**
     * Nothing can be done now.
     *
     * @param problems what stands in the way that a person may have to see to, each one line; empty when all is as it should be
     * @param waitsFor what it waits for, one line
     */
    record Waiting(List<String> problems, String waitsFor) implements StepResult {
        public Waiting {
            problems = List.copyOf(problems);
        }
    }

    /**
     * It does nothing any more until a person says so.
     *
     * @param entry index of the journal entry that says why
     */
    record Halted(long entry, String reason) implements StepResult {}
}
