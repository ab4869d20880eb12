package io.ocos.jobs.kafka;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.utils.Time;
import org.apache.logging.log4j.LogManager;

/**
 * One KRaft broker and controller on 127.0.0.1: {@code KafkaLocal DATA_DIR PORT} (port 0 = any free one). The data
 * directory is made on the first start and taken up again, after kill -9 too, on later ones. Prints {@value #READY} and
 * the address once clients are served. SIGTERM, and with {@code OCOS_PARENT_PIPE=1} the end of standard input, stop it
 * cleanly (exit code 0).
 *
 * <p>Its settings are for a stack that is thrown away as a whole: small memory, nothing is ever deleted by age (loaded
 * history and test worlds carry old timestamps), topics exist only when created.
 */
public final class KafkaLocal {

    /** Begins the line on standard output that says the broker serves. */
    static final String READY = "kafka ready at ";

    /** A cluster of one, made by nobody else: 16 bytes, "ocos-local-kafka", as Kafka writes an id. */
    private static final String CLUSTER_ID = "b2Nvcy1sb2NhbC1rYWZrYQ";

    private static final long STOP_BOUND_MILLIS = 7_000;

    private KafkaLocal() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            System.err.println("kafka-local: expected DATA_DIR PORT, got %d arguments".formatted(arguments.length));
            System.exit(2);
        }
        Path data = Path.of(arguments[0]).toAbsolutePath();
        int given = Integer.parseInt(arguments[1]);
        int port = given == 0 ? freePort() : given;
        Files.createDirectories(data);
        Map<String, String> settings = settings(data.resolve("log"), port, freePort());
        format(data, settings);

        KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(settings, false), Time.SYSTEM);
        // A JVM that a signal ends exits with 128 + signal; a clean stop is a success, hence the halt.
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            start("stop-bound", KafkaLocal::haltAfterBound);
                            server.shutdown();
                            LogManager.shutdown();
                            Runtime.getRuntime().halt(0);
                        },
                        "stop"));
        if (Objects.equals(System.getenv("OCOS_PARENT_PIPE"), "1")) {
            start("parent-pipe", KafkaLocal::awaitEndOfParent);
        }
        server.startup();
        System.out.println(READY + "127.0.0.1:" + port);
        server.awaitShutdown();
    }

    private static Map<String, String> settings(Path logDir, int port, int controllerPort) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", "1");
        settings.put("listeners", "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d".formatted(port, controllerPort));
        settings.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
        settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
        settings.put("log.dirs", logDir.toString());

        settings.put("auto.create.topics.enable", "false");
        settings.put("log.retention.ms", "-1");
        settings.put("offsets.topic.replication.factor", "1");
        settings.put("offsets.topic.num.partitions", "1");
        settings.put("transaction.state.log.replication.factor", "1");
        settings.put("transaction.state.log.num.partitions", "1");
        settings.put("transaction.state.log.min.isr", "1");
        // A Flink job's transactions must outlive its checkpoint and its restart; the broker's default is 15 minutes.
        settings.put("transaction.max.timeout.ms", "3600000");
        settings.put("group.initial.rebalance.delay.ms", "0");

        // After kill -9 the next start waits until the session of the one before has run out; the default is 9 s.
        settings.put("broker.session.timeout.ms", "3000");
        settings.put("broker.heartbeat.interval.ms", "500");

        settings.put("num.network.threads", "2");
        settings.put("num.io.threads", "3");
        settings.put("num.replica.fetchers", "1");
        settings.put("background.threads", "2");
        settings.put("num.recovery.threads.per.data.dir", "1");
        settings.put("log.segment.bytes", "67108864");
        settings.put("log.index.size.max.bytes", "1048576");
        // The cleaner works on the consumer offsets only; its default buffer is 128 MiB.
        settings.put("log.cleaner.dedupe.buffer.size", "4194304");
        settings.put("log.cleaner.io.buffer.size", "131072");
        return settings;
    }

    /** Formats the storage; one that is formatted, wholly or by half before a kill, is completed and kept. */
    private static void format(Path data, Map<String, String> settings) throws IOException {
        Path file = data.resolve("server.properties");
        Files.writeString(
                file,
                settings.entrySet().stream()
                        .map(setting -> setting.getKey() + "=" + setting.getValue())
                        .collect(Collectors.joining("\n", "", "\n")));
        String[] command = {"format", "--cluster-id", CLUSTER_ID, "--config", file.toString(), "--ignore-formatted"};
        int code = StorageTool.execute(command, new PrintStream(System.err, true, StandardCharsets.UTF_8));
        if (code != 0) {
            throw new IOException("%s: cannot be formatted as Kafka storage (code %d)".formatted(data, code));
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("no free port on 127.0.0.1", e);
        }
    }

    private static void awaitEndOfParent() {
        try {
            while (System.in.read() >= 0) {
                // What comes has no meaning; only the end has.
            }
        } catch (IOException e) {
            // A broken pipe says the same as its end.
        }
        System.exit(0);
    }

    private static void haltAfterBound() {
        try {
            TimeUnit.MILLISECONDS.sleep(STOP_BOUND_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(1);
    }

    private static void start(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }
}
