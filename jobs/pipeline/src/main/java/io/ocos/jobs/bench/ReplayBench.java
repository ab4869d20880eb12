package io.ocos.jobs.bench;

import fr.acinq.secp256k1.Secp256k1;
import io.ocos.ingest.config.FleetConfig;
import io.ocos.ingest.domain.FleetPlan;
import io.ocos.ingest.io.FleetFiles;
import io.ocos.ingest.io.FleetHistory;
import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.archive.RecordArchiver;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.metering.domain.EnvelopeDomain;
import io.ocos.metering.domain.ReceivedEnvelope;
import io.ocos.metering.io.TelemetryRecords;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.ConfigLoader;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * {@code ./ocos replay} with signature verification over a fleet's signed traffic, as a process of its own: its whole CPU time,
 * from the start of its JVM, beside that of bare {@code ecdsaRecover} calls for the same envelopes.
 */
public final class ReplayBench {

    private static final long CHAIN_ID = 56;
    private static final Address REGISTRY = Address.parse("0x00000000000000000000000000000000000000e9");
    private static final long FIRST_MINUTE = 29_000_040;
    private static final int EPOCH_MINUTES = 60;

    /** So that all three clocks pass the last minute that is replayed (SPEC 13). */
    private static final int MORE_MINUTES = 3;

    private static final Duration LOOK = Duration.ofMillis(20);

    /**
     * What is run.
     *
     * @param nodes that send every 10 s, ≥ 1
     * @param minutes a multiple of 60
     * @param parallelism of the replay, ≥ 1
     */
    public record Options(int nodes, int minutes, int parallelism) {

        public Options {
            if (nodes < 1 || minutes < 1 || minutes % EPOCH_MINUTES != 0 || parallelism < 1) {
                throw new ConfigException(
                        "--nodes %d --minutes %d --parallelism %d, expected at least 1, a multiple of %d, at least 1"
                                .formatted(nodes, minutes, parallelism, EPOCH_MINUTES));
            }
        }
    }

    /**
     * What came of it.
     *
     * @param envelopes that both have looked at
     * @param replay wall time
     * @param replayCpu of the process, all threads
     * @param recoverCpu of bare recovery
     */
    public record Result(long envelopes, Duration replay, Duration replayCpu, Duration recoverCpu) {

        /** How much CPU time the replay takes for each that the recovery takes. */
        public double ratio() {
            return (double) replayCpu.toNanos() / recoverCpu.toNanos();
        }
    }

    private final Path archive;
    private final Options options;

    /** @param archive where the traffic is written */
    public ReplayBench(Path archive, Options options) {
        this.archive = archive;
        this.options = options;
    }

    /** Signs and archives the traffic; the same for the same options. */
    public void generate(LongConsumer minutesDone) {
        int partitions = Topic.TELEMETRY.partitions();
        Set<String> names = new TreeSet<>(List.of("chain-events-0", "job-events-0"));
        for (int partition = 0; partition < partitions; partition++) {
            names.add("telemetry-" + partition);
        }
        RecordArchiver archiver = new RecordArchiver(archive.toString(), EPOCH_MINUTES, names);
        FleetConfig fleet = ConfigLoader.load(
                FleetConfig.class,
                null,
                Map.of(
                        "nodes", Integer.toString(options.nodes),
                        "chainId", Long.toString(CHAIN_ID),
                        "registry", REGISTRY.toString(),
                        "failureAcceleration", "1",
                        "skewPpm", "0",
                        "duplicatePpm", "0",
                        "badSignaturePpm", "0"));
        Offsets offsets = new Offsets(archiver);
        chainEvents(FleetFiles.plan(fleet)).forEach(offsets::add);
        FleetHistory.write(
                fleet,
                partitions,
                options.minutes + MORE_MINUTES,
                Minutes.startMillis(FIRST_MINUTE + options.minutes + MORE_MINUTES),
                minutesDone,
                offsets::add);
    }

    /**
     * Replays it, then recovers the signers of the same envelopes.
     *
     * @param replayCommand starts {@code ocos replay}; its options are added
     * @param out where the replay writes
     */
    public Result run(List<String> replayCommand, Path out) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(replayCommand);
        command.addAll(List.of("--in", archive.toString(), "--out", out.toString()));
        command.addAll(List.of("--chain-id", Long.toString(CHAIN_ID), "--registry", REGISTRY.toString()));
        command.addAll(List.of("--epoch-minutes", Integer.toString(EPOCH_MINUTES)));
        command.addAll(List.of("--until", Long.toString(Minutes.startMillis(FIRST_MINUTE + options.minutes))));
        command.addAll(List.of("--parallelism", Integer.toString(options.parallelism)));
        Process replay = new ProcessBuilder(command).inheritIO().start();
        long start = System.nanoTime();
        Duration cpu = Duration.ZERO;
        while (!replay.waitFor(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
            cpu = replay.info().totalCpuDuration().orElse(cpu);
        }
        if (replay.exitValue() != 0) {
            throw new IOException("the replay ended with exit code %d".formatted(replay.exitValue()));
        }
        Duration wall = Duration.ofNanos(System.nanoTime() - start);
        Recovery recovery = new Recovery();
        ArchiveInput.open(archive.toString()).forEach(Topic.TELEMETRY, recovery::add);
        recovery.recover();
        return new Result(recovery.envelopes, wall, cpu, Duration.ofNanos(recovery.nanos));
    }

