package io.ocos.jobs.clickhouse;

import io.javalin.Javalin;
import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ClickHouse's HTTP protocol on 127.0.0.1, as clickhouse-jdbc, client-v2 and curl use it. Request and response bodies are
 * streamed; a statement runs on an engine connection of its own, so nothing set by one request reaches another. An INSERT
 * is acknowledged (200) only when the engine has committed it.
 */
final class Endpoint implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Endpoint.class);

    /** How much of a request is read in search of the data of an INSERT: the engine's own max_query_size. */
    private static final int HEAD_BYTES = 262_144;

    private static final int MAX_STATEMENT_BYTES = 4 * 1_048_576;
    /** Of a result that is not streamed, as the engine counts it; its text may be several times as long. */
    private static final int MAX_WHOLE_RESULT_BYTES = 32 * 1_048_576;

    private static final int LOGGED_CHARACTERS = 300;
    private static final int COPY_BYTES = 65_536;
    private static final long ADMISSION_SECONDS = 60;
    private static final long WATCH_MILLIS = 200;
    private static final long CANCEL_SECONDS = 5;
    private static final long IDLE_MILLIS = 300_000;

    /** Under the names that a ClickHouse server gives them. */
    private static final String METRICS = """
            SELECT 'ClickHouseMetrics_' || metric AS name, toFloat64(value) AS value, description AS help, 'gauge' AS type
            FROM system.metrics
            UNION ALL
            SELECT 'ClickHouseProfileEvents_' || event, toFloat64(value), description, 'counter'
            FROM system.events
            ORDER BY name
            """;

    private static final Pattern KILL_QUERY =
            Pattern.compile("\\s*KILL\\s+QUERY\\b.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern QUERY_ID = Pattern.compile("\\bquery_id\\b", Pattern.CASE_INSENSITIVE);

    private final Engine engine;
    private final ClickHouseLocalConfig config;
    private final Semaphore slots;
    private final Map<String, Running> running = new ConcurrentHashMap<>();
    private final ScheduledExecutorService watcher =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "watcher"));
    private final Javalin javalin;
    private final ScheduledFuture<?> watch;
    private volatile boolean stopping;

    private Endpoint(Engine engine, ClickHouseLocalConfig config) {
        this.engine = engine;
        this.config = config;
        this.slots = new Semaphore(config.maxConcurrentStatements(), true);
        this.watch = watcher.scheduleWithFixedDelay(
                this::cancelAbandoned, WATCH_MILLIS, WATCH_MILLIS, TimeUnit.MILLISECONDS);
        this.javalin = Javalin.create(javalinConfig -> {
            javalinConfig.showJavalinBanner = false;
            javalinConfig.startupWatcherEnabled = false;
            javalinConfig.http.disableCompression();
            // Jetty keeps a few threads to itself; requests beyond the slots wait in order.
            javalinConfig.jetty.threadPool = new QueuedThreadPool(config.maxConcurrentStatements() * 4 + 16, 4, 60_000);
            javalinConfig.jetty.addConnector((server, http) -> {
                ServerConnector connector = new ServerConnector(server);
                connector.setHost("127.0.0.1");
                connector.setPort(config.port());
                connector.setIdleTimeout(IDLE_MILLIS);
                return connector;
            });
            javalinConfig.router.mount(router -> router.get("/ping", context -> context.result("Ok.\n"))
                    .get("/health", context -> context.result("Ok.\n"))
                    .get("/ready", this::ready)
                    .get("/metrics", this::metrics)
                    .get("/", this::serve)
                    .post("/", this::serve));
        });
    }

    /** Serves an engine; {@link #port()} tells where. */
    static Endpoint start(Engine engine, ClickHouseLocalConfig config) {
        Endpoint endpoint = new Endpoint(engine, config);
        endpoint.javalin.start();
        return endpoint;
    }

    int port() {
        return javalin.port();
    }

    /**
     * Takes no new statements, lets those that run finish for {@link ClickHouseLocalConfig#stopGraceMillis()}, cancels the
     * rest.
     */
    @Override
    public void close() {
        stopping = true;
        awaitNoneRunning(TimeUnit.MILLISECONDS.toNanos(config.stopGraceMillis()));
        running.keySet().forEach(this::cancel);
        awaitNoneRunning(TimeUnit.SECONDS.toNanos(CANCEL_SECONDS));
        watch.cancel(false);
        watcher.shutdown();
        javalin.stop();
        awaitNoneRunning(TimeUnit.SECONDS.toNanos(CANCEL_SECONDS));
    }

    /** Whether a statement could not be ended: the engine must not be closed under it. */
    boolean isBusy() {
        return !running.isEmpty();
    }

    private void awaitNoneRunning(long nanos) {
        long deadline = System.nanoTime() + nanos;
        synchronized (running) {
            try {
                for (long left = nanos; isBusy() && left > 0; left = deadline - System.nanoTime()) {
                    running.wait(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void cancelAbandoned() {
        running.forEach((queryId, statement) -> {
            if (statement.isAbandoned()) {
                LOG.info("statement {} cancelled: the client has gone", queryId);
                cancel(queryId);
            }
        });
    }

    private void cancel(String queryId) {
        try {
            engine.cancel(queryId);
        } catch (EngineException | RuntimeException e) {
            LOG.warn("statement {} could not be cancelled", queryId, e);
        }
    }

    private void ready(Context context) throws EngineException {
        try (EngineConnection connection = engine.connect(null)) {
            connection.execute("SELECT 1", "Null", Map.of()).close();
        }
        context.result("Ok.\n");
    }

    private void metrics(Context context) throws EngineException {
        try (EngineConnection connection = engine.connect(null);
                EngineConnection.Result result = connection.execute(METRICS, "Prometheus", Map.of())) {
            byte[] text = new byte[Math.toIntExact(result.length())];
            result.read(0, text, text.length);
            context.contentType("text/plain; version=0.0.4; charset=UTF-8").result(text);
        }
    }

    private void serve(Context context) {
        Request request = Request.of(context.req(), context.queryParamMap());
        if (!request.hasStatement()) {
            context.result("Ok.\n");
            return;
        }
        HttpServletResponse response = context.res();
        response.setHeader("X-ClickHouse-Query-Id", request.queryId());
        response.setHeader("X-ClickHouse-Server-Display-Name", "ocos");
        response.setHeader("X-ClickHouse-Timezone", "UTC");
        Running statement = new Running(
                org.eclipse.jetty.server.Request.getBaseRequest(context.req()).getHttpChannel());
        try {
            admit(request, statement, response);
        } catch (EngineException e) {
            fail(request, statement, response, e);
        } catch (RuntimeException e) {
            LOG.error("statement {} failed", request.queryId(), e);
            fail(request, statement, response, EngineException.of(1001, "STD_EXCEPTION", e.toString(), e));
        } catch (IOException e) {
            // A body that ended early or is not what its encoding says, or a client that has gone and reads no answer.
            fail(
                    request,
                    statement,
                    response,
                    EngineException.of(33, "CANNOT_READ_ALL_DATA", "Cannot read the request body: %s".formatted(e), e));
        }
        if (statement.isPipelined()) {
            statement.closeConnection();
        }
    }

    private void admit(Request request, Running statement, HttpServletResponse response)
            throws IOException, EngineException {
        if (request.isFromWebPage()) {
            throw EngineException.of(497, "ACCESS_DENIED", "Requests of web pages are not served");
        }
        boolean admitted = false;
        try {
            admitted = slots.tryAcquire(ADMISSION_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!admitted) {
            throw EngineException.of(
                    202,
                    "TOO_MANY_SIMULTANEOUS_QUERIES",
                    "Too many simultaneous queries. Maximum: %d".formatted(config.maxConcurrentStatements()));
        }
        try {
            if (running.putIfAbsent(request.queryId(), statement) != null) {
                throw EngineException.of(
                        216,
                        "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING",
                        "Query with id = %s is already running".formatted(request.queryId()));
            }
            try {
                if (stopping) {
                    throw EngineException.of(236, "ABORTED", "Server is stopping");
                }
                run(request, statement, response);
            } finally {
                running.remove(request.queryId());
                synchronized (running) {
                    running.notifyAll();
                }
            }
        } finally {
            slots.release();
        }
    }

    private void run(Request request, Running statement, HttpServletResponse response)
            throws IOException, EngineException {
        InputStream input = request.input();
        byte[] head = input.readNBytes(HEAD_BYTES);
        Statement parsed = Statement.parse(head, head.length);
        try (EngineConnection connection = engine.connect(request.queryId())) {
            prepare(connection, request);
            if (parsed.kind() == Statement.Kind.INSERT) {
                int offset = parsed.dataOffset();
                InputStream data =
                        new SequenceInputStream(new ByteArrayInputStream(head, offset, head.length - offset), input);
                String format = parsed.format() == null ? "Values" : parsed.format();
                try (EngineConnection.Result result =
                        connection.insert(parsed.sql(), format, request.parameters(), data)) {
                    begin(response, format, result.summary());
                    request.output(response).close();
                }
                return;
            }
            String sql = whole(parsed, head, input);
            request.drain();
            if (connection.count(sql) > 1) {
                throw EngineException.of(62, "SYNTAX_ERROR", "Syntax error: Multi-statements are not allowed");
            }
            String format = parsed.format() == null ? request.defaultFormat() : parsed.format();
            if (parsed.kind() == Statement.Kind.QUERY
                    && ResultFormat.of(format) != ResultFormat.WHOLE
                    && !request.waitsForEnd()) {
                try {
                    stream(connection, sql, format, request, statement, response);
                    return;
                } catch (EngineException e) {
                    if (!e.isStreamingRefused()) {
                        throw e;
                    }
                }
            }
            execute(connection, sql, format, request, statement, response);
        }
    }

    private static String whole(Statement parsed, byte[] head, InputStream input) throws IOException, EngineException {
        if (head.length < HEAD_BYTES) {
            return translated(parsed.sql());
        }
        byte[] rest = input.readNBytes(MAX_STATEMENT_BYTES - HEAD_BYTES + 1);
        if (rest.length > MAX_STATEMENT_BYTES - HEAD_BYTES) {
            throw EngineException.of(
                    229, "QUERY_IS_TOO_LARGE", "Query is larger than %d bytes".formatted(MAX_STATEMENT_BYTES));
        }
        byte[] text = Arrays.copyOf(head, head.length + rest.length);
        System.arraycopy(rest, 0, text, head.length, rest.length);
        return new String(text, StandardCharsets.UTF_8);
    }

    /** The engine draws its own query ids; those of the clients are kept in the log comment, and KILL QUERY seeks them. */
    private static String translated(String sql) {
        return KILL_QUERY.matcher(sql).matches() ? QUERY_ID.matcher(sql).replaceAll("Settings['log_comment']") : sql;
    }

    private static void prepare(EngineConnection connection, Request request) throws EngineException {
        if (!request.database().isEmpty()) {
            String name = request.database().replace("\\", "\\\\").replace("`", "\\`");
            connection.execute("USE `%s`".formatted(name), "Null", Map.of()).close();
        }
        String settings = request.setStatement();
        if (!settings.isEmpty()) {
            connection.execute(settings, "Null", Map.of()).close();
        }
        if (request.isReadOnly()) {
            connection.execute("SET readonly = 2", "Null", Map.of()).close();
        }
    }

    private static void stream(
            EngineConnection connection,
            String sql,
            String format,
            Request request,
            Running statement,
            HttpServletResponse response)
            throws IOException, EngineException {
        ResultFormat framing = ResultFormat.of(format);
        try (EngineConnection.Stream stream =
                statement.watch(() -> connection.stream(sql, format, request.parameters()))) {
            OutputStream output;
            boolean more;
            try (EngineConnection.Result chunk = statement.watch(stream::next)) {
                begin(response, format, chunk.summary());
                output = request.output(response);
                more = chunk.length() > 0;
                copy(chunk, 0, output);
            }
            while (more) {
                try (EngineConnection.Result chunk = statement.watch(stream::next)) {
                    more = chunk.length() > 0;
                    copy(chunk, more ? framing.headerLength(chunk) : 0, output);
                }
            }
            // Only here: closing it after a failure would make a whole response of half a result.
            output.close();
        }
    }

    private static void execute(
            EngineConnection connection,
            String sql,
            String format,
            Request request,
            Running statement,
            HttpServletResponse response)
            throws IOException, EngineException {
        if (!request.sets("max_result_bytes")) {
            connection
                    .execute("SET max_result_bytes = " + MAX_WHOLE_RESULT_BYTES, "Null", Map.of())
                    .close();
        }
        try (EngineConnection.Result result =
                statement.watch(() -> connection.execute(sql, format, request.parameters()))) {
            begin(response, format, result.summary());
            OutputStream output = request.output(response);
            copy(result, 0, output);
            output.close();
        }
    }

    private static void begin(HttpServletResponse response, String format, Summary summary) {
        response.setStatus(200);
        response.setContentType(ResultFormat.contentType(format));
        response.setHeader("X-ClickHouse-Format", format);
        response.setHeader("X-ClickHouse-Summary", summary.json());
    }

    private static void copy(EngineConnection.Result chunk, long from, OutputStream output) throws IOException {
        long length = chunk.length();
        byte[] buffer = new byte[(int) Math.min(COPY_BYTES, Math.max(0, length - from))];
        for (long position = from; position < length; position += buffer.length) {
            int count = (int) Math.min(buffer.length, length - position);
            chunk.read(position, buffer, count);
            output.write(buffer, 0, count);
        }
    }

    private static void fail(
            Request request, Running statement, HttpServletResponse response, EngineException failure) {
        String message = String.valueOf(failure.getMessage());
        LOG.info(
                "statement {} failed: {}",
                request.queryId(),
                message.substring(0, Math.min(LOGGED_CHARACTERS, message.length())));
        if (response.isCommitted()) {
            statement.abort(failure);
            return;
        }
        response.resetBuffer();
        response.setHeader("Content-Encoding", null);
        response.setStatus(failure.httpStatus());
        response.setContentType("text/plain; charset=UTF-8");
        response.setHeader("X-ClickHouse-Exception-Code", String.valueOf(failure.code()));
        try (OutputStream output = request.output(response)) {
            output.write((message + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOG.debug("statement {}: nobody reads its failure", request.queryId(), e);
            statement.abort(e);
        }
    }
}
