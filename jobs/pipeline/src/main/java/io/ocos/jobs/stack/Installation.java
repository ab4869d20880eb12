package io.ocos.jobs.stack;

import io.ocos.schemas.config.ConfigException;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The built software: how each part's JVM is started. Broker and ClickHouse endpoint have class paths of their own (their
 * libraries are of other versions).
 *
 * @param home root of the clone, absolute
 */
public record Installation(Path home) {

    /** Options of every JVM of the stack: few threads, little memory, ended when memory is short, for the supervisor to restart. */
    private static final List<String> COMMON = List.of(
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-Xshare:auto",
            "-XX:-UsePerfData",
            "-Dfile.encoding=UTF-8");

    /** As the launcher says it ({@code ocos.home}). */
    public static Installation ofThisProcess() {
        String home = System.getProperty("ocos.home");
        if (home == null) {
            throw new ConfigException("-Docos.home is not set, expected the root of the clone; use ./ocos");
        }
        Installation installation = new Installation(Path.of(home).toAbsolutePath());
        installation.jar("pipeline", "ocos.jar");
        return installation;
    }

    /**
     * A command of ours in a JVM of its own.
     *
     * @param options of the JVM
     * @param arguments the command and its arguments
     */
    public List<String> ocos(List<String> options, List<String> arguments) {
        List<String> command = java(options);
        command.addAll(List.of(
                "-XX:SharedArchiveFile=" + home.resolve("target/ocos.jsa"), "-Xlog:cds=off", "-Xlog:cds+dynamic=off"));
        command.addAll(List.of("-jar", jar("pipeline", "ocos.jar").toString()));
        command.addAll(arguments);
        return command;
    }

    /** The same command, which gets the processor when nothing else wants it. */
    static List<String> behindOthers(List<String> command) {
        List<String> behind = new ArrayList<>(List.of("nice", "-n", "10"));
        behind.addAll(command);
        return behind;
    }

    /** The options of a JVM that replays, as the launcher gives them. */
    public List<String> replayOptions() {
        return List.of("@" + home.resolve("jobs/pipeline/replay.jvm"));
    }

    /** The broker. */
    public List<String> kafka(List<String> options, Path dataDir, int port) {
        List<String> command = java(options);
        command.addAll(List.of(
                "-cp",
                classPath("kafka-local"),
                "io.ocos.jobs.kafka.KafkaLocal",
                dataDir.toString(),
                Integer.toString(port)));
        return command;
    }

    /** The ClickHouse endpoint. */
    List<String> clickHouse(List<String> options, List<String> arguments) {
        List<String> command = java(options);
        command.addAll(List.of("-cp", classPath("clickhouse-local"), "io.ocos.jobs.clickhouse.ClickHouseLocal"));
        command.addAll(arguments);
        return command;
    }

    private List<String> java(List<String> options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(COMMON);
        command.add("-Docos.home=" + home);
        command.add("-Docos.tools="
                + System.getProperty("ocos.tools", home.resolve("target/tools").toString()));
        return command;
    }

    private String classPath(String module) {
        Path jar = jar(module, module + ".jar");
        return jar + File.pathSeparator + jar.resolveSibling("lib") + File.separator + "*";
    }

    private Path jar(String module, String name) {
        Path jar = home.resolve("jobs").resolve(module).resolve("target").resolve(name);
        if (!Files.isRegularFile(jar)) {
            throw new ConfigException("%s is missing: build with `mvn package` in %s".formatted(jar, home));
        }
        return jar;
    }
}
