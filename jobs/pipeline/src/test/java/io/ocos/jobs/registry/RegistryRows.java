package io.ocos.jobs.registry;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;

/** The tables as PostgreSQL itself prints them, in the form of the changes. */
final class RegistryRows {

    private RegistryRows() {}

    /** Table and key to row. */
    static Map<String, Map<String, String>> read(Connection connection) throws SQLException {
        Map<String, Map<String, String>> rows = new TreeMap<>();
        for (RegistryTable table : RegistryTable.values()) {
            try (Statement statement = connection.createStatement();
                    ResultSet result = statement.executeQuery("SELECT * FROM registry." + table.tableName())) {
                while (result.next()) {
                    Map<String, String> row = new TreeMap<>();
                    for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                        String text = result.getString(i);
                        if (text != null) {
                            row.put(
                                    result.getMetaData().getColumnName(i),
                                    text(result.getMetaData().getColumnTypeName(i), text));
                        }
                    }
                    rows.put(table.tableName() + "/" + row.get(table.key().name()), row);
                }
            }
        }
        return rows;
    }

    private static String text(String type, String text) {
        return switch (type) {
            // 2026-01-31 18:00:00.25+00
            case "timestamptz" ->
                java.time.OffsetDateTime.parse(text.replace(' ', 'T').replaceAll("\\+00$", "Z"))
                        .toInstant()
                        .toString();
            case "_int4" -> text.substring(1, text.length() - 1);
            default -> text;
        };
    }
}
