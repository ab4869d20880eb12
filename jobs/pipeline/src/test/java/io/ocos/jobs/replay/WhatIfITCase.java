package io.ocos.jobs.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.cli.CommandRun;
import io.ocos.jobs.reference.Reference;
import io.ocos.jobs.reference.ReferenceInput;
import io.ocos.jobs.reference.ReferenceOutput;
import io.ocos.jobs.reference.Vectors;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.HeldParameter;
import io.ocos.schemas.domain.Minutes;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Held parameters against the reference over a chain on which they had been voted so, and nothing else ever. */
class WhatIfITCase {

    @TempDir
    Path dir;

    @TestFactory
    Stream<DynamicTest> isWhatTheReferenceGivesForSuchAChain() {
        return Vectors.folders().stream()
                .map(folder ->
                        DynamicTest.dynamicTest(String.valueOf(folder.getFileName()), () -> isTheReference(folder)));
    }

    private void isTheReference(Path folder) throws Exception {
        Reference.Setup setup = Vectors.setup(folder);
        ReferenceInput input = ReferenceInput.read(folder);
        long first = input.chainEvents().stream()
                .mapToLong(WhatIfITCase::minute)
                .min()
                .orElseThrow();
        long middle = (first + Minutes.of(setup.untilMillis())) / 2;
        List<String> held = List.of(
                "cap.SIMULATION=1000000000000000",
                "rate.STORAGE@%d=1".formatted(first + 1),
                "reputation.floor@%d=0".formatted(middle),
                "stakePerUnit@%d=7000000000000000000".formatted(middle));
        Path out = dir.resolve("out-" + folder.getFileName());

        CommandRun run = CommandRun.of(Stream.concat(
                        Stream.of(
                                "replay",
                                "--in",
                                folder.toString(),
                                "--out",
                                out.toString(),
                                "--chain-id",
                                Long.toString(setup.chainId()),
                                "--registry",
                                setup.registry().toString(),
                                "--epoch-minutes",
                                Long.toString(setup.epochMinutes()),
                                "--until",
                                Long.toString(setup.untilMillis()),
                                "--skip-bad-lines"),
                        held.stream().flatMap(each -> Stream.of("--set", each)))
                .toArray(String[]::new));

        assertThat(run.err()).isEmpty();
        SortedMap<String, String> files = files(out);
        assertThat(files.remove("what-if")).isEmpty();
        String difference = files.remove("difference.csv");
        files.remove("rejected.jsonl");
        assertThat(files).isEqualTo(Vectors.expected(folder));
        ReferenceOutput expected = Reference.run(
                voted(input, held.stream().map(HeldParameter::parse).toList(), first), setup);
        SortedMap<String, String> whatIf = files(out.resolve("what-if"));
        whatIf.remove("rejected.jsonl");
        assertThat(whatIf).isEqualTo(expected.files());
        assertThat(difference).isEqualTo(difference(Reference.run(input, setup), expected));
        assertThat(run.out()).startsWith("what if: ").contains(" payees would have another amount; all together ");
    }

    /** A chain on which the parameters were set in just these minutes; others as they were. */
    private static ReferenceInput voted(ReferenceInput input, List<HeldParameter> held, long first) {
        List<ChainEvent> events = new ArrayList<>();
        for (ChainEvent event : input.chainEvents()) {
            boolean overruled = event.getName().equals("ParameterSet")
                    && held.stream()
                            .anyMatch(each -> each.key()
                                            .equals(Hash32.parse(Objects.requireNonNull(
                                                    event.getArgs().get("key"))))
                                    && each.fromMinute() <= minute(event));
            if (!overruled) {
                ChainEvent moved = ChainEvent.newBuilder(event).build();
                moved.setBlockNumber(2 * event.getBlockNumber() + 2);
                events.add(moved);
            }
        }
        long log = 0;
        for (HeldParameter each : held) {
            long minute = Math.max(first, each.fromMinute());
            long before = events.stream()
                    .filter(event -> minute(event) < minute && event.getBlockNumber() % 2 == 0)
                    .mapToLong(ChainEvent::getBlockNumber)
                    .max()
                    .orElse(0);
            ChainEvent set = ChainEvent.newBuilder(input.chainEvents().get(0)).build();
            set.setBlockNumber(before + 1);
            set.setBlockTime(minute * 60);
            set.setLogIndex(log++);
            set.setName("ParameterSet");
            set.setArgs(
                    Map.of("key", each.key().toString(), "value", each.value().toString()));
            events.add(set);
        }
        return new ReferenceInput(input.telemetry(), events, input.jobEvents());
    }

    private static String difference(ReferenceOutput as, ReferenceOutput whatIf) {
        SortedMap<Address, BigInteger> before = sums(as);
        SortedMap<Address, BigInteger> after = sums(whatIf);
        SortedMap<Address, String> lines = new TreeMap<>();
        Stream.concat(before.keySet().stream(), after.keySet().stream()).forEach(payee -> {
            BigInteger cumulative = before.getOrDefault(payee, BigInteger.ZERO);
            BigInteger other = after.getOrDefault(payee, BigInteger.ZERO);
            lines.put(payee, "%s,%d,%d,%d\n".formatted(payee, cumulative, other, other.subtract(cumulative)));
        });
        return "payee,cumulative,whatIfCumulative,difference\n" + String.join("", lines.values());
    }

    private static SortedMap<Address, BigInteger> sums(ReferenceOutput output) {
        SortedMap<Address, BigInteger> sums = new TreeMap<>();
        for (ReferenceOutput.RewardRow row : output.rewards()) {
            if (row.payee() != null && row.amount().signum() > 0) {
                sums.merge(row.payee(), row.amount(), BigInteger::add);
            }
        }
        return sums;
    }

    @Test
    void whatIsNoParameterIsOneLine() {
        assertThat(set("rate.GPU=1").err())
                .startsWith(
                        "ocos: --set: 'rate.GPU=1': unknown parameter 'rate.GPU', expected one of cap.AI, cap.EDGE, ")
                .endsWith(", stakePerUnit%n".formatted())
                .hasLineCount(1);
        assertThat(set("rate.AI"))
                .isEqualTo(new CommandRun(
                        2, "", "ocos: --set: 'rate.AI', expected key=value or key@minute=value%n".formatted()));
        assertThat(set("rate.AI@-1=5"))
                .isEqualTo(new CommandRun(
                        2,
                        "",
                        "ocos: --set: 'rate.AI@-1=5': minute '-1', expected a minute index, such as 29000000%n"
                                .formatted()));
        assertThat(set("rate.AI=-5").exitCode()).isEqualTo(2);
        assertThat(set("rate.AI=-5").err())
                .startsWith("ocos: --set: 'rate.AI=-5': value: ")
                .hasLineCount(1);
        assertThat(files(dir)).isEmpty();
    }

    private CommandRun set(String held) {
        return CommandRun.of(
                "replay",
                "--in",
                dir.toString(),
                "--out",
                dir.resolve("out").toString(),
                "--chain-id",
                "56",
                "--registry",
                Address.ZERO.toString(),
                "--epoch-minutes",
                "1",
                "--until",
                "1",
                "--set",
                held);
    }

    private static long minute(ChainEvent event) {
        return Minutes.effective(event.getBlockTime());
    }

    private static SortedMap<String, String> files(Path directory) {
        SortedMap<String, String> files = new TreeMap<>();
        try (Stream<Path> children = Files.list(directory)) {
            for (Path child : children.toList()) {
                files.put(String.valueOf(child.getFileName()), Files.isDirectory(child) ? "" : Files.readString(child));
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return files;
    }
}
