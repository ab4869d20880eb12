package io.ocos.jobs.clickhouse;

import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.ConfigLoader;
import io.ocos.schemas.config.Service;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process that serves ClickHouse: {@code java … io.ocos.jobs.clickhouse.ClickHouseLocal [--config FILE] [--set
 * KEY=VALUE]…}, keys as in {@link ClickHouseLocalConfig}, {@code -Docos.tools} for the engine library. Prints its URL as
 * the one line of its standard output when it serves; logs go to standard error.
 *
 * <p>SIGTERM and SIGINT stop it cleanly with exit code 0; so does the end of standard input when the environment has
 * {@code OCOS_PARENT_PIPE=1}. Wrong configuration, or data in use by another process: one line and exit code 2.
 */
public final class ClickHouseLocal implements Service {

    static {
        if (System.getProperty("log4j2.configurationFile") == null) {
            System.setProperty("log4j2.configurationFile", "log4j2-clickhouse.xml");
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(ClickHouseLocal.class);

    private final Engine engine;
    private final Endpoint endpoint;
    private final CompletableFuture<Void> terminated = new CompletableFuture<>();
    private boolean closed;

    private ClickHouseLocal(Engine engine, Endpoint endpoint) {
        this.engine = engine;
        this.endpoint = endpoint;
    }

    /**
     * Starts engine and endpoint.
     *
     * @throws ConfigException when the data directory or the port cannot be used
     */
    public static ClickHouseLocal start(ClickHouseLocalConfig config) {
        Engine engine = Engine.open(config);
        try {
            return new ClickHouseLocal(engine, Endpoint.start(engine, config));
        } catch (RuntimeException e) {
            engine.close();
            throw new ConfigException("port %d cannot be used: %s".formatted(config.port(), e.getMessage()), e);
        }
    }

    /** Where it serves. */
    public String url() {
        return "http://127.0.0.1:" + endpoint.port();
    }

    /** Never completes by itself. */
    @Override
    public CompletableFuture<Void> terminated() {
        return terminated;
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        endpoint.close();
        if (endpoint.isBusy()) {
            LOG.warn("a statement could not be ended; what was acknowledged is safe");
        } else {
            engine.close();
        }
        terminated.complete(null);
    }

    public static void main(String[] arguments) {
        AtomicReference<@Nullable ClickHouseLocal> started = new AtomicReference<>();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(started.get()), "stop"));
        if ("1".equals(System.getenv("OCOS_PARENT_PIPE"))) {
            Thread parent = new Thread(() -> awaitEndOfParent(started), "parent");
            parent.setDaemon(true);
            parent.start();
        }
        try {
            ClickHouseLocal service = start(config(arguments));
            started.set(service);
            System.out.println(service.url());
            LOG.info("serving {}", service.url());
        } catch (ConfigException | IllegalStateException | LinkageError e) {
            System.err.println("clickhouse: " + e.getMessage());
            exit(2);
        }
    }

    private static ClickHouseLocalConfig config(String[] arguments) {
        @Nullable Path file = null;
        Map<String, String> overrides = new LinkedHashMap<>();
        for (int i = 0; i < arguments.length; i += 2) {
            String value = i + 1 < arguments.length ? arguments[i + 1] : "";
            int equals = value.indexOf('=');
            if (arguments[i].equals("--config") && !value.isEmpty()) {
                file = Path.of(value);
            } else if (arguments[i].equals("--set") && equals > 0) {
                overrides.put(value.substring(0, equals), value.substring(equals + 1));
            } else {
                throw new ConfigException("argument is '%s %s', expected --config FILE or --set KEY=VALUE"
                        .formatted(arguments[i], value));
            }
        }
        return ConfigLoader.load(ClickHouseLocalConfig.class, file, overrides);
    }

    private static void awaitEndOfParent(AtomicReference<@Nullable ClickHouseLocal> started) {
        try {
            while (System.in.read() >= 0) {
                // only its end counts
            }
        } catch (IOException e) {
            LOG.info("standard input broke: {}", e.toString());
        }
        stop(started.get());
    }

    /** Ends the process; before it serves there is nothing to lose. */
    private static void stop(@Nullable ClickHouseLocal service) {
        int code = 0;
        try {
            if (service != null) {
                service.close();
            }
        } catch (RuntimeException e) {
            LOG.error("stopping failed", e);
            code = 1;
        }
        exit(code);
    }

    private static void exit(int code) {
        System.out.flush();
        System.err.flush();
        LibC.INSTANCE._exit(code);
    }
}
