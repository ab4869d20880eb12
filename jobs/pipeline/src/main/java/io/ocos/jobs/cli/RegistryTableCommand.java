package io.ocos.jobs.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ocos.jobs.registry.PostgresDatabase;
import io.ocos.jobs.registry.Registry;
import io.ocos.jobs.registry.RegistryFiles;
import io.ocos.jobs.registry.RegistryTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What the commands of all tables of the registry have in common. */
abstract class RegistryTableCommand {

    /** How a list is printed. */
    enum Format {
        text,
        csv,
        json
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    private final RegistryTable table;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    RegistryTableCommand(RegistryTable table) {
        this.table = table;
    }

    @Command(name = "end", description = "Ends a row; it stays in the history.", mixinStandardHelpOptions = true)
    int end(
            @Mixin RegistryDatabaseOption where,
            @Parameters(paramLabel = "KEY", description = "Its address, or the UUID of a window.") String key) {
        return edit(where, registry -> {
            registry.end(table, key);
            return "ended";
        });
    }

    @Command(name = "list", description = "Prints the rows that have not ended.", mixinStandardHelpOptions = true)
    int list(
            @Mixin RegistryDatabaseOption where,
            @Option(names = "--all", description = "Also those that have ended.") boolean all,
            @Option(
                            names = "--format",
                            paramLabel = "FORMAT",
                            defaultValue = "text",
                            description = "${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
                    Format format) {
        return edit(where, registry -> {
            List<Map<String, String>> rows = registry.list(table, all);
            return switch (format) {
                case text -> text(rows);
                case csv -> csv(rows);
                case json -> json(rows);
            };
        });
    }

    @Command(
            name = "import",
            description =
                    "Adds the rows of a CSV file and changes those that are there: all, or none when one is refused.",
            mixinStandardHelpOptions = true)
    int load(
            @Mixin RegistryDatabaseOption where,
            @Parameters(paramLabel = "FILE", description = "CSV with a header line, as export writes it.") Path file) {
        return edit(where, registry -> "%d rows added or changed".formatted(RegistryFiles.load(registry, table, file)));
    }

    @Command(
            name = "export",
            description = "Writes all rows as CSV, those that have ended too.",
            mixinStandardHelpOptions = true)
    int export(
            @Mixin RegistryDatabaseOption where,
            @Parameters(paramLabel = "FILE", arity = "0..1", description = "Default: standard output.") @Nullable
                    Path file) {
        return edit(where, registry -> {
            List<Map<String, String>> rows = registry.list(table, true);
            if (file == null) {
                return csv(rows);
            }
            try (Writer out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
                RegistryFiles.write(table, rows, out);
            } catch (IOException e) {
                throw new UncheckedIOException("%s cannot be written".formatted(file), e);
            }
            return "%d rows written".formatted(rows.size());
        });
    }

    /** Adds a row; values that are null are left to their defaults. */
    int add(RegistryDatabaseOption where, String key, Map<String, @Nullable String> values) {
        return edit(where, registry -> {
            Map<String, String> all = given(values);
            if (!key.isEmpty()) {
                all.put(table.keyName(), key);
            }
            return registry.add(table, all);
        });
    }

    /** Changes a row; values that are null stay. */
    int change(RegistryDatabaseOption where, String key, Map<String, @Nullable String> values) {
        return edit(where, registry -> {
            registry.change(table, key, given(values));
            return "changed";
        });
    }

    @FunctionalInterface
    interface Edit {
        String on(Registry registry) throws SQLException;
    }

    /** The exit code: 0, or 1 when PostgreSQL does not answer. What it prints is a line, unless it ends with one. */
    private int edit(RegistryDatabaseOption where, Edit edit) {
        PostgresDatabase database = where.database();
        try (Registry registry = Registry.open(database)) {
            String said = edit.on(registry);
            PrintWriter out = spec.commandLine().getOut();
            out.print(said.isEmpty() || said.endsWith("\n") ? said : said + System.lineSeparator());
            out.flush();
            return 0;
        } catch (SQLException e) {
            spec.commandLine().getErr().println("ocos: %s: %s".formatted(database.url(), e.getMessage()));
            return 1;
        }
    }

    private static Map<String, String> given(Map<String, @Nullable String> values) {
        Map<String, String> given = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            if (value != null) {
                given.put(name, value);
            }
        });
        return given;
    }

    private String csv(List<Map<String, String>> rows) {
        java.io.StringWriter out = new java.io.StringWriter();
        try {
            RegistryFiles.write(table, rows, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString();
    }

    private static String json(List<Map<String, String>> rows) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(rows);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Columns as wide as their widest value; those that hold nothing are left out. */
    private static String text(List<Map<String, String>> rows) {
        Map<String, Integer> widths = new LinkedHashMap<>();
        for (Map<String, String> row : rows) {
            row.forEach((name, value) -> {
                if (!value.isEmpty()) {
                    widths.merge(name, Math.max(name.length(), value.length()), Math::max);
                }
            });
        }
        StringBuilder out = new StringBuilder();
        if (!rows.isEmpty()) {
            widths.forEach((name, width) -> out.append(pad(name, width)));
            out.append('\n');
        }
        for (Map<String, String> row : rows) {
            widths.forEach((name, width) -> out.append(pad(row.getOrDefault(name, ""), width)));
            out.append('\n');
        }
        return out.toString().replaceAll(" +\n", "\n");
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(width - text.length() + 2);
    }
}
