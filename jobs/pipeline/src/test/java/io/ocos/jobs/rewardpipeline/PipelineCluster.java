package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.flink.JobDefinition;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.flink.RawRecordSerializer;
import io.ocos.jobs.flink.ValueTypeInfo;
import io.ocos.jobs.reference.Reference;
import io.ocos.jobs.reference.ReferenceInput;
import io.ocos.jobs.rewardpipeline.domain.Closing;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.MinuteClosed;
import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.RejectedRecord;
import io.ocos.schemas.avro.ReputationScore;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.io.CsvRecords;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToLongFunction;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
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

/** One cluster in this JVM that runs the job's graph over worlds, one after the other, as a stream or as a batch. */
final class PipelineCluster implements AutoCloseable {

    private static final TypeInformation<RawRecord> RAW =
            ValueTypeInfo.of(RawRecord.class, RawRecordSerializer.INSTANCE);

    /** How a world is run. */
    record Way(RuntimeExecutionMode mode, int parallelism, long seed) {}

    /** Every output, in the order of SPEC 13. */
    record Results(
            List<NodeMinute> nodeMinutes,
            List<ReputationScore> scores,
            List<Reward> rewards,
            List<MinuteClosed> minutesClosed,
            List<RejectedRecord> rejected,
            List<RejectedRecord> late) {}

    private static final Map<Integer, Map<String, Queue<SpecificRecord>>> COLLECTED = new ConcurrentHashMap<>();
    private static final AtomicInteger RUNS = new AtomicInteger();

    private final MiniCluster cluster;

    private PipelineCluster(MiniCluster cluster) {
        this.cluster = cluster;
    }

