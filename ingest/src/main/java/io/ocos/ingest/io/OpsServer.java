package io.ocos.ingest.io;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.HttpStatus;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.ocos.ingest.config.IngestMetrics;
import io.ocos.schemas.config.ConfigException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The operations port of a process, on 127.0.0.1 only: {@code GET /health} (200 while the process lives), {@code GET /ready}
 * (200, or 503 with the reasons why not), {@code GET /metrics} (Prometheus text).
 */
public final class OpsServer implements AutoCloseable {

    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final int MAX_THREADS = 12;

    private final Javalin server;

    private OpsServer(Javalin server) {
        this.server = server;
    }

    /**
     * Serves the three routes.
     *
     * @param port 0 = any free port
     * @param notReady why the process is not ready now; empty when it is
     * @throws ConfigException when the port is taken
     */
    public static OpsServer start(int port, Supplier<List<String>> notReady, PrometheusMeterRegistry metrics) {
        return start(port, notReady, metrics, app -> {});
    }

    /** As {@link #start(int, Supplier, PrometheusMeterRegistry)}, with further routes of the process's own. */
    public static OpsServer start(
            int port, Supplier<List<String>> notReady, PrometheusMeterRegistry metrics, Consumer<Javalin> routes) {
        Javalin app = Javalin.create(OpsServer::configure);
        addRoutes(app, notReady, metrics);
        routes.accept(app);
        try {
            app.start("127.0.0.1", port);
        } catch (RuntimeException e) {
            throw new ConfigException(
                    "opsPort %d: cannot listen on 127.0.0.1 (%s), expected a free port, or 0 for any"
                            .formatted(port, e.getMessage()),
                    e);
        }
        return new OpsServer(app);
    }

    /** Adds the three routes to a server that a process has anyway. */
    public static void addRoutes(Javalin app, Supplier<List<String>> notReady, PrometheusMeterRegistry metrics) {
        app.get("/health", context -> context.json(Map.of("status", "UP")));
        app.get("/ready", context -> {
            List<String> reasons = notReady.get();
            context.status(reasons.isEmpty() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE)
                    .json(Map.of("ready", reasons.isEmpty(), "reasons", reasons));
        });
        app.get("/metrics", context -> context.contentType(PROMETHEUS_TEXT).result(metrics.scrape()));
    }

    /**
     * A registry with the measurements every process has (heap, collections, threads, CPU, open files, uptime).
     *
     * @param process name of the process, a tag on every metric
     */
    public static PrometheusMeterRegistry newRegistry(String process) {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        registry.config().commonTags(Tags.of(IngestMetrics.TAG_PROCESS, process));
        @SuppressWarnings("resource") // measures until the process ends
        JvmGcMetrics collections = new JvmGcMetrics();
        List<MeterBinder> binders = List.of(
                new JvmMemoryMetrics(),
                collections,
                new JvmThreadMetrics(),
                new ProcessorMetrics(),
                new FileDescriptorMetrics(),
                new UptimeMetrics());
        binders.forEach(binder -> binder.bindTo(registry));
        return registry;
    }

    /** The port it listens on. */
    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.stop();
    }

    private static void configure(JavalinConfig config) {
        config.showJavalinBanner = false;
        config.startupWatcherEnabled = false;
        config.jetty.threadPool = new QueuedThreadPool(MAX_THREADS, 2);
    }
}
