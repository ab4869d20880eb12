package io.ocos.metering.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.io.Secp256k1Keys;
import java.util.Optional;

/**
 * Rules E1–E3, S1 and S2 of SPEC 3, in their order: the first that fails names the reject. Immutable and safe for use by
 * several threads.
 */
public final class Acceptance {

    /** Milliseconds that an envelope may be received before it was sent. */
    public static final long MAX_AHEAD_MILLIS = 30_000;

    /** Milliseconds that an envelope may be received after it was sent, and an entry may be older than its envelope. */
    public static final long MAX_AGE_MILLIS = 900_000;

    /** Milliseconds between sending and receiving within which an envelope counts for uptime. */
    public static final long UPTIME_MILLIS = 30_000;

    /**
     * A refusal.
     *
     * @param rule the first rule that failed
     * @param detail what was wrong, the value, what was expected
     */
    public record Refusal(Rule rule, String detail) {}

    private final EnvelopeDomain domain;
    private final boolean verifySignatures;

    /** Acceptance with all rules. */
    public Acceptance(EnvelopeDomain domain) {
        this(domain, true);
    }

    /**
     * Acceptance that may leave out E1.
     *
     * @param verifySignatures false skips all of E1 (SPEC 13, {@code --no-verify-signatures})
     */
    public Acceptance(EnvelopeDomain domain, boolean verifySignatures) {
        this.domain = domain;
        this.verifySignatures = verifySignatures;
    }

    /**
     * Tests E1, E2 and E3.
     *
     * @param receivedAt gateway's clock, milliseconds
     * @return empty when the envelope is accepted
     */
    public Optional<Refusal> refusal(Envelope envelope, long receivedAt) {
        if (verifySignatures) {
            Optional<Refusal> e1 = signatureRefusal(envelope);
            if (e1.isPresent()) {
                return e1;
            }
        }
        long delayMillis = receivedAt - envelope.sentAt();
        if (delayMillis < -MAX_AHEAD_MILLIS || delayMillis > MAX_AGE_MILLIS) {
            return Optional.of(new Refusal(
                    Rule.E2,
                    "received %d ms after it was sent, expected %d … %d"
                            .formatted(delayMillis, -MAX_AHEAD_MILLIS, MAX_AGE_MILLIS)));
        }
        try {
            TelemetryPayload.validate(envelope.payload());
            return Optional.empty();
        } catch (PayloadException e) {
            return Optional.of(new Refusal(Rule.E3, e.detail()));
        }
    }

    private Optional<Refusal> signatureRefusal(Envelope envelope) {
        if (envelope.signature().length != Secp256k1Keys.SIGNATURE_BYTES) {
            return Optional.of(new Refusal(
                    Rule.E1,
                    "signature of %d bytes, expected %d"
                            .formatted(envelope.signature().length, Secp256k1Keys.SIGNATURE_BYTES)));
        }
        Optional<Address> signer = Secp256k1Keys.recover(domain.digest(envelope), envelope.signature());
        if (signer.isEmpty()) {
            return Optional.of(
                    new Refusal(Rule.E1, "signature recovers to no key, expected r and s in range, s low, v 27 or 28"));
        }
        return signer.get().equals(envelope.node())
                ? Optional.empty()
                : Optional.of(new Refusal(
                        Rule.E1, "signature of %s, expected that of %s".formatted(signer.get(), envelope.node())));
    }

    /** S1: whether an entry measured at a time counts in an envelope sent at a time (milliseconds). */
    public static boolean entryCounts(long sentAt, long at) {
        return sentAt - MAX_AGE_MILLIS <= at && at <= sentAt;
    }

    /** S2: whether an envelope counts for uptime (milliseconds). */
    public static boolean countsForUptime(long sentAt, long receivedAt) {
        return Math.abs(receivedAt - sentAt) <= UPTIME_MILLIS;
    }
}
