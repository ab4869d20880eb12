package io.ocos.ingest.io;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import io.ocos.ingest.domain.Problem;
import io.ocos.ingest.domain.Receipt;
import io.ocos.ingest.domain.ReceiptDomain;
import io.ocos.ingest.io.EntryBuffer.Batch;
import io.ocos.ingest.io.EnvelopeSigner.Beacon;
import io.ocos.ingest.io.GatewayClient.Answer;
import io.ocos.ingest.io.GatewayClient.Outcome;
import io.ocos.metering.domain.TelemetryPayload;
import io.ocos.schemas.avro.TelemetrySubmission;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.io.AvroValues;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what is buffered to a gateway: signs an envelope when it is sent, repeats it as it is (so that it counts once) at one
 * gateway after the other, and takes its entries out of the buffer when it is accepted. For one thread.
 */
final class Courier {

    private static final Logger LOG = LoggerFactory.getLogger(Courier.class);
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(2);
    private static final double JITTER = 0.5;
    private static final long BEACON_FRESH_MILLIS = 60_000;
    /** Less than the 300 s of E4, by what a block may be behind when it is given. */
    private static final long BEACON_USABLE_MILLIS = 180_000;

    /** What became of a round. */
    enum Result {
        /** Accepted, and nothing was left behind. */
        ACCEPTED,
        /** Accepted, and there is more to bring. */
        ACCEPTED_WITH_MORE,
        /** Not accepted. */
        NOT_ACCEPTED
    }

    private record KnownBeacon(Beacon beacon, long since) {}

    private final Clock clock;
    private final Address node;
    private final EnvelopeSigner signer;
    private final SequenceFile sequence;
    private final EntryBuffer buffer;
    private final GatewayClient gateways;
    private final BeaconSource beacons;
    private final ReceiptDomain receiptDomain;
    private final Set<Address> gatewayAddresses;
    private final ReceiptLog receipts;
    private final AgentMeters meters;
    private final ClockWatch clockWatch;
    private final Duration firstBackoff;
    private @Nullable KnownBeacon known;
    private volatile @Nullable String lastFailure;
    private int gateway;

    /**
     * A courier.
     *
     * @param gatewayAddresses whose receipts are believed; empty: whoever the receipt names
     * @param firstBackoff before the first repetition; doubles
     */
    Courier(
            Clock clock,
            Address node,
            EnvelopeSigner signer,
            SequenceFile sequence,
            EntryBuffer buffer,
            GatewayClient gateways,
            BeaconSource beacons,
            ReceiptDomain receiptDomain,
            Set<Address> gatewayAddresses,
            ReceiptLog receipts,
            AgentMeters meters,
            ClockWatch clockWatch,
            Duration firstBackoff) {
        this.clock = clock;
        this.node = node;
        this.signer = signer;
        this.sequence = sequence;
        this.buffer = buffer;
        this.gateways = gateways;
        this.beacons = beacons;
        this.receiptDomain = receiptDomain;
        this.gatewayAddresses = Set.copyOf(gatewayAddresses);
        this.receipts = receipts;
        this.meters = meters;
        this.clockWatch = clockWatch;
        this.firstBackoff = firstBackoff;
    }

    /** Why the last round brought nothing; null when it did, and before the first. */
    @Nullable
    String lastFailure() {
        return lastFailure;
    }

