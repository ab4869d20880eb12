package io.ocos.jobs.registry;

import io.ocos.jobs.flink.JobHaltedException;
import java.io.Serializable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** What the job asks of PostgreSQL beside the stream of changes. */
record ReplicationSlot(PostgresDatabase database, String name) implements Serializable {

    /** Below {@code deadlock_timeout} of PostgreSQL (1 s), so that it is never a writer that is ended. */
    private static final int LOCK_TIMEOUT_MILLIS = 300;

    private static final int PAUSE_MILLIS = 100;
    private static final Duration QUIET_BOUND = Duration.ofMinutes(5);
    private static final int READ_SECONDS = 30;

    private static final String LOCK_NOT_AVAILABLE = "55P03";
    private static final String DEADLOCK = "40P01";

    /** The exception of a job whose slot is gone. */
    JobHaltedException lost(String why) {
        return new JobHaltedException(
                ("replication slot '%s' of %s %s: changes since the last checkpoint may be lost. Read the tables anew: delete this job's"
                                + " checkpoints and start it (docs/operations/registry.md, \"The slot is lost\")")
                        .formatted(name, database.url(), why));
    }

    /**
     * Makes sure that the stream can go on.
     *
     * @throws JobHaltedException when the slot is not there, or the server has dropped what it should have kept
     * @throws SQLException when the server cannot be asked
     */
    void require() throws SQLException {
        try (Connection connection = database.connect(READ_SECONDS);
                PreparedStatement statement = connection.prepareStatement(
                        "SELECT wal_status FROM pg_replication_slots WHERE slot_name = ?")) {
            statement.setString(1, name);
            try (ResultSet slot = statement.executeQuery()) {
                if (!slot.next()) {
                    throw lost("does not exist any more");
                }
                if ("lost".equals(slot.getString(1))) {
                    throw lost(
                            "is invalid (wal_status 'lost': the job was away for longer than max_slot_wal_keep_size allows)");
                }
            }
        }
    }

    /** Before the tables are read anew: drops what an earlier life of the job has left and cannot be used. */
    void dropUnusable() throws SQLException {
        try (Connection connection = database.connect(READ_SECONDS);
                PreparedStatement statement = connection.prepareStatement("""
                        SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
                        WHERE NOT active AND (slot_name = ? AND wal_status = 'lost' OR slot_name ~ ?)""")) {
            statement.setString(1, name);
            statement.setString(2, "^" + name + "_[0-9]+$");
            statement.execute();
        }
    }

    /**
     * A position in the WAL that no transaction of the captured tables spans, less one: every change up to it is committed, every
     * later one is behind it. Flink CDC compares positions of changes, not of commits; at any other position it would take an
     * open transaction's changes for seen.
     */
    long quietPosition() throws SQLException, InterruptedException {
        Instant bound = Instant.now().plus(QUIET_BOUND);
        try (Connection connection = database.connect(READ_SECONDS)) {
            connection.setAutoCommit(false);
            while (true) {
                try (var statement = connection.createStatement()) {
                    statement.execute("SET LOCAL lock_timeout = " + LOCK_TIMEOUT_MILLIS);
                    try (ResultSet position =
                            statement.executeQuery("SELECT registry.quiet_position() - '0/0'::pg_lsn")) {
                        position.next();
                        // Records begin at multiples of 8: what begins at the position itself is later, too.
                        long quiet = position.getBigDecimal(1).longValueExact() - 1;
                        connection.commit();
                        return quiet;
                    }
                } catch (SQLException e) {
                    connection.rollback();
                    boolean busy = LOCK_NOT_AVAILABLE.equals(e.getSQLState()) || DEADLOCK.equals(e.getSQLState());
                    if (!busy || Instant.now().isAfter(bound)) {
                        throw e;
                    }
                    TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
                }
            }
        }
    }
}
