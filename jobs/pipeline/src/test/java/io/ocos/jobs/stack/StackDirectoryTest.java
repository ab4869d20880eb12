package io.ocos.jobs.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.schemas.config.ConfigException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept in a stack's directory, and what of it the next run takes up. */
class StackDirectoryTest {

    @TempDir
    private Path root;

    @Test
    void oneSupervisorAtATime() {
        StackDirectory directory = StackDirectory.of(root);
        assertThat(directory.isLocked()).isFalse();
        try (StackDirectory.Lock held = directory.lock()) {
            assertThat(held).isNotNull();
            assertThat(directory.isLocked()).isTrue();
            assertThatThrownBy(directory::lock)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("a stack runs in " + root)
                    .hasMessageContaining("./ocos stop");
        }
        assertThat(directory.isLocked()).isFalse();
        directory.lock().close();
    }

    @Test
    void portsAreKeptUnlessTaken() throws IOException {
        Map<String, Integer> first = Ports.choose(List.of("gateway", "one", "two"), Map.of());
        assertThat(Set.copyOf(first.values())).hasSize(3);
        assertThat(first.get("one")).isBetween(20_000, 31_999);
        assertThat(Ports.choose(List.of("gateway", "one", "two"), first)).isEqualTo(first);

        try (ServerSocket taken = new ServerSocket(first.getOrDefault("one", 0), 1, InetAddress.getLoopbackAddress())) {
            Map<String, Integer> second = Ports.choose(List.of("gateway", "one", "two"), first);
            assertThat(second).containsEntry("gateway", first.get("gateway")).containsEntry("two", first.get("two"));
            assertThat(second.get("one")).isNotEqualTo(taken.getLocalPort()).isNotIn(first.values());
        }
    }

    @Test
    void aRunWithOtherOptionsIsRefusedAndNamesThem() {
        StackDirectory directory = StackDirectory.of(root);
        StackSetup made = new StackSetup(200, 60, 1, null, null, true);
        made.requireSame(new StackOptions(true, null, null, null, null, null), directory);
        made.requireSame(new StackOptions(true, 200, 60, 5, null, null), directory);
        assertThatThrownBy(() -> made.requireSame(new StackOptions(true, 300, null, null, null, null), directory))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--nodes 300")
                .hasMessageContaining("was made with 200");
        assertThatThrownBy(() -> made.requireSame(new StackOptions(true, null, null, null, "/x.csv", null), directory))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--nodes-csv /x.csv")
                .hasMessageContaining("was made with none");
    }

    @Test
    void optionsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> new StackOptions(true, 0, null, null, null, null))
                .isInstanceOf(ConfigException.class)
                .hasMessage("--nodes 0, expected 1 … 100000");
        assertThatThrownBy(() -> new StackOptions(true, null, 1_441, null, null, null))
                .isInstanceOf(ConfigException.class)
                .hasMessage("--history 1441, expected 0 … 1440");
        assertThatThrownBy(() -> new StackOptions(true, null, null, 0, null, null))
                .isInstanceOf(ConfigException.class)
                .hasMessage("--exit-after 0, expected 1 … 1000000");
    }

    @Test
    void stateAndSetupAreReadBackAsWritten() {
        StackDirectory directory = StackDirectory.of(root);
        assertThat(StackState.read(directory)).isEmpty();
        PartState part = new PartState(
                "gateway", PartState.State.UP, 17, 99, Map.of("http", 8080), "http://127.0.0.1:8080", 2, "", "x.log");
        StackState state = StackState.ofThisProcess(Map.of("gateway", 8080), List.of(part));
        state.write(directory);
        assertThat(StackState.read(directory)).contains(state);
        assertThat(state.supervisor()).contains(ProcessHandle.current());
        assertThat(new StackState(state.supervisorPid(), 1, Map.of(), List.of()).supervisor())
                .isEmpty();
        assertThat(state.url("gateway")).contains("http://127.0.0.1:8080");

        assertThat(StackSetup.read(directory)).isEmpty();
        StackSetup setup = new StackSetup(10, 5, 1, "/nodes.csv", null, true);
        setup.write(directory);
        assertThat(StackSetup.read(directory)).contains(setup);
    }

    @Test
    void aBrokenStateFileIsOneClearError() throws IOException {
        Files.writeString(root.resolve("stack.json"), "{");
        assertThatThrownBy(() -> StackState.read(StackDirectory.of(root)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("stack.json cannot be read");
    }

    @Test
    void theChainGoesOnFromItsNewestCompleteState() throws IOException {
        assertThat(LocalChain.newestState(root)).isEmpty();
        write("snapshot.json", 7);
        write("exit.json", 9);
        assertThat(LocalChain.newestState(root)).contains(root.resolve("exit.json"));
        Files.writeString(root.resolve("exit.json"), "{\"best_block_number\":9,\"accounts\":{\"0x");
        assertThat(LocalChain.newestState(root)).contains(root.resolve("snapshot.json"));
        write("loaded.json", 8);
        assertThat(LocalChain.newestState(root)).isEqualTo(Optional.of(root.resolve("loaded.json")));
    }

    private void write(String file, long block) throws IOException {
        Files.writeString(
                root.resolve(file), "{\"block\":{},\"best_block_number\":%d,\"blocks\":[{\"a\":1}]}".formatted(block));
    }
}
