package io.ocos.jobs.verify;

import io.ocos.jobs.archive.ArchiveComparison;
import io.ocos.jobs.archive.ArchiveComparison.Difference;
import io.ocos.jobs.archive.ArchiveException;
import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.archive.LateRecords;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.rewardpipeline.PresenceFilter;
import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.jobs.settlement.BatchLog;
import io.ocos.metering.domain.Acceptance;
import io.ocos.metering.domain.ReceivedEnvelope;
import io.ocos.metering.io.TelemetryRecords;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.rewardssettlement.domain.Cid;
import io.ocos.rewardssettlement.io.ProposedBatches.ProposedBatch;
import io.ocos.schemas.avro.SettlementBatch;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Recomputes a batch from the archive and holds it against what was published: the record of topic {@code settlement-batches},
 * the artifact, and the contract once it knows the number (SPEC 10, 11, 13). Where they differ it looks for what is behind
 * it: the first payee, the first minute in which that payee's rewards differ from topic {@code rewards}, and the first input
 * that is not the same in archive and topic.
 */
public final class BatchVerification {

    /**
     * Where things are.
     *
     * @param archive up to any epoch
     * @param artifacts store of the artifacts
     * @param kafka {@code host:port}, comma-separated
     * @param kafkaProperties further properties of the consumers (security); null = none
     * @param chain what the contract knows of a number
     */
    public record Sources(
            ArchiveInput archive,
            ArtifactStore artifacts,
            String kafka,
            @Nullable Path kafkaProperties,
            LongFunction<Optional<ProposedBatch>> chain) {}

    /** What came out. */
    public sealed interface Verdict {}

    /**
     * All the same.
     *
     * @param inputsDigest SHA-256 of the manifest of the batch's epoch, hex digits
     * @param chain what the contract knows of it
     */
    public record Agrees(SettlementBatch batch, String inputsDigest, Optional<ProposedBatch> chain) implements Verdict {

        /** One line. */
        @Override
        public String toString() {
            return "batch %d agrees: root %s, total %s wei, %d payees, epoch %d, inputs %s%s"
                    .formatted(
                            batch.getNumber(),
                            AvroValues.hash32(batch.getRoot()),
                            AvroValues.amount(batch.getCumulativeTotal()),
                            batch.getPayees(),
                            batch.getEpoch(),
                            inputsDigest,
                            chain.map(known -> ", on chain " + known.state()).orElse(""));
        }
    }

    /**
     * Something is not the same.
     *
     * @param lines what differs, and what is behind it as far as that is found
     */
    public record Differs(List<String> lines) implements Verdict {

        @Override
        public String toString() {
            return String.join(System.lineSeparator(), lines);
        }
    }

    private final Sources sources;
    private final Recomputation.Setup setup;
    private final LongConsumer progress;

    /**
     * A verification.
     *
     * @param progress told now and then how many bytes of the input have been read
     */
    public BatchVerification(Sources sources, Recomputation.Setup setup, LongConsumer progress) {
        this.sources = sources;
        this.setup = setup;
        this.progress = progress;
    }

    /**
     * Verifies a batch; takes as long as the archive is.
     *
     * @throws ConfigException when there is no such batch, or Kafka cannot be read
     * @throws ArchiveException when the archive cannot be read, does not reach the batch's epoch, or was altered in a way
     *     that the topics cannot tell
     */
    public Verdict verify(long number) {
        return verify(number, recomputation -> {});
    }

    /**
     * Verifies a batch, as {@link #verify(long)}.
     *
     * @param also also given everything that was computed again, once it is held against what was published
     */
    public Verdict verify(long number, Consumer<Recomputation> also) {
        return verify(records(number, number), also).get(0);
    }

    /**
     * Verifies batches as {@link #verify(long)} does each, in about the time of the last of them.
     *
     * @param from number of the first
     * @param to number of the last, at least {@code from}
     * @return their verdicts, in order
     */
    public List<Verdict> verify(long from, long to) {
        return verify(records(from, to), recomputation -> {});
    }

    /** Verifies every batch that is published, as {@link #verify(long, long)} does. */
    public List<Verdict> verifyAll() {
        return verify(List.copyOf(published().values()), recomputation -> {});
    }

    private List<SettlementBatch> records(long from, long to) {
        NavigableMap<Long, SettlementBatch> batches = published();
        List<SettlementBatch> records = new ArrayList<>();
        for (long number = from; number <= to; number++) {
            SettlementBatch record = batches.get(number);
            if (record == null) {
                throw new ConfigException("batch %d: there is none, expected %d … %d"
                        .formatted(number, batches.firstKey(), batches.lastKey()));
            }
            records.add(record);
        }
        return records;
    }

