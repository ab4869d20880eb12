package io.ocos.jobs.registry;

import io.ocos.jobs.registry.RegistryTable.Column;
import io.ocos.schemas.config.ConfigException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Edits the registry. Each call is one transaction. What is wrong in the values is a {@link ConfigException} that names column and
 * value, what is wrong with the server an {@link SQLException}.
 */
public final class Registry implements AutoCloseable {

    private static final int READ_SECONDS = 60;
    private static final String INTEGRITY_VIOLATION = "23";
    private static final String DATA_EXCEPTION = "22";
    private static final String RAISED = "P0001";

    private final Connection connection;

    private Registry(Connection connection) {
        this.connection = connection;
    }

    /** Connects. */
    public static Registry open(PostgresDatabase database) throws SQLException {
        Connection connection = database.connect(READ_SECONDS);
        connection.setAutoCommit(false);
        return new Registry(connection);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    /**
     * Adds a row, or takes up again one that has ended, with these values alone.
     *
     * @param values column to text; those that are absent get their defaults
     * @return the primary key
     * @throws ConfigException also when the row is there already
     */
    public String add(RegistryTable table, Map<String, String> values) throws SQLException {
        Map<Column, String> parsed = parse(table, values);
        for (Column column : table.columns()) {
            if (column.required()
                    && !parsed.containsKey(column)
                    && !(table.generatesKey() && column.equals(table.key()))) {
                throw new ConfigException("%s is missing".formatted(column.name()));
            }
        }
        String again = table.keepsEnded()
                ? " ON CONFLICT (%s) DO UPDATE SET %s WHERE old.ended_at IS NOT NULL"
                        .formatted(
                                table.key().name(),
                                table.columns().stream()
                                        .skip(1)
                                        .map(column -> "%1$s = EXCLUDED.%1$s".formatted(column.name()))
                                        .collect(Collectors.joining(", ")))
                : "";
        return transaction(() -> insert(table, parsed, again)
                .orElseThrow(() -> new ConfigException("%s %s is there already, and has not ended: change it"
                        .formatted(table.singular(), values.get(table.key().name())))));
    }

    /**
     * Changes a row.
     *
     * @param values column to text; an empty text makes an optional column NULL
     * @throws ConfigException also when there is no such row
     */
    public void change(RegistryTable table, String key, Map<String, String> values) throws SQLException {
        String parsedKey = parse(table.key(), key);
        if (values.isEmpty()) {
            throw new ConfigException("nothing to change: give at least one option");
        }
        List<String> assignments = new ArrayList<>();
        List<String> parameters = new ArrayList<>();
        for (Map.Entry<String, String> value : values.entrySet()) {
            Column column = column(table, value.getKey());
            if (value.getValue().isEmpty() && !column.required()) {
                assignments.add(column.name() + " = DEFAULT");
            } else {
                assignments.add(
                        "%s = ?::%s".formatted(column.name(), column.kind().sqlType()));
                parameters.add(parse(column, value.getValue()));
            }
        }
        parameters.add(parsedKey);
        String sql = "UPDATE registry.%s SET %s WHERE %s = ?::%s"
                .formatted(
                        table.tableName(),
                        String.join(", ", assignments),
                        table.key().name(),
                        table.key().kind().sqlType());
        transaction(() -> {
            if (update(sql, parameters) == 0) {
                throw none(table, parsedKey);
            }
            return "";
        });
    }

    /**
     * Ends a row: operators, nodes and customers stay, with the time of their end; a maintenance window that runs ends now, one that
     * has not begun is deleted.
     *
     * @throws ConfigException also when there is no such row, it has ended, or it is an operator whose nodes have not
     */
    public void end(RegistryTable table, String key) throws SQLException {
        String parsed = parse(table.key(), key);
        transaction(() -> {
            if (table == RegistryTable.OPERATORS) {
                List<Map<String, String>> nodes = query(
                        "SELECT node FROM registry.nodes WHERE operator = ? AND ended_at IS NULL ORDER BY node",
                        List.of(parsed));
                if (!nodes.isEmpty()) {
                    throw new ConfigException(
                            "operator %s has %d nodes, the first %s: end them, or move them to another operator"
                                    .formatted(
                                            parsed, nodes.size(), nodes.get(0).get("node")));
                }
            }
            boolean ended = table == RegistryTable.MAINTENANCE
                    ? update(
                                            "DELETE FROM registry.maintenance WHERE id = ?::uuid AND starts_at >= now()",
                                            List.of(parsed))
                                    > 0
                            || update(
                                            "UPDATE registry.maintenance SET ends_at = now() WHERE id = ?::uuid AND starts_at < date_trunc('milliseconds', now()) AND ends_at > now()",
                                            List.of(parsed))
                                    > 0
                    : update(
                                    "UPDATE registry.%s SET ended_at = now() WHERE %s = ? AND ended_at IS NULL"
                                            .formatted(
                                                    table.tableName(),
                                                    table.key().name()),
                                    List.of(parsed))
                            > 0;
            if (!ended) {
                boolean there = !query(
                                "SELECT 1 FROM registry.%s WHERE %s = ?::%s"
                                        .formatted(
                                                table.tableName(),
                                                table.key().name(),
                                                table.key().kind().sqlType()),
                                List.of(parsed))
                        .isEmpty();
                throw there
                        ? new ConfigException("%s %s has ended already".formatted(table.singular(), parsed))
                        : none(table, parsed);
            }
            return "";
        });
    }

    /**
     * The rows in the order of their keys, column to text, NULL as an empty text.
     *
     * @param ended whether also those that have ended
     */
    public List<Map<String, String>> list(RegistryTable table, boolean ended) throws SQLException {
        String columns = table.columns().stream()
                .map(column -> switch (column.kind()) {
                    case TIME -> "to_char(%1$s, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') AS %1$s".formatted(column.name());
                    case PPM_LIST -> "array_to_string(%1$s, ',') AS %1$s".formatted(column.name());
                    case ADDRESS, TEXT, COUNT, UUID -> column.name();
                })
                .collect(Collectors.joining(", "));
        String running = table.keepsEnded() ? "ended_at IS NULL" : "ends_at > now()";
        List<Map<String, String>> rows = query(
                "SELECT %s FROM registry.%s %s ORDER BY %s"
                        .formatted(
                                columns,
                                table.tableName(),
                                ended ? "" : "WHERE " + running,
                                table.generatesKey()
                                        ? "node, starts_at"
                                        : table.key().name()),
                List.of());
        connection.rollback();
        return rows;
    }

    /** As {@link RegistryFiles#load}, with rows of ours. */
    public int load(RegistryTable table, List<Map<String, String>> rows) throws SQLException {
        return load(table, "rows", rows.stream().map(row -> new FileRow(0, row)).toList());
    }

    /** A row of a file: where it is, and column to text. */
    record FileRow(int line, Map<String, String> values) {}

    /**
     * Adds rows and changes those that are there, all or none. Rows that are as they should be are not touched.
     *
     * @param file for messages
     * @return how many rows were added or changed
     * @throws ConfigException naming file, line, column and value
     */
    int load(RegistryTable table, String file, Collection<FileRow> rows) throws SQLException {
        return Integer.parseInt(transaction(() -> {
            int changed = 0;
            for (FileRow row : rows) {
                try {
                    changed += load(table, row.values()) ? 1 : 0;
                } catch (ConfigException e) {
                    throw new ConfigException("%s, line %d: %s".formatted(file, row.line(), e.getMessage()), e);
                } catch (SQLException e) {
                    ConfigException named = refused(e);
                    if (named == null) {
                        throw e;
                    }
                    throw new ConfigException("%s, line %d: %s".formatted(file, row.line(), named.getMessage()), e);
                }
            }
            return Integer.toString(changed);
        }));
    }

    private boolean load(RegistryTable table, Map<String, String> values) throws SQLException {
        Map<Column, String> parsed = parse(table, values);
        for (Column column : table.columns()) {
            if (column.required()
                    && !parsed.containsKey(column)
                    && !(table.generatesKey() && column.equals(table.key()))) {
                throw new ConfigException("column '%s' is empty".formatted(column.name()));
            }
        }
        List<Column> settable = values.keySet().stream()
                .map(name -> column(table, name))
                .filter(column -> !column.equals(table.key()))
                .toList();
        String names = settable.stream().map(column -> "old." + column.name()).collect(Collectors.joining(", "));
        String excluded =
                settable.stream().map(column -> "EXCLUDED." + column.name()).collect(Collectors.joining(", "));
        String sets = settable.stream()
                .map(column -> "%1$s = EXCLUDED.%1$s".formatted(column.name()))
                .collect(Collectors.joining(", "));
        return insert(
                        table,
                        parsed,
                        " ON CONFLICT (%s) DO UPDATE SET %s WHERE (%s) IS DISTINCT FROM (%s)"
                                .formatted(table.key().name(), sets, names, excluded))
                .isPresent();
    }

    /** The key of the row that was added or changed. */
    private Optional<String> insert(RegistryTable table, Map<Column, String> values, String onConflict)
            throws SQLException {
        String sql = "INSERT INTO registry.%s AS old (%s) VALUES (%s)%s RETURNING %s"
                .formatted(
                        table.tableName(),
                        values.keySet().stream().map(Column::name).collect(Collectors.joining(", ")),
                        values.keySet().stream()
                                .map(column -> "?::" + column.kind().sqlType())
                                .collect(Collectors.joining(", ")),
                        onConflict,
                        table.key().name());
        List<Map<String, String>> keys = query(sql, List.copyOf(values.values()));
        return keys.stream().map(row -> row.get(table.key().name())).findFirst();
    }

    private static Map<Column, String> parse(RegistryTable table, Map<String, String> values) {
        Map<Column, String> parsed = new LinkedHashMap<>();
        values.forEach((name, text) -> {
            Column column = column(table, name);
            if (!text.isEmpty()) {
                parsed.put(column, parse(column, text));
            }
        });
        return parsed;
    }

    private static String parse(Column column, String text) {
        try {
            return column.kind().parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("column '%s': %s".formatted(column.name(), e.getMessage()), e);
        }
    }

    private static Column column(RegistryTable table, String name) {
        return table.columns().stream()
                .filter(column -> column.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new ConfigException("column '%s', expected one of %s"
                        .formatted(
                                name, table.columns().stream().map(Column::name).toList())));
    }

    private static ConfigException none(RegistryTable table, String key) {
        return new ConfigException("there is no %s %s".formatted(table.singular(), key));
    }

    @FunctionalInterface
    private interface Work {
        String run() throws SQLException;
    }

    private String transaction(Work work) throws SQLException {
        try {
            String result = work.run();
            connection.commit();
            return result;
        } catch (SQLException e) {
            connection.rollback();
            ConfigException named = refused(e);
            if (named == null) {
                throw e;
            }
            throw named;
        } catch (RuntimeException e) {
            connection.rollback();
            throw e;
        }
    }

    /** What was wrong with a value that the server refused; null when it is not that. */
    private static @org.jspecify.annotations.Nullable ConfigException refused(SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        if (!(state.startsWith(INTEGRITY_VIOLATION) || state.startsWith(DATA_EXCEPTION) || state.equals(RAISED))
                || !(e instanceof PSQLException refused)) {
            return null;
        }
        ServerErrorMessage said = refused.getServerErrorMessage();
        String constraint = said == null ? null : said.getConstraint();
        String detail = said == null || said.getDetail() == null ? "" : ": " + said.getDetail();
        // Constraints are named by what they demand.
        return new ConfigException(
                constraint == null
                        ? String.valueOf(said == null ? e.getMessage() : said.getMessage()) + detail
                        : "refused, as it must hold that the %s%s".formatted(constraint.replace('_', ' '), detail),
                e);
    }

    private int update(String sql, List<String> parameters) throws SQLException {
        try (PreparedStatement statement = prepare(sql, parameters)) {
            return statement.executeUpdate();
        }
    }

    private List<Map<String, String>> query(String sql, List<String> parameters) throws SQLException {
        try (PreparedStatement statement = prepare(sql, parameters);
                ResultSet result = statement.executeQuery()) {
            List<Map<String, String>> rows = new ArrayList<>();
            while (result.next()) {
                Map<String, String> row = new LinkedHashMap<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    String value = result.getString(i);
                    row.put(result.getMetaData().getColumnName(i), value == null ? "" : value);
                }
                rows.add(row);
            }
            return rows;
        }
    }

    private PreparedStatement prepare(String sql, List<String> parameters) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.size(); i++) {
            statement.setString(i + 1, parameters.get(i));
        }
        return statement;
    }
}
