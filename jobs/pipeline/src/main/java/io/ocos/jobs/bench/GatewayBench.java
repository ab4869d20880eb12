package io.ocos.jobs.bench;

import io.ocos.ingest.io.EnvelopeSigner;
import io.ocos.ingest.io.EnvelopeSigner.Beacon;
import io.ocos.ingest.io.NodeKeys;
import io.ocos.ingest.io.NodeKeys.Strength;
import io.ocos.metering.domain.EnvelopeDomain;
import io.ocos.metering.domain.TelemetryPayload;
import io.ocos.metering.domain.TelemetryPayload.Sample;
import io.ocos.schemas.avro.Bytes20;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Envelopes from HTTP to the acknowledged record, through a gateway in a process of its own onto a real broker: how many for each
 * second of CPU time that the gateway's process uses. Signing and sending are done here and cost the gateway nothing.
 */
public final class GatewayBench {

    private static final long CHAIN_ID = 56;
    private static final Address REGISTRY = Address.parse("0x00000000000000000000000000000000000000e9");
    private static final long BLOCK = 1;
    private static final Hash32 BLOCK_HASH = new Hash32(1, 2, 3, 4);
    private static final Duration START_BOUND = Duration.ofSeconds(60);
    private static final int CLIENT_THREADS = 2;

    /** What is signed names a block that may be 300 s old at most (SPEC 3, E4). */
    public static final int MAX_SECONDS = 240;

    /**
     * What is run.
     *
     * @param warmUpSeconds not measured, for the compiler; ≥ 0
     * @param seconds measured, ≥ 1; with the warm-up at most {@link #MAX_SECONDS}
     * @param nodes that send by turns, ≥ 1
     * @param concurrency requests in flight, ≥ 1
     */
    public record Options(int warmUpSeconds, int seconds, int nodes, int concurrency) {

        public Options {
            range("--warm-up", warmUpSeconds, 0, MAX_SECONDS);
            range("--seconds", seconds, 1, MAX_SECONDS);
            range("--warm-up and --seconds together", warmUpSeconds + seconds, 1, MAX_SECONDS);
            range("--nodes", nodes, 1, 100_000);
            range("--concurrency", concurrency, 1, 4_096);
        }

        private static void range(String option, int value, int least, int most) {
            if (value < least || value > most) {
                throw new ConfigException("%s: %d, expected %d … %d".formatted(option, value, least, most));
            }
        }
    }

    /**
     * What came of it, in the measured time.
     *
     * @param accepted envelopes answered 202, that is acknowledged by the broker
     * @param failed requests with any other end
     * @param failure the first of them; empty when there was none
     * @param wall measured time
     * @param gatewayCpu CPU time of the gateway's process
     * @param p50Micros median of the time from request to answer
     * @param p99Micros its 99th percentile
     */
    public record Result(
            long accepted,
            long failed,
            String failure,
            Duration wall,
            Duration gatewayCpu,
            long p50Micros,
            long p99Micros) {

        /** Envelopes for each second of the gateway's CPU time. */
        public double perCpuSecond() {
            return accepted * 1e9 / gatewayCpu.toNanos();
        }
    }

    private final String bootstrap;
    private final List<String> gatewayCommand;
    private final Path directory;
    private final Options options;
    private final List<Node> nodes;
    private final Beacon beacon = new Beacon(BLOCK, BLOCK_HASH);

    private record Node(Address address, EnvelopeSigner signer, AtomicLong sequence) {}

    /**
     * A benchmark.
     *
     * @param bootstrap an empty broker
     * @param gatewayCommand starts {@code ocos gateway}; its options are added
     * @param directory for the gateway's key and log
     */
    public GatewayBench(String bootstrap, List<String> gatewayCommand, Path directory, Options options) {
        this.bootstrap = bootstrap;
        this.gatewayCommand = List.copyOf(gatewayCommand);
        this.directory = directory;
        this.options = options;
        EnvelopeDomain domain = new EnvelopeDomain(CHAIN_ID, REGISTRY);
        nodes = IntStream.range(0, options.nodes)
                .mapToObj(i -> NodeKeys.generate())
                .map(keys -> new Node(keys.address(), new EnvelopeSigner(domain, keys), new AtomicLong()))
                .toList();
    }

