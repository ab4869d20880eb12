package io.ocos.schemas.io;

import java.nio.file.Files;
import java.nio.file.Path;

/** The npm parts that the build installs once per user (package.json): anvil, the ClickHouse library, solc. */
public final class Tools {

    private Tools() {}

    /**
     * A file of an npm package.
     *
     * @param file path below {@code node_modules}, such as {@code @foundry-rs/anvil-linux-amd64/bin/anvil}
     * @throws IllegalStateException when it is not installed
     */
    public static Path file(String file) {
        Path path = Path.of(System.getProperty("ocos.tools", "target/tools"), "node_modules", file);
        if (!Files.exists(path)) {
            throw new IllegalStateException(
                    "%s is missing: run `mvn validate` in the root of the clone, or set -Docos.tools".formatted(path));
        }
        return path.toAbsolutePath();
    }
}
