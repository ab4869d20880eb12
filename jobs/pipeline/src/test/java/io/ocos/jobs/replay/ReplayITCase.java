package io.ocos.jobs.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.jobs.reference.Reference;
import io.ocos.jobs.reference.Vectors;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class ReplayITCase {

    private static final long MINUTE_START = 29_000_000L * 60_000;

    private static final String BLOCK = """
            {"blockNumber":%d,"blockHash":"0x%064x","blockTime":%d,"transactionHash":"0x%064x","logIndex":%d,\
            "contract":"0x00000000000000000000000000000000000000aa","name":"%s","args":{%s}}""";

    @TempDir
    Path dir;

    @TestFactory
    Stream<DynamicTest> writesWhatTheVectorsExpect() {
        return Vectors.folders().stream().flatMap(folder -> Stream.of(1, 2, 4)
                .map(parallelism -> DynamicTest.dynamicTest(
                        "%s %d".formatted(folder.getFileName(), parallelism), () -> vector(folder, parallelism))));
    }

    private void vector(Path folder, int parallelism) throws Exception {
        Path in = Files.createDirectories(dir.resolve("in-" + folder.getFileName() + parallelism));
        Random random = new Random(parallelism);
        for (InputFile file : InputFile.values()) {
            List<String> lines = Files.readAllLines(folder.resolve(file.fileName()));
            List<String> mixed = new ArrayList<>(lines);
            lines.stream().filter(line -> random.nextInt(4) == 0).forEach(mixed::add);
            Collections.shuffle(mixed, random);
            Files.write(in.resolve(file.fileName()), mixed);
        }
        Reference.Setup setup = Vectors.setup(folder);
        Path out = dir.resolve("out-" + folder.getFileName() + parallelism);
        AtomicLong read = new AtomicLong();

        Replay.run(
                JsonLinesInput.in(in),
                new ReplaySettings(
                        out,
                        setup.chainId(),
                        setup.registry(),
                        setup.epochMinutes(),
                        setup.untilMillis(),
                        true,
                        false,
                        parallelism),
                read::set);

        assertThat(files(out)).isEqualTo(Vectors.expected(folder));
    }

    @Test
    void missingFilesAreEmptyInputs() throws Exception {
        Path in = Files.createDirectory(dir.resolve("in"));

        replay(in, dir.resolve("out"), MINUTE_START, false);

        assertThat(files(dir.resolve("out")))
                .containsOnlyKeys("node-minutes.csv", "reputation.csv", "rewards.csv", "batches.csv")
                .containsEntry("batches.csv", "number,epoch,root,cumulativeTotal,delta,payees,cid\n");
        assertThat(children()).containsExactlyInAnyOrder("in", "out");
    }

    @Test
    void anUnreadableLineIsNamedAndNothingIsWritten() throws Exception {
        Path in = Files.createDirectory(dir.resolve("in"));
        Files.writeString(
                in.resolve("chain-events.jsonl"), finalized(1, MINUTE_START / 1_000, 1) + "\n{\"blockNumber\":-1}\n");

        assertThatThrownBy(() -> replay(in, dir.resolve("out"), MINUTE_START + 600_000, false))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("chain-events.jsonl: line 2: field 'name' is null");
        assertThat(children()).containsExactly("in");
    }

    @Test
    void unreadableLinesAreKeptInTheOrderOfFilesAndLines() throws Exception {
        Path in = Files.createDirectory(dir.resolve("in"));
        byte[] notUtf8 = {'\n', (byte) 0xff, '\n'};
        Files.write(in.resolve("job-events.jsonl"), "last".getBytes(StandardCharsets.UTF_8));
        Files.writeString(in.resolve("chain-events.jsonl"), "[]\n" + finalized(1, MINUTE_START / 1_000, 1) + "\n\n");
        Files.write(in.resolve("telemetry.jsonl"), notUtf8);

        replay(in, dir.resolve("out"), MINUTE_START + 600_000, true);

        assertThat(Files.readAllBytes(dir.resolve("out").resolve("rejected.jsonl")))
                .isEqualTo(new byte[] {'\n', (byte) 0xff, '\n', '[', ']', '\n', '\n', 'l', 'a', 's', 't', '\n'});
    }

    @Test
    void noFileOfRejectsWithoutAny() throws Exception {
        Path in = Files.createDirectory(dir.resolve("in"));

        replay(in, dir.resolve("out"), MINUTE_START, true);

        assertThat(dir.resolve("out").resolve("rejected.jsonl")).doesNotExist();
    }

    @Test
    void conflictingEventsEndIt() throws Exception {
        Path in = Files.createDirectory(dir.resolve("in"));
        Files.writeString(
                in.resolve("chain-events.jsonl"),
                finalized(7, MINUTE_START / 1_000, 1) + "\n" + finalized(7, MINUTE_START / 1_000, 2) + "\n");

        assertThatThrownBy(() -> replay(in, dir.resolve("out"), MINUTE_START + 600_000, false))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("block 7, log -1 is there twice with different content");
        assertThat(children()).containsExactly("in");
    }

    @Test
    void rulesThatAreNotKnownEndIt() throws Exception {
        Path in = Files.createDirectory(dir.resolve("in"));
        String args = "\"key\":\"0x%s\",\"value\":\"2\"".formatted("72756c65732e76657273696f6e" + "0".repeat(38));
        Files.writeString(
                in.resolve("chain-events.jsonl"),
                BLOCK.formatted(1, 1, MINUTE_START / 1_000 + 60, 1, 0, "ParameterSet", args)
                        + "\n"
                        + finalized(1, MINUTE_START / 1_000, 1).replace("\"blockNumber\":1", "\"blockNumber\":0"));

        replay(in, dir.resolve("before"), MINUTE_START + 60_000, false);
        assertThatThrownBy(() -> replay(in, dir.resolve("out"), MINUTE_START + 120_000, false))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("minute 29000001 asks for rules.version 2");
        assertThat(children()).containsExactlyInAnyOrder("in", "before");
    }

    @Test
    void anEndBeforeTheFirstEventIsSaid() throws Exception {
        Path in = Files.createDirectory(dir.resolve("in"));
        Files.writeString(in.resolve("chain-events.jsonl"), finalized(1, MINUTE_START / 1_000, 1));

        assertThatThrownBy(() -> replay(in, dir.resolve("out"), MINUTE_START - 1, false))
                .isInstanceOf(ConfigException.class)
                .hasMessage("--until 1739999999999 is before the first chain event, which is of second 1740000000: "
                        + "expected at least 1740000000000");
        assertThat(children()).containsExactly("in");
        replay(in, dir.resolve("out"), MINUTE_START, false);
        assertThat(dir.resolve("out/rewards.csv")).hasContent("minute,kind,node,job,payee,amount,reason");
    }

    @Test
    void directoriesMustBeThereAndFree() throws Exception {
        assertThatThrownBy(() -> replay(dir.resolve("nowhere"), dir.resolve("out"), MINUTE_START, false))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("nowhere: no such directory");
        Path full = Files.createDirectory(dir.resolve("full"));
        Files.writeString(full.resolve("rewards.csv"), "mine");
        assertThatThrownBy(() -> replay(dir, full, MINUTE_START, false))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("is not empty");
        assertThat(files(full)).containsOnlyKeys("rewards.csv");
    }

    /** Ranges cut lines in two; each line is read once and is known by its number. */
    @Test
    void rangesHoldEachLineOnce() throws Exception {
        Path file = dir.resolve("lines");
        Files.writeString(file, "a\n\nccc\ndd");
        for (long cut = 0; cut <= 9; cut++) {
            List<String> lines = new ArrayList<>();
            for (LineRange range :
                    List.of(new LineRange(file.toString(), 0, cut), new LineRange(file.toString(), cut, 9))) {
                Lines.read(
                        range,
                        (offset, bytes) -> lines.add(
                                Lines.number(file.toString(), offset) + new String(bytes, StandardCharsets.UTF_8)));
            }
            assertThat(lines).as("cut at %d", cut).containsExactly("1a", "2", "3ccc", "4dd");
        }
    }

    private static void replay(Path in, Path out, long untilMillis, boolean skip) {
        Replay.run(
                JsonLinesInput.in(in),
                new ReplaySettings(out, 56, Address.ZERO, 60, untilMillis, true, skip, 1),
                bytes -> {});
    }

    private static String finalized(long block, long timeSeconds, long hash) {
        return BLOCK.formatted(block, hash, timeSeconds, 0, -1, "BlockFinalized", "");
    }

    private List<String> children() throws IOException {
        return List.copyOf(files(dir).keySet());
    }

    private static SortedMap<String, String> files(Path directory) throws IOException {
        SortedMap<String, String> files = new TreeMap<>();
        try (Stream<Path> children = Files.list(directory)) {
            for (Path child : children.toList()) {
                files.put(child.getFileName().toString(), Files.isDirectory(child) ? "" : Files.readString(child));
            }
        }
        return files;
    }
}
