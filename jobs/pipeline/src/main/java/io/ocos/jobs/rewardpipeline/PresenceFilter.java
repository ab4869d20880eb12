package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.rewardpipeline.domain.NodeFact;
import io.ocos.metering.domain.Acceptance;
import io.ocos.metering.domain.EnvelopeDomain;
import io.ocos.metering.domain.ReceivedEnvelope;
import io.ocos.metering.domain.Uptime;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Minutes;
import java.io.Serializable;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an envelope is to the minutes of its node (SPEC 3, 5).
 *
 * @param chainId EIP-155 chain id of the domain under which nodes sign
 * @param registry its NodeRegistry contract
 * @param verifySignatures false leaves out E1
 */
public record PresenceFilter(long chainId, Address registry, boolean verifySignatures) implements Serializable {

    private static final long serialVersionUID = 1;

    /**
     * Where an envelope ends: one of the two is there, or neither, when it is accepted and does not count for uptime (S2).
     *
     * @param presence what counts
     * @param refusal the first rule of E1–E3 that failed
     */
    public record Verdict(NodeFact.@Nullable Presence presence, Acceptance.@Nullable Refusal refusal) {}

    private static final Verdict NOT_FOR_UPTIME = new Verdict(null, null);

    /** The rules. */
    public Acceptance acceptance() {
        return new Acceptance(new EnvelopeDomain(chainId, registry), verifySignatures);
    }

    /**
     * Judges an envelope.
     *
     * @param partition source partition, -1 when it has none
     * @param offset source offset, -1 when it has none
     */
    public static Verdict verdict(Acceptance acceptance, ReceivedEnvelope received, int partition, long offset) {
        long receivedAt = received.receivedAt();
        Optional<Acceptance.Refusal> refusal = acceptance.refusal(received.envelope(), receivedAt);
        if (refusal.isPresent()) {
            return new Verdict(null, refusal.get());
        }
        if (!Acceptance.countsForUptime(received.envelope().sentAt(), receivedAt)) {
            return NOT_FOR_UPTIME;
        }
        return new Verdict(
                new NodeFact.Presence(
                        received.envelope().node(), Minutes.of(receivedAt), Uptime.bit(receivedAt), partition, offset),
                null);
    }
}