    private NavigableMap<Long, SettlementBatch> published() {
        NavigableMap<Long, SettlementBatch> batches = BatchLog.read(sources.kafka(), sources.kafkaProperties());
        if (batches.isEmpty()) {
            throw new ConfigException("there is no batch yet");
        }
        return batches;
    }

    /**
     * One recomputation gives the batches of all epochs that no later input could have changed; of the others each has its
     * own.
     */
    private List<Verdict> verify(List<SettlementBatch> records, Consumer<Recomputation> also) {
        SettlementBatch last = records.get(records.size() - 1);
        ArchiveInput inputs = sources.archive().upTo(last.getEpoch());
        ArchiveComparison.Result comparison = ArchiveComparison.of(inputs, sources.kafka(), sources.kafkaProperties());
        try (Recomputation recomputation = Recomputation.of(inputs, last.getEpoch(), setup, progress)) {
            Set<Long> affected = records.size() == 1 ? Set.of() : LateRecords.affectedEpochs(inputs);
            List<Verdict> verdicts = new ArrayList<>();
            for (SettlementBatch record : records) {
                ArchiveInput own = inputs.upTo(record.getEpoch());
                verdicts.add(
                        affected.contains(record.getEpoch())
                                ? alone(record)
                                : new Case(record, own, comparison.upTo(own), recomputation).verdict());
            }
            also.accept(recomputation);
            return verdicts;
        } catch (ArchiveException e) {
            return records.size() == 1
                    ? List.of(notRecomputed(last, comparison, e))
                    : records.stream().map(this::alone).toList();
        }
    }

    private Verdict alone(SettlementBatch record) {
        return verify(List.of(record), recomputation -> {}).get(0);
    }

    private static Verdict notRecomputed(
            SettlementBatch record, ArchiveComparison.Result comparison, ArchiveException why) {
        return comparison.differences().stream()
                .min(Comparator.comparing(difference -> !difference.damaged()))
                .<Verdict>map(first -> new Differs(List.of(
                        "batch %d cannot be recomputed: the archive was altered after it was written: %s"
                                .formatted(record.getNumber(), why.getMessage()),
                        describe(first, comparison.count()))))
                .orElseThrow(() -> why);
    }

    /** A batch with everything that is held against it. */
    private final class Case {

        private final SettlementBatch record;
        private final ArchiveInput inputs;
        private final ArchiveComparison.Result comparison;
        private final Recomputation recomputation;

        Case(
                SettlementBatch record,
                ArchiveInput inputs,
                ArchiveComparison.Result comparison,
                Recomputation recomputation) {
            this.record = record;
            this.inputs = inputs;
            this.comparison = comparison;
            this.recomputation = recomputation;
        }

        Verdict verdict() {
            Optional<ProposedBatch> chain = sources.chain().apply(record.getNumber());
            Recomputation.Row row = recomputation.batch(record.getNumber()).orElse(null);
            if (row == null) {
                return new Differs(List.of(
                        "batch %d differs: the archived inputs up to its epoch %d give no batch of this number"
                                .formatted(record.getNumber(), record.getEpoch()),
                        firstInput(Long.MAX_VALUE, List.of(), List.of())));
            }
            Published published = Published.of(record, sources.artifacts());
            List<String> differences = differences(row, published);
            chain.ifPresent(known -> differences.addAll(differences(row, known)));
            if (differences.isEmpty() && comparison.count() == 0) {
                return new Agrees(record, inputs.digest(), chain);
            }
            List<String> lines = new ArrayList<>();
            if (differences.isEmpty()) {
                lines.add("batch %d agrees, root %s, but its archived inputs were altered after they were written"
                        .formatted(record.getNumber(), row.root()));
                lines.add(describe(comparison.differences().get(0), comparison.count()));
                return new Differs(lines);
            }
            lines.add("batch %d differs: %s".formatted(record.getNumber(), String.join("; ", differences)));
            explain(row, published, lines);
            return new Differs(lines);
        }

        private List<String> differences(Recomputation.Row row, Published published) {
            List<String> differences = new ArrayList<>();
            compare("root", AvroValues.hash32(record.getRoot()), row.root(), differences);
            compare("total", AvroValues.amount(record.getCumulativeTotal()), row.total(), differences);
            compare("delta", AvroValues.amount(record.getDelta()), row.delta(), differences);
            compare("payees", record.getPayees(), row.payees(), differences);
            compare("epoch", record.getEpoch(), row.epoch(), differences);
            compare("CID", record.getCid(), row.cid(), differences);
            if (published.problem() != null) {
                differences.add(published.problem());
            }
            return differences;
        }

