package io.ocos.metering.domain.usage;

import io.ocos.metering.domain.Acceptance;
import io.ocos.schemas.domain.Address;
import java.util.Optional;

/**
 * That a job was given to a node: its usage counts from when it was dispatched there, or created if that is later, to its
 * deadline, both give or take what a node's clock may be off (SPEC 3, S2).
 *
 * @param customer who created the job
 * @param fromMillis when it was created and dispatched
 * @param untilMillis its deadline; {@link Long#MAX_VALUE} when that is later
 */
public record JobAssignment(Address customer, long fromMillis, long untilMillis) {

    /** Milliseconds that a node's clock may be off. */
    public static final long CLOCK_TOLERANCE_MILLIS = Acceptance.UPTIME_MILLIS;

    /** Why a reading at a time does not count; empty when it does. */
    Optional<UsageRefusal> refusal(long at) {
        if (at < fromMillis - CLOCK_TOLERANCE_MILLIS) {
            return Optional.of(new UsageRefusal(
                    UsageRefusal.Reason.BEFORE_DISPATCH,
                    "read at %d, the job was given to the node at %d".formatted(at, fromMillis)));
        }
        if (at - CLOCK_TOLERANCE_MILLIS > untilMillis) {
            return Optional.of(new UsageRefusal(
                    UsageRefusal.Reason.AFTER_DEADLINE,
                    "read at %d, the job's deadline was %d".formatted(at, untilMillis)));
        }
        return Optional.empty();
    }
}
