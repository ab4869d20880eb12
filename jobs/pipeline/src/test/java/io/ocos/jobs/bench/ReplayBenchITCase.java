package io.ocos.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.bench.ReplayBench.Options;
import io.ocos.jobs.bench.ReplayBench.Result;
import io.ocos.schemas.config.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayBenchITCase {

    @Test
    void replaysWhatItGenerated(@TempDir Path directory) throws Exception {
        ReplayBench bench = new ReplayBench(directory.resolve("archive"), new Options(5, 60, 1));
        bench.generate(minute -> {});
        List<String> replay = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                "io.ocos.jobs.cli.Ocos",
                "replay");

        Result result = bench.run(replay, directory.resolve("out"));

        assertThat(ArchiveInput.open(directory.resolve("archive").toString())
                        .newest()
                        .epoch())
                .isEqualTo(483_334);
        assertThat(result.envelopes()).isBetween(1_700L, 1_806L);
        assertThat(Files.readAllLines(directory.resolve("out").resolve("node-minutes.csv")))
                .hasSize(1 + 5 * 60)
                .anyMatch(line -> line.endsWith(",6"));
        assertThat(result.ratio())
                .isEqualTo((double) result.replayCpu().toNanos()
                        / result.recoverCpu().toNanos());
    }

    @Test
    void optionsOutOfRangeAreNamed() {
        assertThatThrownBy(() -> new Options(0, 60, 1))
                .isInstanceOf(ConfigException.class)
                .hasMessage(
                        "--nodes 0 --minutes 60 --parallelism 1, expected at least 1, a multiple of 60, at least 1");
        assertThatThrownBy(() -> new Options(1, 61, 1)).isInstanceOf(ConfigException.class);
    }
}