    /** Gives records the offsets that a topic would. */
    private static final class Offsets {

        private final RecordArchiver archiver;
        private final Map<String, Long> next = new HashMap<>();

        Offsets(RecordArchiver archiver) {
            this.archiver = archiver;
        }

        void add(ProducerRecord<byte[], byte[]> record) {
            int partition = record.partition() != null
                    ? record.partition()
                    : Math.floorMod(
                            Arrays.hashCode(record.key()),
                            Topic.ofName(record.topic()).partitions());
            archiver.add(new RawRecord(
                    record.topic(),
                    partition,
                    next.merge(record.topic() + partition, 1L, Long::sum) - 1,
                    record.timestamp(),
                    record.key(),
                    record.value()));
        }
    }

    /** All nodes registered from the first minute on, and a block each minute. */
    private List<ProducerRecord<byte[], byte[]>> chainEvents(FleetPlan plan) {
        List<ProducerRecord<byte[], byte[]>> events = new ArrayList<>();
        long start = FIRST_MINUTE * 60;
        long log = 0;
        for (FleetPlan.Node node : plan.nodes()) {
            events.add(event(
                    1,
                    start,
                    log++,
                    "NodeRegistered",
                    Map.of(
                            "node", node.address().toString(),
                            "owner", node.owner().address().toString(),
                            "nodeType", node.type().onChain().toString(),
                            "capacityUnits", Long.toString(node.capacityUnits()))));
            events.add(event(
                    1,
                    start,
                    log++,
                    "StakeChanged",
                    Map.of(
                            "node", node.address().toString(),
                            "stake", node.stake().toString(),
                            "change", node.stake().toString())));
        }
        for (int minute = 0; minute <= options.minutes + MORE_MINUTES; minute++) {
            events.add(event(minute + 1L, start + minute * 60L, -1, "BlockFinalized", Map.of()));
        }
        return events;
    }

    private static ProducerRecord<byte[], byte[]> event(
            long block, long timeSeconds, long log, String name, Map<String, String> args) {
        ChainEvent event = new ChainEvent(
                block,
                AvroValues.avro(new Hash32(block, 0, 0, 1)),
                timeSeconds,
                AvroValues.avro(Hash32.ZERO),
                log,
                AvroValues.avro(REGISTRY),
                name,
                args);
        return new ProducerRecord<>(
                Topic.CHAIN_EVENTS.topicName(), 0, timeSeconds * 1_000, REGISTRY.toBytes(), RecordCodec.encode(event));
    }

    /** Recovers signers, some at a time, so that digests and signatures need little memory. */
    private static final class Recovery {

        private static final int BATCH = 20_000;

        private final EnvelopeDomain domain = new EnvelopeDomain(CHAIN_ID, REGISTRY);
        private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        private final List<byte[]> digests = new ArrayList<>(BATCH);
        private final List<byte[]> signatures = new ArrayList<>(BATCH);
        private long envelopes;
        private long nanos;

        void add(RawRecord record) {
            try {
                byte[] value = record.value();
                ReceivedEnvelope received =
                        value == null ? null : TelemetryRecords.read(value).orElse(null);
                if (received != null) {
                    digests.add(domain.digest(received.envelope()));
                    signatures.add(received.envelope().signature());
                    envelopes++;
                }
            } catch (MalformedRecordException e) {
                throw new IllegalStateException("%s: was generated, and cannot be read".formatted(record), e);
            }
            if (digests.size() == BATCH) {
                recover();
            }
        }

        void recover() {
            long before = threads.getCurrentThreadCpuTime();
            long bytes = 0;
            for (int i = 0; i < digests.size(); i++) {
                byte[] signature = signatures.get(i);
                bytes += Secp256k1.Companion.ecdsaRecover(
                                Arrays.copyOf(signature, 64), digests.get(i), signature[64] - 27)
                        .length;
            }
            nanos += threads.getCurrentThreadCpuTime() - before;
            if (bytes < digests.size()) { // So that nothing can be left out as unused.
                throw new IllegalStateException("a recovery gave no key");
            }
            digests.clear();
            signatures.clear();
        }
    }
}
