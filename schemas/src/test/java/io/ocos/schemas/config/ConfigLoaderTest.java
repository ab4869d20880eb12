package io.ocos.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.schemas.domain.Address;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {

    record Kafka(String bootstrap, Secret password) {}

    record Example(int port, Kafka kafka, Address registry) {
        Example {
            if (port < 1) {
                throw new IllegalArgumentException("port %d, expected at least 1".formatted(port));
            }
        }
    }

    @TempDir
    Path dir;

    @Test
    void overridesAreStrongerThanTheFile() throws IOException {
        Path file = Files.writeString(dir.resolve("a.yaml"), "port: 1\nkafka: {bootstrap: a, password: p}\n");
        Example config = ConfigLoader.load(
                Example.class,
                file,
                Map.of("port", "7", "kafka.bootstrap", "b", "registry", "0x00000000000000000000000000000000000000aa"));
        assertThat(config.registry().low()).isEqualTo(0xaa);
        assertThat(config.port()).isEqualTo(7);
        assertThat(config.kafka().bootstrap()).isEqualTo("b");
        assertThat(config.kafka().password().reveal()).isEqualTo("p");
        assertThat(config.toString()).doesNotContain("password=p").contains("***");
    }

    @Test
    void unknownKeysWrongTypesAndRangesAreNamed() {
        assertThatThrownBy(() -> ConfigLoader.load(Example.class, null, Map.of("port", "1", "kafka.boot", "b")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("unknown key 'kafka.boot'")
                .hasMessageContaining("bootstrap");
        assertThatThrownBy(() -> ConfigLoader.load(Example.class, null, Map.of("port", "seven")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("'port'")
                .hasMessageContaining("seven");
        assertThatThrownBy(() -> ConfigLoader.load(Example.class, null, Map.of("registry", "0x12")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("'registry'")
                .hasMessageContaining("0x12");
        assertThatThrownBy(() -> ConfigLoader.load(Example.class, null, Map.of("port", "0")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("port 0, expected at least 1");
        assertThatThrownBy(() -> ConfigLoader.load(Example.class, dir.resolve("none.yaml"), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("none.yaml");
    }
}
