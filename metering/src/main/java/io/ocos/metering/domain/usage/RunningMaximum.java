package io.ocos.metering.domain.usage;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The running maximum of a job's counters on a node (SPEC 12). Counters that fall begin anew when the node has booted since;
 * otherwise the reading does not count.
 *
 * @param maximum of the readings so far
 * @param bootId of the last reading that said one
 */
record RunningMaximum(UsageCounters maximum, @Nullable Long bootId) {

    /** Before any reading. */
    static final RunningMaximum NONE = new RunningMaximum(UsageCounters.ZERO, null);

    /** What a reading adds, and the maximum after it. */
    record Step(UsageCounters increase, RunningMaximum next) {}

    /** The step that a reading makes; empty when its counters fell. */
    Optional<Step> after(JobReading reading) {
        Long boot = reading.bootId();
        UsageCounters counters = reading.counters();
        if (!counters.isBelow(maximum)) {
            return Optional.of(
                    new Step(counters.minus(maximum), new RunningMaximum(counters, boot == null ? bootId : boot)));
        }
        boolean booted = boot != null && bootId != null && !boot.equals(bootId);
        return booted ? Optional.of(new Step(counters, new RunningMaximum(counters, boot))) : Optional.empty();
    }
}
