package io.ocos.jobs.clickhouse;

import com.sun.jna.Library;
import com.sun.jna.Native;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.io.Tools;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ClickHouse engine in this process: one per process and data directory. Bounded by explicit settings; a file lock
 * keeps a second process off the same data.
 */
final class Engine implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
    private static final String LIBRARY = "@chdb/lib-linux-x64-gnu/libchdb.so";

    private final Chdb chdb;
    private final FileChannel lock;
    private final List<String> arguments;
    /** Keeps the engine up: it ends with its last connection. */
    private final EngineConnection root;

    private Engine(Chdb chdb, FileChannel lock, List<String> arguments, EngineConnection root) {
        this.chdb = chdb;
        this.lock = lock;
        this.arguments = arguments;
        this.root = root;
    }

    /**
     * Starts the engine.
     *
     * @throws ConfigException when the data directory cannot be used, or another process has it
     */
    static Engine open(ClickHouseLocalConfig config) {
        Path dataDir = config.dataDir().toAbsolutePath();
        FileChannel lock = lock(dataDir);
        // Instants look the same wherever this runs; read once, when the library is loaded.
        LibC.INSTANCE.setenv("TZ", "UTC", 1);
        Chdb chdb = Native.load(
                Tools.file(LIBRARY).toString(), Chdb.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));
        chdb.chdb_set_signal_handlers_enabled(0);
        long maxMemoryBytes = config.maxMemoryMegabytes() * 1_048_576L;
        List<String> engineArguments = List.of(
                "clickhouse",
                "--path=" + dataDir,
                "--max_server_memory_usage=" + maxMemoryBytes,
                "--mark_cache_size=33554432",
                "--index_mark_cache_size=8388608",
                "--uncompressed_cache_size=0",
                "--index_uncompressed_cache_size=0",
                "--mmap_cache_size=100",
                "--compiled_expression_cache_size=8388608");
        List<String> statementArguments = List.of(
                "--max_memory_usage=" + maxMemoryBytes * 2 / 3,
                "--max_threads=" + config.maxThreads(),
                "--max_insert_threads=1",
                // As on a server: no "1+1" for "SELECT 1+1", no looking into the engine's own memory.
                "--implicit_select=0",
                "--allow_introspection_functions=0");
        List<String> all = new ArrayList<>(engineArguments);
        all.addAll(statementArguments);
        EngineConnection root = EngineConnection.open(chdb, all);
        LOG.info("engine started on {}", dataDir);
        return new Engine(chdb, lock, all, root);
    }

    private static FileChannel lock(Path dataDir) {
        try {
            Files.createDirectories(dataDir);
            FileChannel channel = FileChannel.open(
                    dataDir.resolve("endpoint.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return channel;
                }
            } catch (OverlappingFileLockException e) {
                LOG.debug("locked by this process", e);
            }
            channel.close();
        } catch (IOException e) {
            throw new ConfigException("dataDir %s cannot be used: %s".formatted(dataDir, e), e);
        }
        throw new ConfigException("dataDir %s is in use by another ClickHouse endpoint".formatted(dataDir));
    }

    /**
     * A connection of its own for one request: what is set on it ends with it.
     *
     * @param comment recorded with every statement, by which {@link #cancel} finds it; null for none
     */
    EngineConnection connect(@Nullable String comment) {
        if (comment == null) {
            return EngineConnection.open(chdb, arguments);
        }
        List<String> all = new ArrayList<>(arguments);
        all.add("--log_comment=" + comment);
        return EngineConnection.open(chdb, all);
    }

    /** Asks the engine to stop the statements of the connections with this comment; they end with an error soon. */
    void cancel(String comment) throws EngineException {
        try (EngineConnection connection = connect(null)) {
            connection
                    .execute(
                            "KILL QUERY WHERE Settings['log_comment'] = {comment:String} ASYNC",
                            "Null",
                            Map.of("comment", comment))
                    .close();
        }
    }

    /** Ends the engine. Every connection must be closed. */
    @Override
    public void close() {
        root.close();
        // It reports 1 where MergeTree tables exist, since background pools stay; their work is safe to cut.
        LOG.info("engine stopped ({})", chdb.chdb_shutdown());
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("unlocking failed", e);
        }
    }
}