    /**
     * Sends one envelope, with the oldest entries, or none when none wait.
     *
     * @param budget how long it is tried, more than the first backoff
     */
    Result round(Duration budget) {
        Round round = new Round();
        RetryPolicy<Answer> policy = RetryPolicy.<Answer>builder()
                .handle(IOException.class)
                .handleResultIf(Courier::worthRepeating)
                .withBackoff(firstBackoff, MAX_BACKOFF)
                .withJitter(JITTER)
                .withMaxRetries(-1)
                .withMaxDuration(budget)
                .build();
        Answer answer;
        try {
            answer = Failsafe.with(policy).get(round::attempt);
        } catch (FailsafeException e) {
            if (e.getCause() instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            answer = Answer.failed(String.valueOf(e.getCause()));
        }
        return settle(round, answer);
    }

    private static boolean worthRepeating(Answer answer) {
        return answer.outcome() == Outcome.FAILED || isStaleBeacon(answer);
    }

    private static boolean isStaleBeacon(Answer answer) {
        return answer.problem().filter(Problem.BAD_BEACON::equals).isPresent();
    }

    private Result settle(Round round, Answer answer) {
        if (answer.outcome() == Outcome.ACCEPTED) {
            buffer.accepted(round.batch);
            if (lastFailure != null || meters.lastAcceptedAt() == 0) {
                LOG.info("a gateway accepts what is sent; {} entries wait", buffer.entries());
            }
            meters.accepted(clock.millis());
            lastFailure = null;
            boolean full = round.batch.entries().size() == TelemetryPayload.MAX_ENTRIES;
            return full && buffer.entries() > 0 ? Result.ACCEPTED_WITH_MORE : Result.ACCEPTED;
        }
        if (round.envelope != null) {
            if (answer.outcome() == Outcome.FAILED) {
                meters.failed();
            } else {
                meters.refused();
            }
        }
        // The payload itself: sent again it would be refused again, and hold up all that comes after it.
        if (answer.problem()
                .filter(problem -> problem == Problem.BAD_PAYLOAD || problem == Problem.TOO_LARGE)
                .isPresent()) {
            buffer.refused(round.batch);
        }
        if (lastFailure == null || answer.outcome() != Outcome.FAILED) {
            LOG.warn("not accepted, {} entries wait: {}", buffer.entries(), answer.detail());
        }
        if (answer.problem().filter(Problem.EQUIVOCATION::equals).isPresent()) {
            LOG.error("sequence {} was used by another: is this node's key in use elsewhere?", sequence.last());
        }
        lastFailure = answer.detail();
        gateway++;
        return Result.NOT_ACCEPTED;
    }

    /** One envelope from its signature to what became of it. */
    private final class Round {

        private final long sentAt = clock.millis();
        private final Batch batch = buffer.next(sentAt, TelemetryPayload.MAX_ENTRIES);
        private @Nullable TelemetrySubmission envelope;
        private boolean again;

        Answer attempt() throws IOException, InterruptedException {
            if (again) {
                gateway++;
            }
            again = true;
            TelemetrySubmission signed = envelope;
            if (signed == null) {
                signed = signer.sign(
                        sequenceAfterBeacon(), sentAt, usableBeacon(), TelemetryPayload.of(batch.entries()));
                envelope = signed;
            }
            long before = clock.millis();
            Answer answer = gateways.submit(signed, gateway).join();
            clockWatch.compare(before, clock.millis(), answer);
            if (answer.outcome() == Outcome.ACCEPTED) {
                return proven(signed, answer);
            }
            if (isStaleBeacon(answer)) {
                // It can never be accepted: what is sent next is signed anew, over what this gateway knows.
                meters.refused();
                known = null;
                envelope = null;
                again = false;
            }
            return answer;
        }

        /** So that no number is used up while there is no beacon. */
        private long sequenceAfterBeacon() throws IOException, InterruptedException {
            usableBeacon();
            return sequence.reserve();
        }
    }

    private Beacon usableBeacon() throws IOException, InterruptedException {
        KnownBeacon last = known;
        long now = clock.millis();
        if (last != null && Math.abs(now - last.since) < BEACON_FRESH_MILLIS) {
            return last.beacon;
        }
        try {
            Beacon fresh = beacons.recent(gateway);
            known = new KnownBeacon(fresh, now);
            return fresh;
        } catch (IOException e) {
            if (last != null && Math.abs(now - last.since) < BEACON_USABLE_MILLIS) {
                return last.beacon;
            }
            throw e;
        }
    }

    /** Keeps the receipt of an accepted envelope; without a receipt that can be believed it does not count as accepted. */
    private Answer proven(TelemetrySubmission envelope, Answer answer) {
        Optional<SignedReceipt> receipt;
        try {
            receipt = answer.body().contains("\"signature\"")
                    ? Optional.of(SignedReceipt.parse(answer.body()))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return unproven("receipt: " + e.getMessage());
        }
        if (receipt.isEmpty()) {
            // A repeat of what the gateway has forgotten the receipt of.
            return gatewayAddresses.isEmpty() ? answer : unproven("there is no receipt in " + answer.detail());
        }
        Optional<String> fault = fault(receipt.get(), envelope);
        if (fault.isPresent()) {
            return unproven(fault.get());
        }
        try {
            receipts.append(receipt.get());
        } catch (IOException e) {
            LOG.warn("a receipt is not kept: {}", e.toString());
        }
        return answer;
    }

    private Optional<String> fault(SignedReceipt signed, TelemetrySubmission envelope) {
        Receipt receipt = signed.receipt();
        Hash32 payloadHash = Hash32.of(Keccak.hash(AvroValues.bytes(envelope.getPayload())));
        if (!receipt.node().equals(node)
                || receipt.sequence() != envelope.getSequence()
                || !receipt.payloadHash().equals(payloadHash)) {
            return Optional.of("the receipt is of node %s, sequence %d, payload %s, expected %s, %d, %s"
                    .formatted(
                            receipt.node(),
                            receipt.sequence(),
                            receipt.payloadHash(),
                            node,
                            envelope.getSequence(),
                            payloadHash));
        } else if (!signed.isSigned(receiptDomain)) {
            return Optional.of("the receipt is not signed by %s, which it names".formatted(signed.signer()));
        } else if (!gatewayAddresses.isEmpty() && !gatewayAddresses.contains(signed.signer())) {
            return Optional.of(
                    "the receipt is signed by %s, expected one of %s".formatted(signed.signer(), gatewayAddresses));
        }
        return Optional.empty();
    }

    private static Answer unproven(String why) {
        return Answer.failed(why);
    }
}