    static PipelineCluster start(int slots) throws Exception {
        Configuration settings = new Configuration();
        settings.set(RestOptions.BIND_PORT, "0");
        settings.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
        settings.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(128));
        settings.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
        settings.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
        MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(settings)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
        cluster.start();
        return new PipelineCluster(cluster);
    }

    @Override
    public void close() {
        cluster.closeAsync().join();
    }

    /**
     * Runs a world.
     *
     * @throws Exception with the job's failure as a cause
     */
    Results run(ReferenceInput input, Reference.Setup setup, Way way) throws Exception {
        int run = RUNS.incrementAndGet();
        Map<String, Queue<SpecificRecord>> collected = new ConcurrentHashMap<>();
        COLLECTED.put(run, collected);
        try {
            StreamExecutionEnvironment environment = environment(way);
            RewardPipelineTopology.Outputs outputs = RewardPipelineTopology.build(
                    sources(environment, input, new Random(way.seed())),
                    new PresenceFilter(setup.chainId(), setup.registry(), setup.verifySignatures()),
                    new Closing(setup.untilMillis() / 60_000));
            collect(outputs.nodeMinutes(), run, "node-minutes");
            collect(outputs.scores(), run, "scores");
            collect(outputs.rewards(), run, "rewards");
            collect(outputs.minutesClosed(), run, "minutes-closed");
            collect(
                    outputs.telemetryRejected().union(outputs.chainEventsRejected(), outputs.jobEventsRejected()),
                    run,
                    "rejected");
            collect(outputs.late(), run, "late");
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
            return new Results(
                    sorted(collected, "node-minutes", NodeMinute.class, CsvRecords.NODE_MINUTE_ORDER),
                    sorted(collected, "scores", ReputationScore.class, CsvRecords.REPUTATION_ORDER),
                    sorted(collected, "rewards", Reward.class, CsvRecords.REWARD_ORDER),
                    sorted(
                            collected,
                            "minutes-closed",
                            MinuteClosed.class,
                            Comparator.comparingLong(MinuteClosed::getMinute)),
                    sorted(collected, "rejected", RejectedRecord.class, byPosition()),
                    sorted(collected, "late", RejectedRecord.class, byPosition()));
        } finally {
            COLLECTED.remove(run);
        }
    }

    private static Comparator<RejectedRecord> byPosition() {
        return Comparator.comparing(RejectedRecord::getSource).thenComparingLong(RejectedRecord::getOffset);
    }

    private static StreamExecutionEnvironment environment(Way way) {
        StreamExecutionEnvironment environment = new StreamExecutionEnvironment(new Configuration()
                .set(PipelineOptions.GENERIC_TYPES, false)
                .set(PipelineOptions.OBJECT_REUSE, true)
                .set(PipelineOptions.MAX_PARALLELISM, JobDefinition.MAX_PARALLELISM)
                .set(RestartStrategyOptions.RESTART_STRATEGY, "none"));
        environment.setRuntimeMode(way.mode());
        environment.setParallelism(way.parallelism());
        return environment;
    }

    private static RewardPipelineTopology.Sources sources(
            StreamExecutionEnvironment environment, ReferenceInput input, Random random) {
        return new RewardPipelineTopology.Sources(
                source(
                        environment,
                        raw(
                                Topic.TELEMETRY,
                                ordered(input.telemetry(), envelope -> envelope.getReceivedAt(), 10_000, random),
                                SignedEnvelope::getReceivedAt),
                        Clocks.telemetry()),
                source(
                        environment,
                        raw(
                                Topic.CHAIN_EVENTS,
                                chainOrder(input.chainEvents()),
                                event -> Math.min(event.getBlockTime(), Long.MAX_VALUE / 1_000) * 1_000),
                        Clocks.chain()),
                source(
                        environment,
                        raw(
                                Topic.JOB_EVENTS,
                                ordered(input.jobEvents(), event -> event.getRecordedAt(), 1, random),
                                JobEvent::getRecordedAt),
                        Clocks.jobs()));
    }

    /** In the order of time, but for a disorder below a bound. */
    private static <T> List<T> ordered(List<T> records, ToLongFunction<T> time, int disorderMillis, Random random) {
        IdentityHashMap<T, Double> keys = new IdentityHashMap<>();
        records.forEach(record -> keys.put(record, time.applyAsLong(record) + random.nextDouble() * disorderMillis));
        List<T> ordered = new ArrayList<>(records);
        ordered.sort(Comparator.comparing(keys::get));
        return ordered;
    }

    /** As the follower writes them: the events of a block, then its BlockFinalized. */
    private static List<ChainEvent> chainOrder(List<ChainEvent> events) {
        List<ChainEvent> ordered = new ArrayList<>(events);
        ordered.sort(Comparator.comparingLong(ChainEvent::getBlockNumber)
                .thenComparingLong(event -> event.getLogIndex() < 0 ? Long.MAX_VALUE : event.getLogIndex()));
        return ordered;
    }

    private static <T extends SpecificRecord> List<RawRecord> raw(
            Topic topic, List<T> records, ToLongFunction<T> timestamp) {
        List<RawRecord> raw = new ArrayList<>();
        for (T record : records) {
            raw.add(new RawRecord(
                    topic.topicName(),
                    raw.size() % topic.partitions(),
                    raw.size(),
                    timestamp.applyAsLong(record),
                    null,
                    RecordCodec.encode(record)));
        }
        return raw;
    }

    private static DataStream<RawRecord> source(
            StreamExecutionEnvironment environment, List<RawRecord> records, WatermarkStrategy<RawRecord> clock) {
        // Flink has no source of an empty collection; a tombstone is refused and moves nothing.
        List<RawRecord> some =
                records.isEmpty() ? List.of(new RawRecord(Topic.TELEMETRY.topicName(), 0, -1, 0, null, null)) : records;
        return environment
                .fromData(some, RAW)
                .assignTimestampsAndWatermarks(afterEachRecord(clock))
                .setParallelism(1);
    }

    /** Watermarks as often as can be, so that minutes close in the middle of everything. */
    private static WatermarkStrategy<RawRecord> afterEachRecord(WatermarkStrategy<RawRecord> clock) {
        return context -> {
            WatermarkGenerator<RawRecord> generator = clock.createWatermarkGenerator(context);
            return new WatermarkGenerator<>() {
                @Override
                public void onEvent(RawRecord record, long timestamp, WatermarkOutput output) {
                    generator.onEvent(record, timestamp, output);
                    generator.onPeriodicEmit(output);
                }

                @Override
                public void onPeriodicEmit(WatermarkOutput output) {
                    generator.onPeriodicEmit(output);
                }
            };
        };
    }

    private static void collect(DataStream<? extends SpecificRecord> stream, int run, String name) {
        stream.sinkTo(new CollectSink<>(run, name)).name(name);
    }

    private static <T extends SpecificRecord> List<T> sorted(
            Map<String, Queue<SpecificRecord>> collected, String name, Class<T> type, Comparator<T> order) {
        List<T> sorted = new ArrayList<>();
        collected.getOrDefault(name, new ConcurrentLinkedQueue<>()).forEach(record -> sorted.add(type.cast(record)));
        sorted.sort(order);
        return sorted;
    }

    private static final class CollectSink<T extends SpecificRecord> implements Sink<T> {
        private static final long serialVersionUID = 1;

        private final int run;
        private final String name;

        CollectSink(int run, String name) {
            this.run = run;
            this.name = name;
        }

        @Override
        public SinkWriter<T> createWriter(WriterInitContext context) {
            Queue<SpecificRecord> queue = COLLECTED
                    .getOrDefault(run, new HashMap<>())
                    .computeIfAbsent(name, key -> new ConcurrentLinkedQueue<>());
            return new SinkWriter<>() {
                @Override
                public void write(T element, Context context) throws IOException {
                    queue.add(element);
                }

                @Override
                public void flush(boolean endOfInput) {}

                @Override
                public void close() {}
            };
        }

        @Override
        @Deprecated // in the interface; Flink 1.20 calls the other one
        public SinkWriter<T> createWriter(InitContext context) {
            throw new UnsupportedOperationException("this sink needs Flink 1.19 or newer");
        }
    }
}
