package io.ocos.jobs.stack;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.ocos.schemas.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What runs in a directory: {@code stack.json}, from which {@code status}, {@code query} and {@code stop} know it, and the next
 * run its ports.
 *
 * @param supervisorPid the process that holds all others
 * @param startedAtMillis when that process began, by the system's record of it
 * @param ports all ports by purpose, such as {@code gateway}; kept over runs
 * @param parts in the order in which they were started
 */
public record StackState(long supervisorPid, long startedAtMillis, Map<String, Integer> ports, List<PartState> parts) {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    public StackState {
        ports = ports == null ? Map.of() : new LinkedHashMap<>(ports);
        parts = parts == null ? List.of() : List.copyOf(parts);
    }

    /** Of this process. */
    static StackState ofThisProcess(Map<String, Integer> ports, List<PartState> parts) {
        ProcessHandle own = ProcessHandle.current();
        return new StackState(own.pid(), startedAt(own), ports, parts);
    }

    /**
     * What was last written; empty when there never was a stack.
     *
     * @throws ConfigException when the file cannot be read
     */
    public static Optional<StackState> read(StackDirectory directory) {
        if (!Files.exists(directory.stateFile())) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readValue(Files.readAllBytes(directory.stateFile()), StackState.class));
        } catch (IOException e) {
            throw new ConfigException("%s cannot be read: %s".formatted(directory.stateFile(), e.getMessage()), e);
        }
    }

    void write(StackDirectory directory) {
        try {
            StackDirectory.write(directory.stateFile(), JSON.writeValueAsBytes(this));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The supervisor, if it lives. */
    public Optional<ProcessHandle> supervisor() {
        return process(supervisorPid, startedAtMillis);
    }

    /** The URL of a part; empty when it has none. */
    public Optional<String> url(String part) {
        return parts.stream()
                .filter(state -> state.name().equals(part))
                .map(PartState::url)
                .filter(url -> !url.isEmpty())
                .findFirst();
    }

    /** The process of a pid, if it is the one that began then: pids are used again. */
    static Optional<ProcessHandle> process(long pid, long startedAtMillis) {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(process -> startedAt(process) == startedAtMillis);
    }

    /** When a process began, 0 when it is gone. */
    static long startedAt(ProcessHandle process) {
        return process.info()
                .startInstant()
                .map(java.time.Instant::toEpochMilli)
                .orElse(0L);
    }
}
