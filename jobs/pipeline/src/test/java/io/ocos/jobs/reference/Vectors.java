package io.ocos.jobs.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ocos.schemas.domain.Address;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Worlds with confirmed results that may lie beside the clone: {@code ../shared/vectors}, or {@code -Docos.vectors}. */
public final class Vectors {

    private Vectors() {}

    /** The folders, none when there are no vectors here. */
    public static List<Path> folders() {
        Path root = Path.of(System.getProperty("ocos.vectors", ""));
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(root)) {
            return children.filter(Files::isDirectory).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** args.json. */
    public static Reference.Setup setup(Path folder) throws IOException {
        JsonNode args = new ObjectMapper().readTree(folder.resolve("args.json").toFile());
        return new Reference.Setup(
                args.required("chainId").longValue(),
                Address.parse(args.required("registry").textValue()),
                args.required("epochMinutes").longValue(),
                args.required("until").longValue(),
                true);
    }

    /** What must come out, by file name. */
    public static SortedMap<String, String> expected(Path folder) throws IOException {
        SortedMap<String, String> files = new TreeMap<>();
        try (Stream<Path> children = Files.list(folder.resolve("expected"))) {
            for (Path file : children.toList()) {
                files.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return files;
    }
}