        private List<String> differences(Recomputation.Row row, ProposedBatch known) {
            List<String> differences = new ArrayList<>();
            compare("root on chain", known.root(), row.root(), differences);
            compare("total on chain", known.cumulativeTotal(), row.total(), differences);
            compare("epoch on chain", known.epoch(), row.epoch(), differences);
            known.artifactDigest()
                    .ifPresent(
                            digest -> compare("CID on chain", Cid.ofDigest(digest.toBytes()), row.cid(), differences));
            known.inputsDigest()
                    .ifPresent(digest -> compare(
                            "inputs digest on chain", digest.toString().substring(2), inputs.digest(), differences));
            return differences;
        }

        private void explain(Recomputation.Row row, Published published, List<String> lines) {
            BatchLines recomputed = recomputation.lines(row.number());
            Optional<PayeeDifference> payee =
                    published.lines() == null ? Optional.empty() : PayeeDifference.first(published.lines(), recomputed);
            if (payee.isEmpty()) {
                lines.add(
                        published.lines() == null
                                ? "its payees cannot be compared without its artifact"
                                : "every payee of its artifact agrees: what differs is the record of the batch");
                lines.add(firstInput(record.getToMinute(), List.of(), List.of()));
                return;
            }
            lines.add(payee.get().toString());
            RewardTopic rewards = new RewardTopic(sources.kafka(), sources.kafkaProperties());
            Optional<RewardTopic.Minute> minute =
                    rewards.firstDifference(payee.get().payee(), record.getToMinute(), recomputation);
            if (minute.isEmpty()) {
                lines.add(
                        "minutes %d … %d: the rewards of %s are the same in topic rewards: the batch is not made of them"
                                .formatted(
                                        record.getFromMinute(),
                                        record.getToMinute() - 1,
                                        payee.get().payee()));
                lines.add(firstInput(record.getToMinute(), List.of(), List.of()));
                return;
            }
            RewardTopic.Minute own = minute.get().of(payee.get().payee());
            lines.add("minute %d (%s): topic rewards has %s; recomputed %s"
                    .formatted(
                            own.minute(),
                            Instant.ofEpochMilli(Minutes.startMillis(own.minute())),
                            rewardLines(own.recorded()),
                            rewardLines(own.recomputed())));
            lines.add(firstInput(own.minute(), own.nodes(), minute.get().nodes()));
        }

        /**
         * The input behind a difference.
         *
         * @param minute in which it shows
         * @param own nodes of the payee that it shows at
         * @param all nodes that it shows at
         */
        private String firstInput(long minute, List<Address> own, List<Address> all) {
            if (comparison.count() > 0) {
                Set<Address> nearest = Set.copyOf(own);
                Set<Address> near = Set.copyOf(all);
                return comparison.differences().stream()
                        .min(Comparator.comparingInt(
                                difference -> distance(InputRecord.of(difference.original()), minute, nearest, near)))
                        .map(first -> describe(first, comparison.count()))
                        .orElseThrow();
            }
            if (comparison.complete()) {
                return "inputs: every archived record is the same in the topics; the stored result differs";
            }
            return refusedEnvelope(minute, own)
                    .or(() -> refusedEnvelope(minute, all))
                    .orElse(
                            "inputs: every archived record that the topics still have is the same there, and every archived"
                                    + " envelope of these nodes in this minute is accepted; the stored result differs");
        }

        /** The first archived envelope of nodes in a minute that E1–E3 refuse. */
        private Optional<String> refusedEnvelope(long minute, List<Address> nodes) {
            Set<Address> wanted = Set.copyOf(nodes);
            Acceptance acceptance = new PresenceFilter(setup.chainId(), setup.registry(), true).acceptance();
            List<String> found = new ArrayList<>();
            inputs.forEach(Topic.TELEMETRY, raw -> refusal(raw, minute, wanted, acceptance)
                    .ifPresent(refusal -> found.add("input %s-%d@%d in %s: %s; the topics no longer have it: %s"
                            .formatted(
                                    raw.topic(),
                                    raw.partition(),
                                    raw.offset(),
                                    inputs.fileOf(raw),
                                    InputRecord.of(raw).description(),
                                    "%s: %s".formatted(refusal.rule(), refusal.detail())))));
            return found.stream().findFirst();
        }
    }

