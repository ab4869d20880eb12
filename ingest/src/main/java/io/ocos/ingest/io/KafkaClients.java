package io.ocos.ingest.io;

import io.ocos.schemas.config.ConfigException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.CommonClientConfigs;
import org.jspecify.annotations.Nullable;

/** The properties that all Kafka clients of a process share. */
final class KafkaClients {

    private KafkaClients() {}

    /**
     * Bootstrap servers, and what a file adds (security).
     *
     * @param file null = none
     * @throws ConfigException when the file cannot be read
     */
    static Map<String, Object> properties(String bootstrap, @Nullable Path file) {
        Map<String, Object> properties = new HashMap<>();
        if (file != null) {
            Properties given = new Properties();
            try (InputStream in = Files.newInputStream(file)) {
                given.load(in);
            } catch (IOException e) {
                throw new ConfigException(
                        "kafkaPropertiesFile %s: no such file, or it cannot be read".formatted(file), e);
            }
            given.forEach((key, value) -> properties.put(key.toString(), value));
        }
        properties.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        return properties;
    }
}
