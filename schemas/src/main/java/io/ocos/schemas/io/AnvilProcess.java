package io.ocos.schemas.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A local EVM chain: anvil in a process of its own, on a free loopback port, with flags that resemble BNB Smart Chain. */
public final class AnvilProcess implements AutoCloseable {

    /** The chain id that the local chain says it has: BNB Smart Chain's. */
    public static final long CHAIN_ID = 56;

    private static final Pattern LISTENING = Pattern.compile("Listening on 127\\.0\\.0\\.1:(\\d+)");
    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);

    private final Process process;
    private final URI rpcUrl;

    private AnvilProcess(Process process, URI rpcUrl) {
        this.process = process;
        this.rpcUrl = rpcUrl;
    }

    /**
     * The command line of a chain, which ends when the standard input that its starter gave it does.
     *
     * @param port on 127.0.0.1; 0 for a free one
     * @param options more anvil options, such as {@code --timestamp}
     */
    public static List<String> command(int port, List<String> options) {
        List<String> command = new ArrayList<>(List.of(
                Tools.file("@foundry-rs/anvil-linux-amd64/bin/anvil").toString(),
                "--host",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--chain-id",
                Long.toString(CHAIN_ID),
                "--block-base-fee-per-gas",
                "0",
                "--disable-min-priority-fee",
                "--slots-in-an-epoch",
                "1"));
        command.addAll(options);
        return ChildProgram.endingWithStarter("anvil", command);
    }

    /**
     * Starts a chain and waits until it listens.
     *
     * @param log file that takes its output; overwritten
     * @param options more anvil options, such as {@code --timestamp}
     * @throws IllegalStateException when it ended or did not listen within 30 s
     */
    public static AnvilProcess start(Path log, List<String> options) {
        try {
            Files.deleteIfExists(log);
            Process process = new ProcessBuilder(command(0, options))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            return new AnvilProcess(process, URI.create("http://127.0.0.1:" + awaitPort(process, log)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int awaitPort(Process process, Path log) throws IOException {
        Instant deadline = Instant.now().plus(START_TIMEOUT);
        while (process.isAlive() && Instant.now().isBefore(deadline)) {
            Matcher matcher = LISTENING.matcher(Files.readString(log));
            if (matcher.find()) {
                return Integer.parseInt(matcher.group(1));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        process.destroyForcibly();
        throw new IllegalStateException(
                "anvil did not start within %s; its output:%n%s".formatted(START_TIMEOUT, Files.readString(log)));
    }

    /** Where it answers JSON-RPC. */
    public URI rpcUrl() {
        return rpcUrl;
    }

    /** Ends it; its chain is gone. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
