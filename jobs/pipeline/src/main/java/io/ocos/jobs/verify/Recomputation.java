package io.ocos.jobs.verify;

import io.ocos.jobs.archive.ArchiveException;
import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.replay.ArchivedInput;
import io.ocos.jobs.replay.Replay;
import io.ocos.jobs.replay.ReplaySettings;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.BatchLines;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.domain.TokenAmount;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.apache.flink.util.FileUtils;

/**
 * Everything up to the end of an epoch, computed again from an archive by the operators of the jobs ({@link Replay}); kept in
 * a temporary directory until it is closed.
 */
public final class Recomputation implements AutoCloseable {

    /**
     * What signatures are checked under, and how it is run.
     *
     * @param chainId EIP-155 chain id under which nodes sign, at least 1
     * @param registry NodeRegistry contract under which nodes sign
     * @param parallelism subtasks of each operator, at least 1
     */
    public record Setup(long chainId, Address registry, int parallelism) {

        public Setup {
            if (chainId < 1) {
                throw new ConfigException("chain id %d, expected at least 1".formatted(chainId));
            }
        }
    }

    /**
     * A batch as it came out.
     *
     * @param root Merkle root
     * @param total Σ cumulative, wei
     * @param delta rise of the total since the batch before, wei
     * @param payees number of leaves
     * @param cid of the artifact
     */
    public record Row(
            long number, long epoch, Hash32 root, TokenAmount total, TokenAmount delta, long payees, String cid) {

        private static Row of(String line) {
            String[] fields = line.split(",", -1);
            return new Row(
                    Long.parseLong(fields[0]),
                    Long.parseLong(fields[1]),
                    Hash32.parse(fields[2]),
                    TokenAmount.parse(fields[3]),
                    TokenAmount.parse(fields[4]),
                    Long.parseLong(fields[5]),
                    fields[6]);
        }
    }

    private static final String OUTPUT = "out";

    private final Path directory;

    private Recomputation(Path directory) {
        this.directory = directory;
    }

    /**
     * Computes all minutes and batches up to the end of an epoch, from the archive's first record.
     *
     * @param archive reaches to this epoch at least
     * @throws ArchiveException when the archive cannot be read, does not reach the epoch, or is not what its manifests say
     * @throws ConfigException when its records contradict each other
     */
    public static Recomputation of(ArchiveInput archive, long epoch, Setup setup, LongConsumer progress) {
        ArchiveInput inputs = archive.upTo(epoch);
        Path directory;
        try {
            directory = Files.createTempDirectory("ocos-recomputation-");
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary directory can be made", e);
        }
        Recomputation recomputation = new Recomputation(directory);
        boolean whole = false;
        try {
            Replay.run(
                    new ArchivedInput(inputs),
                    new ReplaySettings(
                            recomputation.output(),
                            setup.chainId(),
                            setup.registry(),
                            archive.epochMinutes(),
                            Minutes.startMillis((epoch + 1) * archive.epochMinutes()),
                            true,
                            false,
                            setup.parallelism()),
                    progress);
            whole = true;
            return recomputation;
        } catch (ConfigException e) {
            throw ArchiveException.in(e).map(RuntimeException.class::cast).orElse(e);
        } finally {
            if (!whole) {
                recomputation.close();
            }
        }
    }

    /** A batch; empty when there is none of this number. */
    public Optional<Row> batch(long number) {
        try (Stream<String> lines = Files.lines(output().resolve("batches.csv"))) {
            return lines.skip(1)
                    .filter(line -> line.startsWith(number + ","))
                    .findFirst()
                    .map(Row::of);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The leaves of a batch. */
    public BatchLines lines(long number) {
        try (InputStream in =
                new BufferedInputStream(Files.newInputStream(output().resolve("batch-%d.csv".formatted(number))))) {
            return Batch.readArtifact(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The lines of {@code rewards.csv} (SPEC 13), without header. */
    public void forEachReward(Consumer<String> out) {
        try (Stream<String> lines = Files.lines(output().resolve("rewards.csv"))) {
            lines.skip(1).forEach(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code node-minutes.csv} (SPEC 13), after its header; to be closed. */
    public BufferedReader nodeMinutes() throws IOException {
        BufferedReader lines = Files.newBufferedReader(output().resolve("node-minutes.csv"));
        lines.readLine();
        return lines;
    }

    private Path output() {
        return directory.resolve(OUTPUT);
    }

    @Override
    public void close() {
        try {
            FileUtils.deleteDirectory(directory.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException("%s cannot be deleted".formatted(directory), e);
        }
    }
}
