package io.ocos.jobs.registry;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts up the heartbeat's row in a thread of its own. Without it a slot of quiet tables would keep the WAL of everything else in the
 * server. A failure is no failure of the job: the stream finds out itself when the server is away.
 */
final class HeartbeatWriter implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HeartbeatWriter.class);
    private static final int READ_SECONDS = 10;

    private final PostgresDatabase database;
    private final Runnable onFailure;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "registry-heartbeat");
        thread.setDaemon(true);
        return thread;
    });
    private @Nullable Connection connection;
    private boolean failing;

    private HeartbeatWriter(PostgresDatabase database, Runnable onFailure) {
        this.database = database;
        this.onFailure = onFailure;
    }

    static HeartbeatWriter start(PostgresDatabase database, long intervalMillis, Runnable onFailure) {
        HeartbeatWriter writer = new HeartbeatWriter(database, onFailure);
        var unused = writer.clock.scheduleWithFixedDelay(writer::beat, 0, intervalMillis, TimeUnit.MILLISECONDS);
        return writer;
    }

    @Override
    public void close() {
        if (!clock.isShutdown()) {
            clock.execute(this::disconnect);
            clock.shutdown();
        }
    }

    private void beat() {
        try {
            if (connection == null) {
                connection = database.connect(READ_SECONDS);
            }
            try (Statement statement = connection.createStatement()) {
                statement.execute("SELECT registry.beat()");
            }
            failing = false;
        } catch (SQLException e) {
            onFailure.run();
            if (!failing) {
                LOG.warn("no heartbeat in {}, tried again: {}", database.url(), e.getMessage());
            }
            failing = true;
            disconnect();
        }
    }

    private void disconnect() {
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException e) {
                LOG.debug("a connection was not closed cleanly", e);
            }
            connection = null;
        }
    }
}