    private static Optional<Acceptance.Refusal> refusal(
            RawRecord raw, long minute, Set<Address> nodes, Acceptance acceptance) {
        try {
            Optional<ReceivedEnvelope> received =
                    raw.value() == null ? Optional.empty() : TelemetryRecords.read(raw.value());
            return received.filter(envelope -> Minutes.of(envelope.receivedAt()) == minute
                            && nodes.contains(envelope.envelope().node()))
                    .flatMap(envelope -> acceptance.refusal(envelope.envelope(), envelope.receivedAt()));
        } catch (MalformedRecordException e) {
            return Optional.empty();
        }
    }

    /** Smaller is more likely to be what is behind a difference that shows at nodes in a minute. */
    private static int distance(InputRecord record, long minute, Set<Address> nearest, Set<Address> near) {
        boolean inTime = record.minute() <= minute;
        Address node = record.node();
        if (node != null && nearest.contains(node) && record.minute() == minute) {
            return 0;
        } else if (node != null && near.contains(node) && record.minute() == minute) {
            return 1;
        } else if (node != null && nearest.contains(node) && inTime) {
            return 2;
        } else if (node != null && near.contains(node) && inTime) {
            return 3;
        }
        return inTime ? 4 : 5;
    }

    private static String describe(Difference difference, long count) {
        RawRecord archived = difference.archived();
        RawRecord live = difference.live();
        String what;
        if (archived == null) {
            what = difference.damaged() ? "it cannot be read in the archive" : "it is missing in the archive";
        } else if (live == null) {
            what = "it is not in the topic";
        } else {
            what = InputRecord.difference(archived, live);
        }
        return "input %s@%d in %s: %s: %s; the archive was altered after it was written%s"
                .formatted(
                        difference.partition(),
                        difference.offset(),
                        difference.file(),
                        InputRecord.of(difference.original()).description(),
                        what,
                        count > 1 ? " (%d records differ)".formatted(count) : "");
    }

    private static String rewardLines(List<String> lines) {
        return lines.isEmpty() ? "nothing of it" : String.join(" | ", lines);
    }

    private static <T> void compare(String what, T recorded, T recomputed, List<String> differences) {
        if (!recorded.equals(recomputed)) {
            differences.add("%s %s, recomputed %s".formatted(what, recorded, recomputed));
        }
    }

    /**
     * The artifact as it is in the store.
     *
     * @param lines null when it has none that can be read
     * @param problem what is wrong with it; null when it is what its identifier says
     */
    private record Published(
            @Nullable BatchLines lines, @Nullable String problem) {

        static Published of(SettlementBatch record, ArtifactStore artifacts) {
            try {
                return new Published(artifacts.read(record.getCid()), null);
            } catch (IOException e) {
                return new Published(artifacts.salvage(record.getCid()).orElse(null), String.valueOf(e.getMessage()));
            }
        }
    }

    /** The first payee, in the order of payees, whose line differs; null where it has none. */
    private record PayeeDifference(
            Address payee,
            @Nullable TokenAmount recorded,
            @Nullable TokenAmount recomputed,
            @Nullable TokenAmount recordedDelta,
            @Nullable TokenAmount recomputedDelta) {

        static Optional<PayeeDifference> first(BatchLines recorded, BatchLines recomputed) {
            int i = 0;
            int j = 0;
            while (i < recorded.size() || j < recomputed.size()) {
                int order = i == recorded.size()
                        ? 1
                        : j == recomputed.size() ? -1 : recorded.payee(i).compareTo(recomputed.payee(j));
                if (order < 0) {
                    return Optional.of(new PayeeDifference(
                            recorded.payee(i), recorded.cumulative(i), null, recorded.delta(i), null));
                } else if (order > 0) {
                    return Optional.of(new PayeeDifference(
                            recomputed.payee(j), null, recomputed.cumulative(j), null, recomputed.delta(j)));
                } else if (!recorded.cumulative(i).equals(recomputed.cumulative(j))
                        || !recorded.delta(i).equals(recomputed.delta(j))) {
                    return Optional.of(new PayeeDifference(
                            recorded.payee(i),
                            recorded.cumulative(i),
                            recomputed.cumulative(j),
                            recorded.delta(i),
                            recomputed.delta(j)));
                }
                i++;
                j++;
            }
            return Optional.empty();
        }

        @Override
        public String toString() {
            return "payee %s: cumulative %s, delta %s; recomputed %s, delta %s"
                    .formatted(payee, text(recorded), text(recordedDelta), text(recomputed), text(recomputedDelta));
        }

        private static String text(@Nullable TokenAmount amount) {
            return amount == null ? "none" : amount.toString();
        }
    }
}
