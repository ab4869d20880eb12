package io.ocos.ingest.io;

import io.ocos.ingest.domain.Problem;
import io.ocos.ingest.io.GatewayClient.Answer;
import io.ocos.ingest.io.GatewayClient.Outcome;
import io.ocos.metering.domain.Acceptance;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the node's clock with the gateways': one that is off by more than 30 s earns nothing (SPEC 3, S2). The clock is
 * never corrected here, that is the operating system's task.
 */
final class ClockWatch {

    private static final Logger LOG = LoggerFactory.getLogger(ClockWatch.class);
    private static final long WARN_MILLIS = 5_000;
    /** Of a Date header. */
    private static final long RESOLUTION_MILLIS = 1_000;

    private boolean warned;
    private volatile long offMillis;

    /**
     * Takes in an answer to a request.
     *
     * @param before the node's clock when it was sent, ms
     * @param after when the answer had come
     */
    void compare(long before, long after, Answer answer) {
        Optional<Long> serverTime = receivedAt(answer);
        if (serverTime.isEmpty() && answer.serverTime().isPresent()) {
            serverTime = Optional.of(answer.serverTime().getAsLong() + RESOLUTION_MILLIS / 2);
        }
        serverTime.ifPresent(time -> judge(before, after, time));
        if (answer.problem().filter(Problem.TIME_OUT_OF_RANGE::equals).isPresent()) {
            LOG.warn("the gateway refuses this clock's time: {}", answer.detail());
        }
    }

    /** How far ahead of the gateway the node's clock is, ms; what the way may explain does not count. */
    long offMillis() {
        return offMillis;
    }

    /** Whether it is so far off that nothing counts. */
    boolean isTooFarOff() {
        return Math.abs(offMillis) > Acceptance.UPTIME_MILLIS;
    }

    private void judge(long before, long after, long serverTime) {
        offMillis = before > serverTime ? before - serverTime : Math.min(0, after - serverTime);
        boolean off = Math.abs(offMillis) > WARN_MILLIS;
        if (off && !warned) {
            LOG.warn(
                    "this clock is {} ms {} the gateway's; beyond {} ms no envelope counts: set it right (NTP)",
                    Math.abs(offMillis),
                    offMillis > 0 ? "ahead of" : "behind",
                    Acceptance.UPTIME_MILLIS);
        } else if (!off && warned) {
            LOG.info("this clock agrees with the gateway's again");
        }
        warned = off;
    }

    /** A receipt says it to the millisecond; that of a repeat is of an earlier time. */
    private static Optional<Long> receivedAt(Answer answer) {
        if (answer.outcome() != Outcome.ACCEPTED || !answer.body().contains("\"accepted\"")) {
            return Optional.empty();
        }
        try {
            return Optional.of(SignedReceipt.parse(answer.body()).receipt().receivedAt());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
