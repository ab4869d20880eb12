package io.ocos.ingest.io;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.ocos.ingest.config.GatewayConfig;
import io.ocos.ingest.config.IngestMetrics;
import io.ocos.ingest.domain.Answer;
import io.ocos.ingest.domain.BeaconBook;
import io.ocos.ingest.domain.Problem;
import io.ocos.ingest.io.BodyReader.Body;
import io.ocos.ingest.io.Replies.Reply;
import io.ocos.schemas.config.ConfigException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.ConnectionLimit;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gateway's HTTP side: routes, limits, answers. */
final class GatewayServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(GatewayServer.class);
    private static final String BODY_TYPE = "application/avro";
    private static final int MAX_HEADER_BYTES = 8 << 10;
    /** Longer than the log may take to confirm. */
    private static final long DRAIN_SECONDS = 7;

    private static final Pattern NUMERIC_ADDRESS = Pattern.compile("[0-9A-Fa-f:.]{2,45}");

    private final GatewayConfig config;
    private final TelemetryIntake intake;
    private final BeaconBook beacons;
    private final Clients clients;
    private final GatewayMeters meters;
    private final Replies replies;
    private final Supplier<List<String>> unknownPast;
    private final Semaphore permits;
    private final BodyReader bodies;
    private final Javalin app;

    /**
     * A server that does not listen yet.
     *
     * @param unknownPast why envelopes cannot be decided now; empty when they can
     * @param notReady that, and what else is worth telling a load balancer
     */
    GatewayServer(
            GatewayConfig config,
            TelemetryIntake intake,
            BeaconBook beacons,
            Clients clients,
            GatewayMeters meters,
            Replies replies,
            Supplier<List<String>> unknownPast,
            Supplier<List<String>> notReady,
            PrometheusMeterRegistry metrics,
            QueuedThreadPool threads) {
        this.config = config;
        this.intake = intake;
        this.beacons = beacons;
        this.clients = clients;
        this.meters = meters;
        this.replies = replies;
        this.unknownPast = unknownPast;
        permits = new Semaphore(config.limits().inFlight());
        bodies = new BodyReader(
                config.limits().bodyBytesInFlight(), config.limits().bodyMillis(), threads);
        metrics.gauge(IngestMetrics.GATEWAY_IN_FLIGHT, this, server -> server.inFlight());
        metrics.gauge(IngestMetrics.GATEWAY_BODY_BYTES, bodies, BodyReader::bytesInFlight);
        app = Javalin.create(javalin -> configure(javalin, threads));
        OpsServer.addRoutes(app, notReady, metrics);
        app.post("/v1/telemetry", this::telemetry);
        app.get("/v1/beacon", this::beacon);
        app.exception(HttpResponseException.class, (e, context) -> send(context, httpProblem(e)));
        app.exception(Exception.class, (e, context) -> {
            LOG.error("{} {} failed", context.method(), context.path(), e);
            send(context, Replies.problem(Problem.INTERNAL, "see the gateway's log"));
        });
    }

    /**
     * Begins to listen.
     *
     * @throws ConfigException when the port is taken
     */
    void start() {
        try {
            app.start();
        } catch (RuntimeException e) {
            throw new ConfigException(
                    "port %d: cannot listen on %s (%s), expected a free port, or 0 for any"
                            .formatted(config.port(), config.host(), e.getMessage()),
                    e);
        }
    }

    private void configure(JavalinConfig javalin, QueuedThreadPool threads) {
        javalin.showJavalinBanner = false;
        javalin.startupWatcherEnabled = false;
        javalin.http.prefer405over404 = true;
        javalin.http.disableCompression();
        javalin.jetty.threadPool = threads;
        javalin.jetty.modifyHttpConfiguration(http -> {
            http.setSendServerVersion(false);
            http.setRequestHeaderSize(MAX_HEADER_BYTES);
            http.setIdleTimeout(config.limits().idleMillis());
        });
        javalin.jetty.addConnector(this::connector);
        javalin.jetty.modifyServer(server -> {
            server.setErrorHandler(new Problems());
            server.addBean(new ConnectionLimit(config.limits().connections(), server));
        });
    }

    private ServerConnector connector(Server server, HttpConfiguration http) {
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost(config.host());
        connector.setPort(config.port());
        connector.setIdleTimeout(config.limits().idleMillis());
        return connector;
    }

    /** The port it listens on. */
    int port() {
        return app.port();
    }

    /** Requests that wait for an answer. */
    private int inFlight() {
        return config.limits().inFlight() - permits.availablePermits();
    }

    private void telemetry(Context context) {
        meters.request();
        Clients.Client client = clients.client(clientAddress(context));
        Optional<Answer.Refused> early = refusedByHeaders(context, client);
        if (early.isPresent()) {
            answer(context, early.get());
            return;
        }
        context.future(() -> bodies.read(context.req())
                .thenCompose(body -> taken(body, client))
                .whenComplete((answer, failure) -> {
                    client.end();
                    permits.release();
                })
                .thenAccept(answer -> answer(context, answer)));
    }

    private CompletableFuture<Answer> taken(Body body, Clients.Client client) {
        if (body instanceof Body.Complete complete) {
            return intake.submit(complete.bytes(), client).whenComplete((answer, failure) -> bodies.release(complete));
        }
        Body.Refused refused = (Body.Refused) body;
        return CompletableFuture.completedFuture(new Answer.Refused(refused.problem(), refused.detail()));
    }

    /** When it is empty, the client's and the gateway's share of requests in flight are taken. */
    private Optional<Answer.Refused> refusedByHeaders(Context context, Clients.Client client) {
        if (!isAvro(context.contentType())) {
            return refused(
                    Problem.UNSUPPORTED_MEDIA_TYPE,
                    "Content-Type '%s', expected %s".formatted(context.contentType(), BODY_TYPE));
        }
        String encoding = context.header("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            return refused(Problem.UNSUPPORTED_MEDIA_TYPE, "Content-Encoding '%s', expected none".formatted(encoding));
        }
        List<String> reasons = unknownPast.get();
        if (!reasons.isEmpty()) {
            return refused(Problem.NOT_READY, String.join("; ", reasons));
        }
        if (!client.begin()) {
            return refused(Problem.RATE, "too many requests from this address");
        }
        if (!permits.tryAcquire()) {
            client.end();
            return refused(Problem.BUSY, "%d requests are in flight".formatted(inFlight()));
        }
        return Optional.empty();
    }

    private static Optional<Answer.Refused> refused(Problem problem, String detail) {
        return Optional.of(new Answer.Refused(problem, detail));
    }

    private static boolean isAvro(@Nullable String contentType) {
        return contentType != null && contentType.split(";", 2)[0].strip().equalsIgnoreCase(BODY_TYPE);
    }

    private void answer(Context context, Answer answer) {
        meters.answer(answer);
        send(context, replies.of(answer));
    }

    private void beacon(Context context) {
        send(
                context,
                beacons.newest()
                        .map(Replies::beacon)
                        .orElseGet(() -> Replies.problem(Problem.NOT_READY, "no block is known yet")));
    }

    private static void send(Context context, Reply reply) {
        context.status(reply.status());
        reply.headers().forEach(context::header);
        context.result(reply.body());
    }

    private static Reply httpProblem(HttpResponseException e) {
        Problem problem =
                switch (e.getStatus()) {
                    case 404 -> Problem.NOT_FOUND;
                    case 405 -> Problem.METHOD_NOT_ALLOWED;
                    default -> Problem.BAD_REQUEST;
                };
        return Replies.problem(problem, e.getStatus(), String.valueOf(e.getMessage()));
    }

    private String clientAddress(Context context) {
        String peer = context.req().getRemoteAddr();
        String forwarded = context.header("X-Forwarded-For");
        if (forwarded == null || !config.trustedProxies().contains(peer)) {
            return peer;
        }
        // The last entry is the one that the proxy itself saw.
        String client = forwarded.substring(forwarded.lastIndexOf(',') + 1).strip();
        return NUMERIC_ADDRESS.matcher(client).matches() ? client : peer;
    }

    /** Answers what was begun, takes nothing new, stops listening. */
    @Override
    public void close() {
        try {
            // Whoever has all permits knows that nothing is in flight, and nothing new begins.
            if (!permits.tryAcquire(config.limits().inFlight(), DRAIN_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("{} requests are cut off after {} s", inFlight(), DRAIN_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        app.stop();
    }

    /** What Jetty refuses by itself, in the same form as all other refusals. */
    private static final class Problems extends ErrorHandler {

        @Override
        public void handle(String target, Request baseRequest, HttpServletRequest request, HttpServletResponse response)
                throws IOException {
            baseRequest.setHandled(true);
            Reply reply = problem(response.getStatus(), request.getAttribute("jakarta.servlet.error.message"));
            reply.headers().forEach(response::setHeader);
            response.getOutputStream().write(reply.body());
        }

        @Override
        public ByteBuffer badMessageError(int status, String reason, HttpFields.Mutable fields) {
            Reply reply = problem(status, reason);
            reply.headers().forEach(fields::put);
            return ByteBuffer.wrap(reply.body());
        }

        private static Reply problem(int status, @Nullable Object reason) {
            return Replies.problem(
                    status >= 500 ? Problem.INTERNAL : Problem.BAD_REQUEST,
                    status,
                    reason == null ? "refused" : reason.toString());
        }
    }
}
