package io.ocos.jobs.bench;

import com.sun.management.OperatingSystemMXBean;
import io.ocos.ingest.io.EnvelopeSigner;
import io.ocos.jobs.flink.JobDefinition;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.flink.RawRecordDeserializer;
import io.ocos.jobs.rewardpipeline.Clocks;
import io.ocos.jobs.rewardpipeline.PresenceFilter;
import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.jobs.usage.UsageTopology;
import io.ocos.metering.domain.PayloadException;
import io.ocos.metering.domain.ReceivedEnvelope;
import io.ocos.metering.domain.TelemetryPayload;
import io.ocos.metering.domain.usage.AccountBook;
import io.ocos.metering.domain.usage.AccountFact;
import io.ocos.metering.domain.usage.JobAssignment;
import io.ocos.metering.domain.usage.JobReading;
import io.ocos.metering.domain.usage.JobSeries;
import io.ocos.metering.domain.usage.NodeMinuteCounts;
import io.ocos.metering.domain.usage.UsageCounters;
import io.ocos.metering.domain.usage.UsageRefusal;
import io.ocos.metering.io.TelemetryRecords;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.ParameterHistory;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What the UsageJob costs: its CPU time for a topic of telemetry beside that of a bare consumer which decodes the same records,
 * both in this process and without signatures; and what state an active job and an account take over days.
 */
public final class UsageBench {

    private static final long START = 29_500_000L * 60_000;
    private static final long SLOT_MILLIS = 10_000;
    private static final int CUSTOMERS = 20;
    private static final String RECORDS = "records";

    /** CPU time of this process when the job read its first envelope: what a cluster takes to start is no part of its speed. */
    private static final AtomicLong FIRST_READ_NANOS = new AtomicLong();

    private final String bootstrap;
    private final Path artifacts;
    private final Options options;

    /**
     * What is measured.
     *
     * @param nodes that send every 10 s, ≥ 1
     * @param minutes of telemetry, ≥ 1
     * @param jobsPerNode readings of jobs in each envelope, ≥ 1
     */
    public record Options(int nodes, int minutes, int jobsPerNode) {}

    /**
     * CPU time of this process for all envelopes, by the second of two runs each.
     *
     * @param envelopes of the topic
     * @param entries readings in them
     * @param records that the job wrote
     */
    public record Speed(long envelopes, long entries, long records, Duration bareCpu, Duration jobCpu) {

        /** Events per CPU-second of the job, by those of the bare consumer. */
        public double ratio() {
            return (double) bareCpu.toNanos() / jobCpu.toNanos();
        }
    }

    /** Bytes of written state at the end of a day. */
    public record StateBytes(int day, long job, long account) {}

    /** @param bootstrap an empty broker */
    public UsageBench(String bootstrap, Path artifacts, Options options) {
        this.bootstrap = bootstrap;
        this.artifacts = artifacts;
        this.options = options;
    }

