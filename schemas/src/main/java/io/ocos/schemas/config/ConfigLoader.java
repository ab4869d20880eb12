package io.ocos.schemas.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.deser.std.FromStringDeserializer;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.ocos.schemas.domain.Address;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Builds a process's configuration record from a YAML file and {@code key=value} overrides (dotted keys for nested
 * records). Unknown keys are fatal; defaults and range checks are the record's constructor's.
 */
public final class ConfigLoader {

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            // So that an override can set a list of one.
            .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);

    static {
        YAML.registerModule(
                new SimpleModule().addDeserializer(Address.class, new FromStringDeserializer<>(Address.class) {
                    private static final long serialVersionUID = 1;

                    @Override
                    protected Address _deserialize(String value, DeserializationContext context) {
                        return Address.parse(value);
                    }
                }));
        YAML.coercionConfigFor(LogicalType.Integer).setCoercion(CoercionInputShape.Float, CoercionAction.Fail);
    }

    private ConfigLoader() {}

    /**
     * The configuration.
     *
     * @param file a YAML file, or null for none
     * @param overrides dotted key to value, stronger than the file
     * @throws ConfigException naming the key, its value and what was expected
     */
    public static <T> T load(Class<T> type, @Nullable Path file, Map<String, String> overrides) {
        String from = file == null ? "configuration" : file.toString();
        try {
            ObjectNode tree = file == null ? YAML.createObjectNode() : readObject(file);
            overrides.forEach((key, value) -> put(tree, key, value));
            return YAML.treeToValue(tree, type);
        } catch (UnrecognizedPropertyException e) {
            throw new ConfigException(
                    "%s: unknown key '%s', expected one of %s"
                            .formatted(
                                    from,
                                    path(e),
                                    e.getKnownPropertyIds().stream()
                                            .map(String::valueOf)
                                            .sorted()
                                            .toList()),
                    e);
        } catch (JsonMappingException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new ConfigException(
                    "%s: key '%s': %s"
                            .formatted(
                                    from,
                                    path(e),
                                    cause instanceof JsonProcessingException json
                                            ? json.getOriginalMessage()
                                            : cause.getMessage()),
                    e);
        } catch (IOException e) {
            throw new ConfigException("%s: %s".formatted(from, e.getMessage()), e);
        }
    }

    private static ObjectNode readObject(Path file) throws IOException {
        if (!Files.isReadable(file)) {
            throw new ConfigException("%s: no such file, or it cannot be read".formatted(file));
        }
        JsonNode tree = YAML.readTree(file.toFile());
        if (tree == null || tree.isMissingNode() || tree.isNull()) {
            return YAML.createObjectNode();
        }
        if (!(tree instanceof ObjectNode object)) {
            throw new ConfigException("%s: expected keys and values".formatted(file));
        }
        return object;
    }

    private static void put(ObjectNode tree, String key, String value) {
        String[] parts = key.split("\\.", -1);
        ObjectNode node = tree;
        for (int i = 0; i < parts.length - 1; i++) {
            JsonNode child = node.get(parts[i]);
            node = child instanceof ObjectNode object ? object : node.putObject(parts[i]);
        }
        node.set(parts[parts.length - 1], TextNode.valueOf(value));
    }

    private static String path(JsonMappingException e) {
        return e.getPath().stream()
                .map(reference ->
                        reference.getFieldName() == null ? "[" + reference.getIndex() + "]" : reference.getFieldName())
                .collect(Collectors.joining("."));
    }
}
