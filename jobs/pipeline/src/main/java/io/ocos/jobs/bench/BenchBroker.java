package io.ocos.jobs.bench;

import io.ocos.jobs.stack.Installation;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The local stack's broker, for one benchmark: on a free port, in a process of its own that ends with this one. */
public final class BenchBroker implements AutoCloseable {

    private static final String READY = "kafka ready at ";

    private final Process process;
    private final String bootstrap;

    private BenchBroker(Process process, String bootstrap) {
        this.process = process;
        this.bootstrap = bootstrap;
    }

    /**
     * Starts a broker and waits until it serves.
     *
     * @param dataDir its data and log
     * @throws IOException when it does not come up
     */
    public static BenchBroker start(Installation installation, Path dataDir) throws IOException {
        Files.createDirectories(dataDir);
        Path log = dataDir.resolve("broker.log");
        List<String> command = installation.kafka(List.of("-Xmx384m"), dataDir, 0);
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
        builder.environment().put("OCOS_PARENT_PIPE", "1");
        Process process = builder.start();
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(READY)) {
                return new BenchBroker(process, line.substring(READY.length()));
            }
        }
        throw new IOException("the broker did not start; its log:%n%s".formatted(Files.readString(log)));
    }

    /** What clients take as {@code bootstrap.servers}. */
    public String bootstrap() {
        return bootstrap;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(15, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
