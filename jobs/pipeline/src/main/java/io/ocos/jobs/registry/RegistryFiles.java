package io.ocos.jobs.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.ocos.jobs.registry.Registry.FileRow;
import io.ocos.jobs.registry.RegistryTable.Column;
import io.ocos.schemas.config.ConfigException;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The registry's tables as CSV files (RFC 4180) with a header line; an empty field is NULL, or the default. */
public final class RegistryFiles {

    private static final CsvMapper CSV = CsvMapper.builder()
            .enable(CsvParser.Feature.WRAP_AS_ARRAY)
            .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
            .enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING)
            .build();

    private RegistryFiles() {}

    /**
     * Adds the rows of a file to a table and changes those that are there; all or none.
     *
     * @return how many rows were added or changed
     * @throws ConfigException naming file, line, column and value
     */
    public static int load(Registry registry, RegistryTable table, Path file) throws SQLException {
        return registry.load(table, file.toString(), read(table, file));
    }

    /** Writes rows as {@link #load} reads them. */
    public static void write(RegistryTable table, List<Map<String, String>> rows, Writer out) throws IOException {
        CsvSchema.Builder schema = CsvSchema.builder();
        table.columns().forEach(column -> schema.addColumn(column.name()));
        CSV.writerFor(Map.class)
                .with(schema.build().withHeader())
                .without(com.fasterxml.jackson.core.JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                .writeValues(out)
                .writeAll(rows)
                .flush();
    }

    private static List<FileRow> read(RegistryTable table, Path file) {
        List<FileRow> rows = new ArrayList<>();
        try (var text = Files.newBufferedReader(file, StandardCharsets.UTF_8);
                MappingIterator<String[]> lines = CSV.readerFor(String[].class).readValues(text)) {
            if (!lines.hasNextValue()) {
                throw new ConfigException("%s: is empty, expected a header line".formatted(file));
            }
            List<String> header = List.of(lines.nextValue());
            check(table, file, header);
            while (lines.hasNextValue()) {
                int line = lines.getCurrentLocation().getLineNr();
                String[] fields = lines.nextValue();
                line = Math.max(line, 2);
                if (fields.length != header.size()) {
                    throw new ConfigException("%s, line %d: %d fields, expected the %d of the header"
                            .formatted(file, line, fields.length, header.size()));
                }
                Map<String, String> values = new LinkedHashMap<>();
                for (int i = 0; i < fields.length; i++) {
                    values.put(header.get(i), fields[i]);
                }
                rows.add(new FileRow(line, values));
            }
            return rows;
        } catch (RuntimeJsonMappingException e) {
            throw new ConfigException("%s: %s".formatted(file, e.getMessage()), e);
        } catch (JsonProcessingException e) {
            throw new ConfigException(
                    "%s, line %d: %s"
                            .formatted(
                                    file,
                                    e.getLocation() == null
                                            ? 0
                                            : e.getLocation().getLineNr(),
                                    e.getOriginalMessage()),
                    e);
        } catch (IOException e) {
            throw new ConfigException("%s cannot be read: %s".formatted(file, e), e);
        }
    }

    private static void check(RegistryTable table, Path file, List<String> header) {
        List<String> known = table.columns().stream().map(Column::name).toList();
        Set<String> seen = new HashSet<>();
        for (String name : header) {
            if (!known.contains(name) || !seen.add(name)) {
                throw new ConfigException("%s, line 1: column '%s'%s, expected some of %s"
                        .formatted(file, name, known.contains(name) ? " twice" : "", known));
            }
        }
        table.columns().stream()
                .filter(column -> column.required() && !(table.generatesKey() && column.equals(table.key())))
                .filter(column -> !header.contains(column.name()))
                .findFirst()
                .ifPresent(column -> {
                    throw new ConfigException("%s, line 1: column '%s' is missing".formatted(file, column.name()));
                });
    }
}
