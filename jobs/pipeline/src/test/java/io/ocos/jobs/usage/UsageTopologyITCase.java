package io.ocos.jobs.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.flink.JobDefinition;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.flink.RawRecordSerializer;
import io.ocos.jobs.flink.ValueTypeInfo;
import io.ocos.jobs.rewardpipeline.Clocks;
import io.ocos.jobs.rewardpipeline.PresenceFilter;
import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.metering.domain.usage.InvoiceCsv;
import io.ocos.rewardssettlement.domain.Cid;
import io.ocos.schemas.avro.Invoice;
import io.ocos.schemas.avro.InvoiceLine;
import io.ocos.schemas.avro.InvoiceLineKind;
import io.ocos.schemas.avro.InvoiceState;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.QuotaEvent;
import io.ocos.schemas.avro.QuotaEventKind;
import io.ocos.schemas.avro.RegistryChange;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.StorageCharge;
import io.ocos.schemas.avro.StorageHour;
import io.ocos.schemas.avro.Uint256;
import io.ocos.schemas.avro.UsageMinute;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The graph on a cluster, over drawn worlds, against the plainest reference. */
class UsageTopologyITCase {

    private static final int PARALLELISM = 2;
    private static final Map<Integer, Queue<SpecificRecord>> COLLECTED = new ConcurrentHashMap<>();
    private static final AtomicInteger RUNS = new AtomicInteger();
    private static MiniCluster cluster;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() throws Exception {
        Configuration settings = new Configuration();
        settings.set(RestOptions.BIND_PORT, "0");
        settings.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
        settings.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(32));
        settings.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(32));
        settings.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(32));
        cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(settings)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(PARALLELISM)
                .build());
        cluster.start();
    }

    @AfterAll
    static void stop() {
        cluster.closeAsync().join();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void streamIsTheReference(long seed) throws Exception {
        UsageWorld world = new UsageWorld(seed);
        UsageReference reference = new UsageReference(world);
        List<SpecificRecord> records = run(world, seed);

        Map<String, UsageMinute> minutes = newest(
                records,
                UsageMinute.class,
                row -> "%s %s %d"
                        .formatted(AvroValues.hash32(row.getJob()), AvroValues.address(row.getNode()), row.getMinute()),
                UsageMinute::getRevision);
        Map<String, String> usage = new TreeMap<>();
        minutes.forEach((key, row) -> {
            if (row.getCpuMillis() + row.getGpuMillis() + row.getEgressBytes() > 0) {
                usage.put(
                        key,
                        "%s %s %d %d %d %d"
                                .formatted(
                                        AvroValues.address(row.getCustomer()),
                                        row.getRegion(),
                                        row.getCpuMillis(),
                                        row.getGpuMillis(),
                                        row.getEgressBytes(),
                                        wei(row.getCpuAmount())
                                                .add(wei(row.getGpuAmount()))
                                                .add(wei(row.getEgressAmount()))));
            }
        });
        assertThat(usage).isEqualTo(reference.minutes);

        Map<String, StorageHour> hours = newest(
                records,
                StorageHour.class,
                row -> "%s %s %d"
                        .formatted(
                                AvroValues.address(row.getAccount()), AvroValues.address(row.getNode()), row.getHour()),
                StorageHour::getRevision);
        Map<String, String> stored = new TreeMap<>();
        hours.forEach((key, row) -> stored.put(key, wei(row.getByteMillis()).toString()));
        assertThat(stored).isEqualTo(reference.hours);

        Map<String, StorageCharge> charges = newest(
                records,
                StorageCharge.class,
                row -> "%s %d".formatted(AvroValues.address(row.getAccount()), row.getHour()),
                StorageCharge::getRevision);
        Map<String, String> charged = new TreeMap<>();
        charges.forEach((key, row) -> charged.put(
                key,
                "%d %d %d %d %d"
                        .formatted(
                                wei(row.getReported()),
                                wei(row.getBilled()),
                                wei(row.getAllowance()),
                                wei(row.getOverage()),
                                wei(row.getAmount()))));
        assertThat(charged).isEqualTo(reference.charges);

        invoicesAddUp(records, reference, minutes, charges);
        quotaIsThatOfTheReference(records, reference);
        refusalsNameTheirReasons(records);
    }

    /** To the wei: what is closed and drafted of all months is what minutes and hours cost, and lines add up. */
    private void invoicesAddUp(
            List<SpecificRecord> records,
            UsageReference reference,
            Map<String, UsageMinute> minutes,
            Map<String, StorageCharge> charges)
            throws Exception {
        Map<String, Invoice> invoices = newest(
                records,
                Invoice.class,
                row -> AvroValues.address(row.getAccount()) + " " + row.getMonth(),
                row -> Math.toIntExact(row.getRevision()));
        Map<String, BigInteger> billed = new TreeMap<>();
        for (Invoice invoice : invoices.values()) {
            BigInteger sum = BigInteger.ZERO;
            BigInteger usage = BigInteger.ZERO;
            for (InvoiceLine line : invoice.getLines()) {
                boolean credit = line.getKind() == InvoiceLineKind.CREDIT || line.getKind() == InvoiceLineKind.CARRIED;
                sum = credit ? sum.subtract(wei(line.getAmount())) : sum.add(wei(line.getAmount()));
                if (line.getKind() != InvoiceLineKind.CARRIED) {
                    usage = credit ? usage.subtract(wei(line.getAmount())) : usage.add(wei(line.getAmount()));
                }
            }
            assertThat(wei(invoice.getTotal()).subtract(wei(invoice.getCarried())))
                    .isEqualTo(sum);
            billed.merge(AvroValues.address(invoice.getAccount()).toString(), usage, BigInteger::add);
            if (invoice.getMonth().equals("2026-02")) {
                assertThat(invoice.getState()).isEqualTo(InvoiceState.CLOSED);
                byte[] artifact = Files.readAllBytes(directory.resolve(invoice.getCid() + ".csv"));
                assertThat(Cid.of(artifact)).isEqualTo(invoice.getCid());
                assertThat(artifact).hasSize(Math.toIntExact(invoice.getArtifactBytes()));
                assertThat(new String(artifact, StandardCharsets.UTF_8)).isEqualTo(InvoiceCsv.text(invoice));
            } else {
                assertThat(invoice.getMonth()).isEqualTo("2026-03");
                assertThat(invoice.getState()).isEqualTo(InvoiceState.DRAFT);
            }
        }
        assertThat(billed).isEqualTo(reference.totals);
        BigInteger all = BigInteger.ZERO;
        for (UsageMinute row : minutes.values()) {
            all = all.add(wei(row.getCpuAmount())).add(wei(row.getGpuAmount())).add(wei(row.getEgressAmount()));
        }
        for (StorageCharge row : charges.values()) {
            all = all.add(wei(row.getAmount()));
        }
        assertThat(billed.values().stream().reduce(BigInteger.ZERO, BigInteger::add))
                .isEqualTo(all);
    }

    private static void quotaIsThatOfTheReference(List<SpecificRecord> records, UsageReference reference) {
        Map<String, Boolean> exhausted = new TreeMap<>();
        reference.exhausted.keySet().forEach(customer -> exhausted.put(customer, false));
        for (SpecificRecord record : records) {
            if (record instanceof QuotaEvent event) {
                String customer = AvroValues.address(event.getCustomer()).toString();
                if (event.getKind() == QuotaEventKind.EXHAUSTED) {
                    assertThat(exhausted.put(customer, true)).isFalse();
                } else if (event.getKind() == QuotaEventKind.RELEASED) {
                    assertThat(exhausted.put(customer, false)).isTrue();
                }
            }
        }
        assertThat(exhausted).isEqualTo(reference.exhausted);
    }

    private static void refusalsNameTheirReasons(List<SpecificRecord> records) {
        Map<String, Integer> reasons = new TreeMap<>();
        for (SpecificRecord record : records) {
            if (record instanceof RejectedRecord rejected) {
                reasons.merge(rejected.getReason(), 1, Integer::sum);
                String detail = rejected.getDetail();
                if (detail.contains(job(UsageWorld.UNKNOWN_JOB))) {
                    assertThat(rejected.getReason()).isEqualTo("UNKNOWN_JOB");
                } else if (detail.contains(job(UsageWorld.HOMELESS_JOB))) {
                    assertThat(rejected.getReason()).isEqualTo("NOT_ASSIGNED");
                } else if (rejected.getReason().equals("UNKNOWN_JOB")) {
                    assertThat(detail).contains(job(UsageWorld.LATE_JOB));
                }
                assertThat(rejected.getSource()).isEqualTo("telemetry");
                assertThat(rejected.getDetectedBy()).isEqualTo("usage");
                assertThat(rejected.getEntry()).isPositive();
            }
        }
        assertThat(reasons.keySet())
                .contains("UNKNOWN_JOB", "NOT_ASSIGNED", "AFTER_DEADLINE", "COUNTER_FELL")
                .doesNotContain("LATE");
    }

    private static String job(int index) {
        return UsageWorld.job(index).toString();
    }

    private static BigInteger wei(Uint256 amount) {
        return AvroValues.amount(amount).wei();
    }

    private static <T extends SpecificRecord> Map<String, T> newest(
            List<SpecificRecord> records, Class<T> type, Function<T, String> key, ToIntFunction<T> revision) {
        Map<String, T> newest = new TreeMap<>();
        Map<String, Integer> count = new TreeMap<>();
        for (SpecificRecord record : records) {
            if (type.isInstance(record)) {
                T row = type.cast(record);
                count.merge(key.apply(row), 1, Integer::sum);
                newest.merge(key.apply(row), row, (a, b) -> revision.applyAsInt(a) > revision.applyAsInt(b) ? a : b);
            }
        }
        int first = type == Invoice.class ? 1 : 0;
        newest.forEach(
                (name, row) -> assertThat(count).as(name).containsEntry(name, revision.applyAsInt(row) + 1 - first));
        return newest;
    }

    private List<SpecificRecord> run(UsageWorld world, long seed) throws Exception {
        int run = RUNS.incrementAndGet();
        Queue<SpecificRecord> collected = new ConcurrentLinkedQueue<>();
        COLLECTED.put(run, collected);
        StreamExecutionEnvironment environment = new StreamExecutionEnvironment(new Configuration()
                .set(PipelineOptions.GENERIC_TYPES, false)
                .set(PipelineOptions.OBJECT_REUSE, true)
                .set(PipelineOptions.MAX_PARALLELISM, JobDefinition.MAX_PARALLELISM)
                .set(RestartStrategyOptions.RESTART_STRATEGY, "none"));
        environment.setParallelism(PARALLELISM);
        DataStream<RawRecord> all = environment
                .fromData(
                        merged(world, new Random(seed)),
                        ValueTypeInfo.of(RawRecord.class, RawRecordSerializer.INSTANCE))
                .uid("source")
                .assignTimestampsAndWatermarks(allClocks())
                .uid("clocks")
                .setParallelism(1);
        UsageTopology.Outputs outputs = UsageTopology.build(
                new UsageTopology.Sources(
                        of(all, Topic.TELEMETRY),
                        of(all, Topic.CHAIN_EVENTS),
                        of(all, Topic.JOB_EVENTS),
                        of(all, Topic.REGISTRY_CHANGES)),
                new PresenceFilter(56, Address.ZERO, false),
                new Closing(UsageWorld.UNTIL_MINUTE),
                0,
                ArtifactStore.at(directory.toString()));
        outputs.records().sinkTo(new Collector<>(run)).uid("records");
        outputs.rejected().sinkTo(new Collector<>(run)).uid("rejected");
        JobGraph graph = environment.getStreamGraph().getJobGraph();
        cluster.submitJob(graph).get();
        JobResult result = cluster.requestJobResult(graph.getJobID()).get();
        if (result.getSerializedThrowable().isPresent()) {
            throw new IllegalStateException(
                    "the job failed",
                    result.getSerializedThrowable()
                            .get()
                            .deserializeError(getClass().getClassLoader()));
        }
        COLLECTED.remove(run);
        return new ArrayList<>(collected);
    }

    private static DataStream<RawRecord> of(DataStream<RawRecord> all, Topic topic) {
        return all.filter(record -> record.topic().equals(topic.topicName()))
                .uid("of-" + topic)
                .setParallelism(1);
    }

    /** All topics in one order of time, with the disorder that each may have, so that minutes close in the middle of everything. */
    private static List<RawRecord> merged(UsageWorld world, Random random) {
        List<RawRecord> all = new ArrayList<>();
        add(all, Topic.TELEMETRY, world.telemetry, SignedEnvelope::getReceivedAt);
        // The events of a block come before its BlockFinalized.
        add(all, Topic.CHAIN_EVENTS, world.chainEvents, event -> event.getBlockTime() * 1_000);
        add(all, Topic.JOB_EVENTS, world.jobEvents, JobEvent::getRecordedAt);
        // Some come half an hour after they were committed.
        add(all, Topic.REGISTRY_CHANGES, world.registryChanges, UsageTopologyITCase::arrival);
        record Keyed(RawRecord value, long key) {}
        return all.stream()
                .map(record -> new Keyed(
                        record,
                        record.timestamp()
                                + (record.topic().equals(Topic.TELEMETRY.topicName()) ? random.nextInt(9_000) : 0)))
                .sorted(Comparator.comparingLong(Keyed::key))
                .map(Keyed::value)
                .toList();
    }

    private static long arrival(RegistryChange change) {
        return change.getCommittedAt() + (change.getLsn() % 3 == 2 ? 1_800_000 : 0);
    }

    private static <T extends SpecificRecord> void add(
            List<RawRecord> all, Topic topic, List<T> records, ToLongFunction<T> timestamp) {
        for (T record : records) {
            all.add(new RawRecord(
                    topic.topicName(), 0, all.size(), timestamp.applyAsLong(record), null, RecordCodec.encode(record)));
        }
    }

    /** The smallest of the three clocks, after each record. */
    private static WatermarkStrategy<RawRecord> allClocks() {
        return context -> {
            Map<String, WatermarkGenerator<RawRecord>> clocks = Map.of(
                    Topic.TELEMETRY.topicName(), Clocks.telemetry().createWatermarkGenerator(context),
                    Topic.CHAIN_EVENTS.topicName(), Clocks.chain().createWatermarkGenerator(context),
                    Topic.JOB_EVENTS.topicName(), Clocks.jobs().createWatermarkGenerator(context));
            Map<String, Long> times = new TreeMap<>();
            return new WatermarkGenerator<>() {
                @Override
                public void onEvent(RawRecord record, long timestamp, WatermarkOutput output) {
                    WatermarkGenerator<RawRecord> clock = clocks.get(record.topic());
                    if (clock == null) {
                        return;
                    }
                    clock.onEvent(record, timestamp, output);
                    clock.onPeriodicEmit(new WatermarkOutput() {
                        @Override
                        public void emitWatermark(Watermark watermark) {
                            times.put(record.topic(), watermark.getTimestamp());
                        }

                        @Override
                        public void markIdle() {}

                        @Override
                        public void markActive() {}
                    });
                    if (times.size() == clocks.size()) {
                        output.emitWatermark(new Watermark(
                                times.values().stream().min(Long::compare).orElseThrow()));
                    }
                }

                @Override
                public void onPeriodicEmit(WatermarkOutput output) {}
            };
        };
    }

    private static final class Collector<T extends SpecificRecord> implements Sink<T> {

        private static final long serialVersionUID = 1;

        private final int run;

        Collector(int run) {
            this.run = run;
        }

        @Override
        public SinkWriter<T> createWriter(WriterInitContext context) {
            Queue<SpecificRecord> queue = Objects.requireNonNull(COLLECTED.get(run));
            return new SinkWriter<>() {
                @Override
                public void write(T value, Context each) {
                    queue.add(value);
                }

                @Override
                public void flush(boolean endOfInput) {}

                @Override
                public void close() {}
            };
        }

        @Override
        @Deprecated // in the interface; still abstract there
        public SinkWriter<T> createWriter(InitContext context) {
            throw new UnsupportedOperationException("Flink calls the other one");
        }
    }
}