    /**
     * Runs it.
     *
     * @throws IOException when broker or gateway do not come up
     */
    public Result run() throws IOException, InterruptedException {
        fillTopics();
        Files.writeString(directory.resolve("password"), "bench\n");
        NodeKeys.generate().save(directory.resolve("gateway.json"), "bench", Strength.LIGHT);
        int port = freePort();
        Process gateway = start(port);
        ExecutorService executor =
                Executors.newFixedThreadPool(CLIENT_THREADS, task -> new Thread(task, "bench-client"));
        try {
            HttpClient http = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .executor(executor)
                    .build();
            URI base = URI.create("http://127.0.0.1:" + port + "/");
            awaitReady(http, base, gateway);
            return new Load(http, base.resolve("v1/telemetry"), gateway.toHandle(), executor).run();
        } finally {
            executor.shutdownNow();
            gateway.destroy();
            if (!gateway.waitFor(10, TimeUnit.SECONDS)) {
                gateway.destroyForcibly();
            }
        }
    }

    /** What a gateway knows of the chain: the nodes are registered, and there is a block. */
    private void fillTopics() throws IOException, InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
                var producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", bootstrap, "acks", "all"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            admin.createTopics(Arrays.stream(Topic.values())
                            .map(topic -> new NewTopic(topic.topicName(), topic.partitions(), (short) 1))
                            .toList())
                    .all()
                    .get();
            long now = System.currentTimeMillis() / 1_000;
            long logIndex = 0;
            for (Node node : nodes) {
                Map<String, String> args = Map.of(
                        "node", node.address.toString(),
                        "owner", REGISTRY.toString(),
                        "nodeType", NodeType.EDGE.onChain().toString(),
                        "capacityUnits", "1");
                var unused = producer.send(event(now, logIndex++, "NodeRegistered", args));
            }
            producer.send(event(now, -1, "BlockFinalized", Map.of())).get();
            producer.flush();
        } catch (ExecutionException e) {
            throw new IOException("the broker at %s refuses the topics".formatted(bootstrap), e.getCause());
        }
    }

    private static ProducerRecord<byte[], byte[]> event(
            long timeSeconds, long logIndex, String name, Map<String, String> args) {
        ChainEvent event = new ChainEvent(
                BLOCK,
                AvroValues.avro(BLOCK_HASH),
                timeSeconds,
                AvroValues.avro(Hash32.ZERO),
                logIndex,
                new Bytes20(REGISTRY.toBytes()),
                name,
                args);
        return new ProducerRecord<>(
                Topic.CHAIN_EVENTS.topicName(), 0, timeSeconds * 1_000, REGISTRY.toBytes(), RecordCodec.encode(event));
    }

    /** A gateway as it is by default, but for the limits that keep one client from doing just this. */
    private Process start(int port) throws IOException {
        List<String> command = new ArrayList<>(gatewayCommand);
        Map<String, String> keys = Map.ofEntries(
                Map.entry("id", "bench"),
                Map.entry("port", Integer.toString(port)),
                Map.entry("kafkaBootstrap", bootstrap),
                Map.entry("chainId", Long.toString(CHAIN_ID)),
                Map.entry("registry", REGISTRY.toString()),
                Map.entry("keystore", directory.resolve("gateway.json").toString()),
                Map.entry("passwordFile", directory.resolve("password").toString()),
                Map.entry("limits.nodeRequestsPerMinute", "60000000"),
                Map.entry("limits.nodeBurst", "1000000"),
                Map.entry("limits.clientRequestsPerSecond", "1000000"),
                Map.entry("limits.clientBurst", "1000000"),
                Map.entry("limits.clientInFlight", "8192"),
                Map.entry("limits.inFlight", "8192"),
                Map.entry("limits.connections", "8192"));
        keys.forEach((key, value) -> command.addAll(List.of("--set", key + "=" + value)));
        Path log = directory.resolve("gateway.log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(log.toFile()).redirectErrorStream(true);
        builder.environment().put("OCOS_PARENT_PIPE", "1");
        return builder.start();
    }

    private void awaitReady(HttpClient http, URI base, Process gateway) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(base.resolve("ready")).build();
        long start = System.nanoTime();
        String last = "no answer";
        while (System.nanoTime() - start < START_BOUND.toNanos() && gateway.isAlive()) {
            try {
                var response = http.send(request, BodyHandlers.ofString());
                if (response.statusCode() == 200) {
                    return;
                }
                last = response.body();
            } catch (IOException e) {
                last = e.toString();
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
        throw new IOException("the gateway did not become ready (%s); its log:%n%s"
                .formatted(last, Files.readString(directory.resolve("gateway.log"))));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** So many requests in flight, each followed by the next when it is answered. */
    private final class Load {

        private final HttpClient http;
        private final URI uri;
        private final ProcessHandle gateway;
        private final ExecutorService executor;
        private final AtomicLong turn = new AtomicLong();
        private final AtomicLong accepted = new AtomicLong();
        private final AtomicLong failed = new AtomicLong();
        private final AtomicReference<String> failure = new AtomicReference<>("");
        private final ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
        private volatile boolean measuring;
        private volatile boolean over;

        Load(HttpClient http, URI uri, ProcessHandle gateway, ExecutorService executor) {
            this.http = http;
            this.uri = uri;
            this.gateway = gateway;
            this.executor = executor;
        }

        Result run() throws InterruptedException {
            List<CompletableFuture<Void>> chains = IntStream.range(0, options.concurrency)
                    .mapToObj(
                            i -> CompletableFuture.runAsync(() -> {}, executor).thenCompose(begun -> next()))
                    .toList();
            TimeUnit.SECONDS.sleep(options.warmUpSeconds);
            Duration cpuBefore = cpu();
            long acceptedBefore = accepted.get();
            long failedBefore = failed.get();
            measuring = true;
            long start = System.nanoTime();
            TimeUnit.SECONDS.sleep(options.seconds);
            long count = accepted.get() - acceptedBefore;
            long others = failed.get() - failedBefore;
            Duration wall = Duration.ofNanos(System.nanoTime() - start);
            Duration cpu = cpu().minus(cpuBefore);
            over = true;
            CompletableFuture.allOf(chains.toArray(new CompletableFuture<?>[0])).join();
            long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
            return new Result(
                    count,
                    others,
                    Objects.requireNonNull(failure.get()),
                    wall,
                    cpu,
                    micros(sorted, 50),
                    micros(sorted, 99));
        }

        private Duration cpu() {
            return gateway.info()
                    .totalCpuDuration()
                    .orElseThrow(() -> new IllegalStateException("the CPU time of the gateway's process is not known"));
        }

        private CompletableFuture<Void> next() {
            if (over) {
                return CompletableFuture.completedFuture(null);
            }
            Node node = nodes.get((int) (turn.getAndIncrement() % nodes.size()));
            long now = System.currentTimeMillis();
            Sample sample = new Sample(now, 400_000, 500_000, 0, 0, 300_000, 123_456_789, 98_765_432, 1);
            byte[] body = RecordCodec.encode(node.signer.sign(
                    node.sequence.getAndIncrement(), now, beacon, TelemetryPayload.of(List.of(sample))));
            HttpRequest request = HttpRequest.newBuilder(uri)
                    .header("Content-Type", "application/avro")
                    .timeout(Duration.ofSeconds(30))
                    .POST(BodyPublishers.ofByteArray(body))
                    .build();
            long start = System.nanoTime();
            return http.sendAsync(request, BodyHandlers.ofString())
                    .handle((response, error) -> {
                        if (error == null && response.statusCode() == 202) {
                            accepted.incrementAndGet();
                        } else {
                            failed.incrementAndGet();
                            failure.compareAndSet(
                                    "",
                                    error == null ? response.statusCode() + " " + response.body() : error.toString());
                        }
                        if (measuring && !over) {
                            nanos.add(System.nanoTime() - start);
                        }
                        return null;
                    })
                    .thenComposeAsync(done -> next(), executor);
        }
    }

    private static long micros(long[] sortedNanos, int percentile) {
        return sortedNanos.length == 0 ? 0 : sortedNanos[(int) ((sortedNanos.length - 1L) * percentile / 100)] / 1_000;
    }
}
