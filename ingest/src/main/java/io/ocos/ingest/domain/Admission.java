package io.ocos.ingest.domain;

import io.ocos.ingest.domain.Decision.Fresh;
import io.ocos.ingest.domain.Decision.Refused;
import io.ocos.ingest.domain.Decision.Repeated;
import io.ocos.ingest.domain.SequenceWindow.Verdict;
import io.ocos.metering.domain.Acceptance;
import io.ocos.metering.domain.Envelope;
import io.ocos.metering.domain.EnvelopeDomain;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.io.Secp256k1Keys;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * The rules of SPEC 3 as a gateway applies them, in their order: the first that fails names the refusal. (The size of the
 * body is tested before there is an envelope.) Safe for use by several threads.
 */
public final class Admission {

    private final EnvelopeDomain domain;
    private final Acceptance acceptance;
    private final ChainView chain;
    private final SequenceBook sequences;
    private final Set<Address> denied;

    public Admission(EnvelopeDomain domain, ChainView chain, SequenceBook sequences, Set<Address> denied) {
        this.domain = domain;
        this.acceptance = new Acceptance(domain);
        this.chain = chain;
        this.sequences = sequences;
        this.denied = Set.copyOf(denied);
    }

    /**
     * Decides, and takes the sequence number of an envelope that passes.
     *
     * @param receivedAt gateway's clock, milliseconds
     * @param withinRate asked once, and only for an envelope that is no repeat and passes all else: whether its node may
     *     send one more now
     * @param whenFresh run before anyone else can see the sequence number as taken
     */
    public Decision decide(Envelope envelope, long receivedAt, BooleanSupplier withinRate, Runnable whenFresh) {
        Optional<Acceptance.Refusal> refusal = acceptance.refusal(envelope, receivedAt);
        if (refusal.isPresent()) {
            return refused(envelope, refusal.get());
        }
        Address node = envelope.node();
        if (denied.contains(node)) {
            return new Refused(Problem.DENIED, "node %s is on the deny list".formatted(node));
        }
        if (!chain.nodes().isRegistered(node)) {
            return new Refused(Problem.UNREGISTERED, "node %s is not registered".formatted(node));
        }
        Hash32 digest = Hash32.of(domain.digest(envelope));
        long sequence = envelope.sequence();
        Verdict verdict = sequences.with(node, window -> window.look(sequence, digest));
        if (verdict == Verdict.REPEATED) {
            return new Repeated(digest);
        }
        if (verdict == Verdict.FRESH) {
            Optional<String> beacon =
                    chain.beacons().refusal(envelope.beaconBlock(), envelope.beaconHash(), envelope.sentAt());
            if (beacon.isPresent()) {
                return new Refused(Problem.BAD_BEACON, beacon.get());
            }
        }
        if (!withinRate.getAsBoolean()) {
            return new Refused(Problem.RATE, "node %s sends too many envelopes".formatted(node));
        }
        Verdict offered = sequences.with(node, window -> {
            Verdict answer = window.offer(sequence, digest);
            if (answer == Verdict.FRESH) {
                whenFresh.run();
            }
            return answer;
        });
        return switch (offered) {
            case FRESH -> new Fresh(digest);
            case REPEATED -> new Repeated(digest);
            case EQUIVOCATION ->
                new Refused(
                        Problem.EQUIVOCATION,
                        "sequence %d of node %s was accepted with other content".formatted(sequence, node));
            case TOO_LOW ->
                new Refused(
                        Problem.BAD_SEQUENCE,
                        "sequence %d of node %s is below the %d highest accepted"
                                .formatted(sequence, node, SequenceWindow.SIZE));
            case TOO_HIGH ->
                new Refused(
                        Problem.BAD_SEQUENCE,
                        "sequence %d of node %s is more than %d above the highest accepted"
                                .formatted(sequence, node, SequenceWindow.MAX_JUMP));
        };
    }

    private Refused refused(Envelope envelope, Acceptance.Refusal refusal) {
        return switch (refusal.rule()) {
            case E1 -> {
                boolean another = Secp256k1Keys.recover(domain.digest(envelope), envelope.signature())
                        .filter(chain.nodes()::isRegistered)
                        .isPresent();
                yield new Refused(another ? Problem.IMPERSONATION : Problem.BAD_SIGNATURE, refusal.detail());
            }
            case E2 -> new Refused(Problem.TIME_OUT_OF_RANGE, refusal.detail());
            case E3 -> new Refused(Problem.BAD_PAYLOAD, refusal.detail());
            case E4, S1, S2 -> throw new IllegalStateException("no rule of an envelope's own: " + refusal);
        };
    }
}
