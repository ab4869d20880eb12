package io.ocos.ingest.io;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.ocos.ingest.domain.Admission;
import io.ocos.ingest.domain.Answer;
import io.ocos.ingest.domain.Decision;
import io.ocos.ingest.domain.Problem;
import io.ocos.ingest.domain.Receipt;
import io.ocos.ingest.domain.SequenceBook;
import io.ocos.ingest.domain.SequenceWindow.Verdict;
import io.ocos.metering.domain.Acceptance;
import io.ocos.metering.domain.Envelope;
import io.ocos.metering.domain.EnvelopeDomain;
import io.ocos.metering.domain.PayloadException;
import io.ocos.metering.domain.TelemetryPayload;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.TelemetrySubmission;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.jspecify.annotations.Nullable;

/**
 * From the body of a request to the answer: decides, writes to the log, remembers the receipt. No thread waits for the log.
 *
 * <p>An envelope is answered as accepted or repeated only when it is in the log: a repeat of one that is still on its way
 * waits for the same confirmation, and one that was not confirmed gives its sequence number back. If it got into the log all
 * the same, {@link #learn} finds it there.
 */
final class TelemetryIntake {

    /** Repeats are answered with the original receipt for at least as long as E2 lets them pass. */
    private static final Duration RECEIPTS_KEPT = Duration.ofMinutes(20);

    private record Slot(Address node, long sequence) {}

    /** The attempt that a repeat waited for has failed. */
    private static final class NotConfirmedException extends Exception {
        private static final long serialVersionUID = 1;
    }

    private final String gateway;
    private final EnvelopeDomain domain;
    private final Admission admission;
    private final SequenceBook sequences;
    private final TelemetryLog log;
    private final Clients clients;
    private final GatewayMeters meters;
    private final Clock clock;
    private final Executor executor;
    private final ConcurrentHashMap<Slot, CompletableFuture<Receipt>> onTheirWay = new ConcurrentHashMap<>();
    private final Cache<Slot, Receipt> receipts;

    /** @param executor where answers are made once the log has confirmed */
    TelemetryIntake(
            String gateway,
            EnvelopeDomain domain,
            Admission admission,
            SequenceBook sequences,
            TelemetryLog log,
            Clients clients,
            long receiptsRemembered,
            GatewayMeters meters,
            Clock clock,
            Executor executor) {
        this.gateway = gateway;
        this.domain = domain;
        this.admission = admission;
        this.sequences = sequences;
        this.log = log;
        this.clients = clients;
        this.meters = meters;
        this.clock = clock;
        this.executor = executor;
        this.receipts = Caffeine.newBuilder()
                .maximumSize(receiptsRemembered)
                .expireAfterWrite(RECEIPTS_KEPT)
                .build();
    }

    /** Takes a complete body; the future never fails for anything the body holds. */
    CompletableFuture<Answer> submit(byte[] body, Clients.Client client) {
        long receivedAt = clock.millis();
        Envelope envelope;
        try {
            envelope = read(body);
        } catch (MalformedRecordException e) {
            return refuse(Problem.UNREADABLE, e.reason(), e.detail(), null, body, receivedAt, client);
        }
        Slot slot = new Slot(envelope.node(), envelope.sequence());
        CompletableFuture<Receipt> receipt = new CompletableFuture<>();
        Decision decision = admission.decide(
                envelope, receivedAt, () -> clients.withinRate(envelope.node()), () -> onTheirWay.put(slot, receipt));
        if (decision instanceof Decision.Refused refused) {
            Problem problem = refused.problem();
            return refuse(problem, problem.rule(), refused.detail(), envelope, body, receivedAt, client);
        }
        if (decision instanceof Decision.Repeated repeated) {
            return answer(earlier(slot, repeated.digest()), Answer.Duplicate::new);
        }
        Decision.Fresh fresh = (Decision.Fresh) decision;
        append(envelope, fresh.digest(), receivedAt, slot, receipt);
        return answer(receipt, written -> accepted(envelope, written));
    }

    /** The receipt of the same envelope taken before: at once, or when it is confirmed; empty when no longer known. */
    private CompletableFuture<Optional<Receipt>> earlier(Slot slot, Hash32 digest) {
        return sequences.with(slot.node(), window -> {
            if (window.look(slot.sequence(), digest) != Verdict.REPEATED) {
                return CompletableFuture.failedFuture(new NotConfirmedException());
            }
            CompletableFuture<Receipt> pending = onTheirWay.get(slot);
            return pending == null
                    ? CompletableFuture.completedFuture(Optional.ofNullable(receipts.getIfPresent(slot)))
                    : pending.thenApply(Optional::of);
        });
    }

    /** Takes in an envelope that lies in the log, whichever gateway put it there. */
    void learn(SignedEnvelope written, int partition, long offset) {
        Envelope envelope = envelope(written);
        Slot slot = new Slot(envelope.node(), envelope.sequence());
        sequences.with(slot.node(), window -> {
            if (!window.contains(slot.sequence())) {
                window.learn(slot.sequence(), Hash32.of(domain.digest(envelope)));
            }
            return slot;
        });
        if (receipts.getIfPresent(slot) == null) {
            receipts.put(slot, receipt(envelope, written.getReceivedAt(), written.getGateway(), partition, offset));
        }
    }

