package io.ocos.ingest.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SequenceFileTest {

    private static final Address NODE = Address.parse("0x00000000000000000000000000000000000000aa");
    private static final Address OTHER = Address.parse("0x00000000000000000000000000000000000000bb");
    private static final int LINE = 72;

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void name() {
        file = directory.resolve("sequence");
    }

    @Test
    void countsFromTheFirstAndGoesOnAfterARestart() {
        try (SequenceFile sequence = open()) {
            assertThat(sequence.reserve()).isEqualTo(100);
            assertThat(sequence.reserve()).isEqualTo(101);
        }
        try (SequenceFile sequence = open()) {
            assertThat(sequence.last()).isEqualTo(101);
            assertThat(sequence.reserve()).isEqualTo(102);
        }
    }

    @Test
    void numberIsInTheFileBeforeItIsGivenOut() throws IOException {
        try (SequenceFile sequence = open()) {
            for (int i = 0; i < 5; i++) {
                long given = sequence.reserve();
                // As a process would find it that was started after a kill just now.
                Path copy = Files.createTempDirectory(directory, "killed");
                Files.copy(file, copy.resolve("sequence"));
                try (SequenceFile again = SequenceFile.open(copy, NODE, 1)) {
                    assertThat(again.reserve()).isGreaterThan(given);
                }
            }
        }
    }

    @Test
    void lineThatWasBeingWrittenNeverLetsANumberOutTwice() throws IOException {
        for (int reserved = 1; reserved <= 4; reserved++) {
            Files.deleteIfExists(file);
            long last = 0;
            try (SequenceFile sequence = open()) {
                for (int i = 0; i < reserved; i++) {
                    last = sequence.reserve();
                }
            }
            byte[] good = Files.readAllBytes(file);
            assertThat(good).hasSize(2 * LINE);
            for (int at = 0; at < good.length; at++) {
                byte[] torn = good.clone();
                torn[at] ^= 1;
                Files.write(file, torn);
                try (SequenceFile again = open()) {
                    assertThat(again.reserve())
                            .as("%d reserved, byte %d", reserved, at)
                            .isGreaterThan(last)
                            .isLessThanOrEqualTo(last + 2);
                }
            }
        }
    }

    @Test
    void corruptFileIsAClearErrorAndIsLeftAsItIs() throws IOException {
        for (byte[] content :
                new byte[][] {{}, "x".repeat(2 * LINE).getBytes(StandardCharsets.US_ASCII), new byte[LINE]}) {
            Files.write(file, content);
            assertThatThrownBy(this::open)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining("corrupt")
                    .hasMessageContaining("docs/operations/agent.md");
            assertThat(file).hasBinaryContent(content);
        }
    }

    @Test
    void anotherNodesFileIsRefused() {
        open().close();
        assertThatThrownBy(() -> SequenceFile.open(directory, OTHER, 1))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(NODE.toString())
                .hasMessageContaining(OTHER.toString());
    }

    private SequenceFile open() {
        return SequenceFile.open(directory, NODE, 100);
    }
}
