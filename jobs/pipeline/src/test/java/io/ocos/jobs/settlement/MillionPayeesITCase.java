package io.ocos.jobs.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("full")
class MillionPayeesITCase {

    @TempDir
    Path dir;

    @Test
    void fitIntoAHeapOfOneGibibyte() throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx1g", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-"))
                .forEach(command::add);
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), MillionPayees.class.getName(), dir.toString()));
        Path out = dir.resolve("out");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(dir.resolve("err").toFile())
                .start();
        int exit;
        try {
            exit = process.waitFor();
        } finally {
            process.destroyForcibly();
        }
        assertThat(exit).as(Files.readString(dir.resolve("err"))).isZero();
        String[] line = Files.readString(out).trim().split(" ", -1);
        assertThat(List.of(line).subList(0, 4)).containsExactly("2", "1000000", "1000000", "proven");
        assertThat(Integer.parseInt(line[4])).as("checkpoints").isPositive();
    }
}
