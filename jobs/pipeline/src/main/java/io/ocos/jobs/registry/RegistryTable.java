package io.ocos.jobs.registry;

import io.ocos.schemas.domain.Address;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The tables that people edit ({@code db/postgresql}), with the columns that they set; the first is the primary key. */
public enum RegistryTable {
    OPERATORS(
            "operators",
            "operator",
            new Column("operator", Kind.ADDRESS, true),
            new Column("name", Kind.TEXT, true),
            new Column("contact", Kind.TEXT, false),
            new Column("ended_at", Kind.TIME, false)),
    NODES(
            "nodes",
            "node",
            new Column("node", Kind.ADDRESS, true),
            new Column("operator", Kind.ADDRESS, true),
            new Column("region", Kind.TEXT, true),
            new Column("hardware", Kind.TEXT, false),
            new Column("contact", Kind.TEXT, false),
            new Column("ended_at", Kind.TIME, false)),
    CUSTOMERS(
            "customers",
            "customer",
            new Column("account", Kind.ADDRESS, true),
            new Column("name", Kind.TEXT, true),
            new Column("contact", Kind.TEXT, false),
            new Column("alert_thresholds_ppm", Kind.PPM_LIST, false),
            new Column("declared_storage_bytes", Kind.COUNT, false),
            new Column("ended_at", Kind.TIME, false)),
    MAINTENANCE(
            "maintenance",
            "maintenance window",
            new Column("id", Kind.UUID, true),
            new Column("node", Kind.ADDRESS, true),
            new Column("starts_at", Kind.TIME, true),
            new Column("ends_at", Kind.TIME, true),
            new Column("reason", Kind.TEXT, false));

    /** What a column holds, as text: how it is checked, and the type that PostgreSQL takes it as. */
    enum Kind {
        ADDRESS("text"),
        TEXT("text"),
        /** Comma-separated, ascending. */
        PPM_LIST("integer[]"),
        COUNT("bigint"),
        TIME("timestamptz"),
        UUID("uuid");

        /** What ClickHouse shows, too. */
        private static final Instant LAST = Instant.parse("2299-12-31T23:59:59.999Z");

        private final String sqlType;

        Kind(String sqlType) {
            this.sqlType = sqlType;
        }

        String sqlType() {
            return sqlType;
        }

        /**
         * The text that PostgreSQL reads as this type.
         *
         * @throws IllegalArgumentException saying what was expected
         */
        String parse(String text) {
            return switch (this) {
                case TEXT -> {
                    if (text.indexOf('\0') >= 0) {
                        throw new IllegalArgumentException("holds a zero character");
                    }
                    yield text;
                }
                case ADDRESS -> Address.parse(text).toString();
                case PPM_LIST ->
                    "{"
                            + Arrays.stream(text.split(",", -1))
                                    .map(String::strip)
                                    .map(ppm -> Long.toString(wholeNumber(ppm, 10_000_000)))
                                    .collect(Collectors.joining(","))
                            + "}";
                case COUNT -> Long.toString(wholeNumber(text, Long.MAX_VALUE));
                case TIME -> time(text).toString();
                case UUID -> uuid(text);
            };
        }

        private static long wholeNumber(String text, long most) {
            try {
                long number = text.matches("[0-9]+") ? Long.parseLong(text) : -1;
                if (number >= 0 && number <= most) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // Too large: said below.
            }
            throw new IllegalArgumentException("'%s', expected a whole number, 0 … %d".formatted(text, most));
        }

        private static Instant time(String text) {
            try {
                Instant time = OffsetDateTime.parse(text).toInstant();
                if (!time.isBefore(Instant.EPOCH) && !time.isAfter(LAST)) {
                    return time;
                }
            } catch (DateTimeParseException e) {
                // Said below.
            }
            throw new IllegalArgumentException(
                    "'%s', expected a time with its offset, such as 2026-01-31T18:00:00Z, 1970 … 2299".formatted(text));
        }

        private static String uuid(String text) {
            try {
                java.util.UUID uuid = java.util.UUID.fromString(text);
                if (uuid.toString().equalsIgnoreCase(text)) {
                    return uuid.toString();
                }
            } catch (IllegalArgumentException e) {
                // Said below.
            }
            throw new IllegalArgumentException("'%s', expected a UUID".formatted(text));
        }
    }

    /**
     * A column that people set.
     *
     * @param required whether a new row must have it
     */
    record Column(String name, Kind kind, boolean required) {}

    private final String tableName;
    private final String singular;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<Column> columns;

    RegistryTable(String tableName, String singular, Column... columns) {
        this.tableName = tableName;
        this.singular = singular;
        this.columns = List.of(columns);
    }

    /** Name of the table in schema {@code registry}, and of its command. */
    public String tableName() {
        return tableName;
    }

    /** Column of the primary key. */
    public String keyName() {
        return key().name();
    }

    /** What a row is. */
    String singular() {
        return singular;
    }

    List<Column> columns() {
        return columns;
    }

    Column key() {
        return columns.get(0);
    }

    /** Whether rows stay when they end, with the time of it. */
    boolean keepsEnded() {
        return columns.stream().anyMatch(column -> column.name().equals("ended_at"));
    }

    /** Whether PostgreSQL makes the key of a new row. */
    boolean generatesKey() {
        return key().kind() == Kind.UUID;
    }
}
