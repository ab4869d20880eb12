package io.ocos.jobs.clickhouse;

import java.util.Locale;

/** How the chunks of a streamed result are put together; each is written as if it were a whole result. */
enum ResultFormat {
    /** One after the other. */
    ROWS(0),
    /** Each chunk repeats the number of columns and their names. */
    NAMED_ROWS(1),
    /** Each chunk repeats the number of columns, their names and types. */
    NAMED_TYPED_ROWS(2),
    /** Has a beginning and an end, or text headers: only as a whole. */
    WHOLE(0);

    private final int stringsPerColumn;

    ResultFormat(int stringsPerColumn) {
        this.stringsPerColumn = stringsPerColumn;
    }

    static ResultFormat of(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "rowbinary",
                    "native",
                    "tabseparated",
                    "tsv",
                    "tabseparatedraw",
                    "tsvraw",
                    "csv",
                    "jsoneachrow",
                    "jsonlines",
                    "ndjson",
                    "jsoncompacteachrow",
                    "lineasstring",
                    "rawblob",
                    "null" -> ROWS;
            case "rowbinarywithnames" -> NAMED_ROWS;
            case "rowbinarywithnamesandtypes" -> NAMED_TYPED_ROWS;
            default -> WHOLE;
        };
    }

    static String contentType(String name) {
        String format = name.toLowerCase(Locale.ROOT);
        if (format.startsWith("json") && !format.contains("eachrow") && !format.equals("jsonlines")) {
            return "application/json; charset=UTF-8";
        }
        if (format.startsWith("json") || format.equals("ndjson")) {
            return "application/x-ndjson; charset=UTF-8";
        }
        if (format.startsWith("csv")) {
            return "text/csv; charset=UTF-8";
        }
        if (format.startsWith("tab") || format.startsWith("tsv")) {
            return "text/tab-separated-values; charset=UTF-8";
        }
        return format.startsWith("rowbinary") || format.equals("native")
                ? "application/octet-stream"
                : "text/plain; charset=UTF-8";
    }

    /** The bytes at the beginning of a chunk that a later chunk must leave out. */
    long headerLength(EngineConnection.Result chunk) {
        if (stringsPerColumn == 0) {
            return 0;
        }
        Cursor cursor = new Cursor(chunk);
        long strings = cursor.varInt() * stringsPerColumn;
        for (long i = 0; i < strings; i++) {
            long length = cursor.varInt();
            cursor.position += length;
        }
        return cursor.position;
    }

    private static final class Cursor {

        private final EngineConnection.Result chunk;
        private final byte[] current = new byte[1];
        private long position;

        Cursor(EngineConnection.Result chunk) {
            this.chunk = chunk;
        }

        long varInt() {
            long value = 0;
            int shift = 0;
            do {
                chunk.read(position++, current, 1);
                value |= (current[0] & 0x7fL) << shift;
                shift += 7;
            } while (current[0] < 0);
            return value;
        }
    }
}