    private void append(
            Envelope envelope, Hash32 digest, long receivedAt, Slot slot, CompletableFuture<Receipt> receipt) {
        SignedEnvelope signed = new SignedEnvelope(
                AvroValues.avro(envelope.node()),
                envelope.sequence(),
                envelope.sentAt(),
                envelope.beaconBlock(),
                AvroValues.avro(envelope.beaconHash()),
                ByteBuffer.wrap(envelope.payload()),
                ByteBuffer.wrap(envelope.signature()),
                receivedAt,
                gateway);
        var timing = meters.appendBegins();
        var unused = log.append(signed)
                .whenCompleteAsync(
                        (position, failure) -> {
                            if (failure == null) {
                                Receipt written =
                                        receipt(envelope, receivedAt, gateway, position.partition(), position.offset());
                                receipts.put(slot, written);
                                onTheirWay.remove(slot, receipt);
                                timing.run();
                                receipt.complete(written);
                            } else {
                                sequences.with(slot.node(), window -> {
                                    window.withdraw(slot.sequence(), digest);
                                    return onTheirWay.remove(slot, receipt);
                                });
                                receipt.completeExceptionally(failure);
                            }
                        },
                        executor);
    }

    private static <T> CompletableFuture<Answer> answer(CompletableFuture<T> written, Function<T, Answer> whenWritten) {
        return written.handle((value, failure) ->
                failure == null ? whenWritten.apply(value) : new Answer.Refused(Problem.NOT_DURABLE, why(failure)));
    }

    private static Answer accepted(Envelope envelope, Receipt receipt) {
        return new Answer.Accepted(
                receipt, Acceptance.countsForUptime(envelope.sentAt(), receipt.receivedAt()), droppedEntries(envelope));
    }

    private static int droppedEntries(Envelope envelope) {
        try {
            return (int) TelemetryPayload.read(envelope.payload())
                    .entries()
                    .filter(entry -> !Acceptance.entryCounts(envelope.sentAt(), entry.at()))
                    .count();
        } catch (PayloadException e) {
            throw new IllegalStateException("a payload that passed E3 cannot be read", e);
        }
    }

    /** An equivocation is answered once the evidence is durable; other refusals at once. */
    private CompletableFuture<Answer> refuse(
            Problem problem,
            String reason,
            String detail,
            @Nullable Envelope envelope,
            byte[] body,
            long receivedAt,
            Clients.Client client) {
        Answer refused = new Answer.Refused(problem, detail);
        if (problem == Problem.RATE) {
            return CompletableFuture.completedFuture(refused);
        }
        boolean evidence = problem == Problem.EQUIVOCATION;
        if (!evidence && !client.mayKeepReject()) {
            meters.reject("limited");
            return CompletableFuture.completedFuture(refused);
        }
        RejectedRecord.Builder rejected = RejectedRecord.newBuilder()
                .setSource("gateway")
                .setPartition(-1)
                .setOffset(-1)
                .setTimestamp(receivedAt)
                .setRaw(ByteBuffer.wrap(body))
                .setReason(reason)
                .setDetail(detail)
                .setDetectedBy(gateway);
        if (envelope != null) {
            rejected.setKey(ByteBuffer.wrap(envelope.node().toBytes()));
        }
        CompletableFuture<Void> kept = log.keep(rejected.build())
                .whenComplete((done, failure) -> meters.reject(failure == null ? "kept" : "failed"));
        return evidence
                ? kept.handleAsync(
                        (done, failure) ->
                                failure == null ? refused : new Answer.Refused(Problem.NOT_DURABLE, why(failure)),
                        executor)
                : CompletableFuture.completedFuture(refused);
    }

    private static String why(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        // A record that shared a batch with a refused one, such as a tick, is refused as InvalidRecord.
        return cause instanceof InvalidTimestampException || cause instanceof InvalidRecordException
                ? "the log refuses the gateway's time: the clocks of gateway and broker differ"
                : "the log did not confirm the envelope: " + cause.getClass().getSimpleName();
    }

    private static Receipt receipt(Envelope envelope, long receivedAt, String gateway, int partition, long offset) {
        return new Receipt(
                envelope.node(),
                envelope.sequence(),
                Hash32.of(Keccak.hash(envelope.payload())),
                receivedAt,
                gateway,
                partition,
                offset);
    }

    private static Envelope read(byte[] body) throws MalformedRecordException {
        TelemetrySubmission submission = RecordCodec.decode(body, TelemetrySubmission.class);
        notNegative("sequence", submission.getSequence());
        notNegative("sentAt", submission.getSentAt());
        notNegative("beaconBlock", submission.getBeaconBlock());
        return new Envelope(
                AvroValues.address(submission.getNode()),
                submission.getSequence(),
                submission.getSentAt(),
                submission.getBeaconBlock(),
                AvroValues.hash32(submission.getBeaconHash()),
                AvroValues.bytes(submission.getPayload()),
                AvroValues.bytes(submission.getSignature()));
    }

    private static void notNegative(String field, long value) throws MalformedRecordException {
        if (value < 0) {
            throw new MalformedRecordException("OUT_OF_RANGE", "%s %d, expected at least 0".formatted(field, value));
        }
    }

    private static Envelope envelope(SignedEnvelope signed) {
        return new Envelope(
                AvroValues.address(signed.getNode()),
                signed.getSequence(),
                signed.getSentAt(),
                signed.getBeaconBlock(),
                AvroValues.hash32(signed.getBeaconHash()),
                AvroValues.bytes(signed.getPayload()),
                AvroValues.bytes(signed.getSignature()));
    }
}