    /** Writes the topics. */
    public void generate() throws InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) bootstrap))) {
            admin.createTopics(List.of(
                            new NewTopic(Topic.TELEMETRY.topicName(), 1, (short) 1),
                            new NewTopic(Topic.CHAIN_EVENTS.topicName(), 1, (short) 1),
                            new NewTopic(Topic.JOB_EVENTS.topicName(), 1, (short) 1),
                            new NewTopic(Topic.REGISTRY_CHANGES.topicName(), 1, (short) 1)))
                    .all()
                    .get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the broker made no topics", e);
        }
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        ProducerConfig.LINGER_MS_CONFIG,
                        20,
                        ProducerConfig.BATCH_SIZE_CONFIG,
                        256 << 10),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            jobs(producer);
            for (int slot = 0; slot < options.minutes() * 6; slot++) {
                for (int node = 0; node < options.nodes(); node++) {
                    SignedEnvelope envelope = envelope(node, slot);
                    send(producer, Topic.TELEMETRY, envelope.getReceivedAt(), envelope);
                }
            }
            producer.flush();
        }
    }

    /** Measures a bare consumer and the job, each twice; the first time is for the compiler. */
    public Speed speed() throws Exception {
        bareCpu();
        Duration bare = bareCpu();
        runJob();
        long records = runJob();
        Duration job = Duration.ofNanos(cpuNanos() - FIRST_READ_NANOS.get());
        long envelopes = (long) options.nodes() * options.minutes() * 6;
        return new Speed(envelopes, envelopes * (options.jobsPerNode() + 1), records, bare, job);
    }

    private Duration bareCpu() throws MalformedRecordException, PayloadException {
        long before = cpuNanos();
        long left = (long) options.nodes() * options.minutes() * 6;
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, (Object) bootstrap),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(Topic.TELEMETRY.topicName(), 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            while (left > 0) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    Optional<ReceivedEnvelope> received = TelemetryRecords.read(record.value());
                    if (received.isPresent()) {
                        TelemetryPayload payload =
                                TelemetryPayload.read(received.get().envelope().payload());
                        left -= payload.samples().isEmpty() ? 0 : 1;
                    }
                }
            }
        }
        return Duration.ofNanos(cpuNanos() - before);
    }

    private long runJob() throws Exception {
        Configuration settings = new Configuration()
                .set(PipelineOptions.GENERIC_TYPES, false)
                .set(PipelineOptions.OBJECT_REUSE, true)
                .set(PipelineOptions.MAX_PARALLELISM, JobDefinition.MAX_PARALLELISM)
                .set(RestOptions.BIND_PORT, "0")
                .set(RestOptions.BIND_ADDRESS, "127.0.0.1")
                .set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(8))
                .set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(32))
                .set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(32));
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(1, settings);
        FIRST_READ_NANOS.set(0);
        UsageTopology.Outputs outputs = UsageTopology.build(
                new UsageTopology.Sources(
                        source(environment, Topic.TELEMETRY, Clocks.telemetry())
                                .filter(UsageBench::isRead)
                                .uid("read"),
                        source(environment, Topic.CHAIN_EVENTS, Clocks.chain()),
                        source(environment, Topic.JOB_EVENTS, Clocks.jobs()),
                        source(environment, Topic.REGISTRY_CHANGES, UsageTopology.registryClock())),
                new PresenceFilter(1, Address.ZERO, false),
                new Closing(START / 60_000 + options.minutes() + 60),
                0,
                ArtifactStore.at(artifacts.toString()));
        outputs.records()
                .flatMap(new Counting())
                .uid("count")
                .sinkTo(new DiscardingSink<>())
                .uid("records");
        outputs.rejected().sinkTo(new DiscardingSink<>()).uid("rejected");
        JobExecutionResult result = environment.execute("bench");
        Long records = result.getAccumulatorResult(RECORDS);
        return records == null ? 0 : records;
    }

    private DataStream<RawRecord> source(
            StreamExecutionEnvironment environment, Topic topic, WatermarkStrategy<RawRecord> clock) {
        return environment
                .fromSource(
                        KafkaSource.<RawRecord>builder()
                                .setBootstrapServers(bootstrap)
                                .setGroupId("bench")
                                .setTopics(topic.topicName())
                                .setStartingOffsets(OffsetsInitializer.earliest())
                                .setBounded(OffsetsInitializer.latest())
                                .setDeserializer(new RawRecordDeserializer())
                                .build(),
                        clock,
                        topic.topicName())
                .uid("source-" + topic)
                .setParallelism(1);
    }

    private static boolean isRead(RawRecord record) {
        if (FIRST_READ_NANOS.get() == 0) {
            FIRST_READ_NANOS.set(cpuNanos());
        }
        return record.value() != null;
    }

    private static final class Counting extends RichFlatMapFunction<SpecificRecord, Long> {
        private static final long serialVersionUID = 1;

        private final LongCounter records = new LongCounter();

        @Override
        public void open(OpenContext context) {
            getRuntimeContext().addAccumulator(RECORDS, records);
        }

        @Override
        public void flatMap(SpecificRecord value, Collector<Long> out) {
            records.add(1L);
        }
    }

    /**
     * The state of one job on one node and of its customer's account, with a reading every 10 s and usage in every minute.
     *
     * @param days that are simulated; bytes are told for day 1 and every fifth
     */
    public static List<StateBytes> state(int days) throws IOException {
        Address customer = address(0xc0, 0);
        Address node = address(0xa0, 0);
        JobSeries series = new JobSeries();
        series.assign(new JobAssignment(customer, START, START + days * 86_400_000L));
        AccountBook book = new AccountBook(customer);
        Counts counts = new Counts();
        ParameterHistory parameters = new ParameterHistory();
        List<StateBytes> states = new ArrayList<>();
        for (long minute = 0; minute < days * 1_440L; minute++) {
            long first = START / 60_000 + minute;
            for (long slot = 0; slot < 6; slot++) {
                long at = first * 60_000 + slot * SLOT_MILLIS;
                series.add(
                        new JobReading(at, new UsageCounters(at - START + 1, at - START, at - START), 1L, 0, slot, 0),
                        Ignored.INSTANCE);
            }
            List<JobSeries.Change> changes = new ArrayList<>();
            series.close(first, each -> "", new JobSeries.Results() {
                @Override
                public void changed(JobSeries.Change change) {
                    changes.add(change);
                }

                @Override
                public void refused(JobReading reading, UsageRefusal refusal) {
                    throw new IllegalStateException(refusal.detail());
                }
            });
            changes.forEach(
                    change -> book.add(new AccountFact.JobUse(customer, Hash32.ofName("job"), node, change, 1)));
            book.close(first, parameters, counts, 0, new AccountBook.Results() {
                @Override
                public void record(SpecificRecord value) {}

                @Override
                public String keep(byte[] artifact) {
                    return "";
                }
            });
            int day = (int) (minute / 1_440) + 1;
            if (minute % 1_440 == 1_439 && (day == 1 || day % 5 == 0)) {
                ByteArrayOutputStream job = new ByteArrayOutputStream();
                series.write(new DataOutputStream(job));
                ByteArrayOutputStream account = new ByteArrayOutputStream();
                book.write(new DataOutputStream(account));
                states.add(new StateBytes(day, job.size(), account.size() + counts.bytes()));
            }
        }
        return states;
    }

    private enum Ignored implements JobSeries.Results {
        INSTANCE;

        @Override
        public void changed(JobSeries.Change change) {}

        @Override
        public void refused(JobReading reading, UsageRefusal refusal) {}
    }

    /** As the operator keeps them: an array of minutes per hour. */
    private static final class Counts implements NodeMinuteCounts {

        private static final int HOUR = 60;

        private final Map<Long, int[]> hours = new HashMap<>();

        @Override
        public int get(long minute) {
            int[] hour = hours.get(minute / HOUR);
            return hour == null ? 0 : hour[(int) (minute % HOUR)];
        }

        @Override
        public void add(long minute, int change) {
            hours.computeIfAbsent(minute / HOUR, key -> new int[HOUR])[(int) (minute % HOUR)] += change;
        }

        @Override
        public void forget(long minute) {
            if (minute % HOUR == HOUR - 1) {
                hours.remove(minute / HOUR);
            }
        }

        long bytes() {
            return hours.size() * (Long.BYTES + Integer.BYTES + (long) HOUR * Integer.BYTES);
        }
    }

    private void jobs(KafkaProducer<byte[], byte[]> producer) {
        long block = 1;
        long start = START / 1_000;
        chain(producer, block++, 0, start - 60, "ParameterSet", parameter("price.cpuMinute"));
        chain(producer, block++, 0, start - 60, "ParameterSet", parameter("price.storageGbMonth"));
        chain(producer, block++, 0, start - 60, "ParameterSet", parameter("stakePerNodeMinute"));
        for (int node = 0; node < options.nodes(); node++) {
            for (int job = 0; job < options.jobsPerNode(); job++) {
                chain(
                        producer,
                        block++,
                        0,
                        start - 30,
                        "JobCreated",
                        Map.of(
                                "jobId", job(node, job).toString(),
                                "customer", address(0xc0, node % CUSTOMERS).toString(),
                                "kind", Hash32.ofName("TRAIN").toString(),
                                "deadline", Long.toString(start + 8_640_000)));
                JobEvent event = new JobEvent(
                        JobEventType.DISPATCHED,
                        AvroValues.avro(job(node, job)),
                        AvroValues.avro(address(0xa0, node)),
                        START,
                        START);
                send(producer, Topic.JOB_EVENTS, START, event);
            }
        }
        for (int minute = 0; minute <= options.minutes(); minute++) {
            chain(producer, block++, -1, start + minute * 60L + 59, "BlockFinalized", Map.of());
            long at = START + minute * 60_000L + 59_999;
            send(
                    producer,
                    Topic.JOB_EVENTS,
                    at,
                    new JobEvent(
                            JobEventType.PROGRESS,
                            AvroValues.avro(Hash32.ZERO),
                            AvroValues.avro(Address.ZERO),
                            at,
                            at));
        }
    }

    private static Map<String, String> parameter(String key) {
        return Map.of("key", Hash32.ofName(key).toString(), "value", "1000000000000000");
    }

    private static void chain(
            KafkaProducer<byte[], byte[]> producer,
            long block,
            long log,
            long timeSeconds,
            String name,
            Map<String, String> args) {
        send(
                producer,
                Topic.CHAIN_EVENTS,
                timeSeconds * 1_000,
                new ChainEvent(
                        block,
                        AvroValues.avro(Hash32.ZERO),
                        timeSeconds,
                        AvroValues.avro(Hash32.ZERO),
                        log,
                        AvroValues.avro(Address.ZERO),
                        name,
                        args));
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, Topic topic, long time, SpecificRecord value) {
        var unused = producer.send(new ProducerRecord<>(topic.topicName(), 0, time, null, RecordCodec.encode(value)));
    }

    private SignedEnvelope envelope(int node, int slot) {
        long at = START + slot * SLOT_MILLIS + node % 9_000;
        long used = (slot + 1) * SLOT_MILLIS;
        List<TelemetryPayload.Entry> entries = new ArrayList<>();
        entries.add(
                new TelemetryPayload.Sample(at, 500_000, 400_000, 300_000, 200_000, 100_000, used * 100, used * 50, 1));
        for (int job = 0; job < options.jobsPerNode(); job++) {
            entries.add(new TelemetryPayload.JobUsage(job(node, job), at, used * (job + 1), used, used * 1_000));
        }
        entries.add(new TelemetryPayload.StorageUsage(
                address(0xc0, node % CUSTOMERS), at, 500_000_000_000L + slot * 1_000_000L));
        return new SignedEnvelope(
                AvroValues.avro(address(0xa0, node)),
                (long) slot,
                at,
                1_000L,
                AvroValues.avro(Hash32.ofName("beacon")),
                ByteBuffer.wrap(EnvelopeSigner.encode(TelemetryPayload.of(entries))),
                ByteBuffer.wrap(new byte[65]),
                at + 50,
                "gateway-1");
    }

    private static Hash32 job(int node, int job) {
        return Hash32.ofName("job-%d-%d".formatted(node, job));
    }

    private static Address address(int kind, int index) {
        return Address.parse(
                "0x%040x".formatted(BigInteger.valueOf(kind).shiftLeft(64).add(BigInteger.valueOf(index))));
    }

    private static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
