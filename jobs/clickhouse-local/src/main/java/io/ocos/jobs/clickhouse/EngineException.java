package io.ocos.jobs.clickhouse;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** An error as ClickHouse reports it: {@code Code: N. DB::Exception: … (NAME)}. */
final class EngineException extends Exception {

    private static final long serialVersionUID = 1;

    private static final Pattern CODE = Pattern.compile("Code: (\\d+)\\.");
    private static final Pattern NAME = Pattern.compile("\\(([A-Z][A-Z0-9_]+)\\)(?: \\(version [^)]*\\))?\\s*$");

    private static final Set<String> BAD_REQUEST = Set.of(
            "BAD_ARGUMENTS",
            "CANNOT_COMPILE_REGEXP",
            "CANNOT_PARSE_DATE",
            "CANNOT_PARSE_DATETIME",
            "CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING",
            "CANNOT_PARSE_ESCAPE_SEQUENCE",
            "CANNOT_PARSE_INPUT_ASSERTION_FAILED",
            "CANNOT_PARSE_IPV4",
            "CANNOT_PARSE_IPV6",
            "CANNOT_PARSE_NUMBER",
            "CANNOT_PARSE_QUOTED_STRING",
            "CANNOT_PARSE_TEXT",
            "CANNOT_PARSE_UUID",
            "CANNOT_READ_ALL_DATA",
            "DUPLICATE_COLUMN",
            "ILLEGAL_COLUMN",
            "INCORRECT_DATA",
            "SYNTAX_ERROR",
            "THERE_IS_NO_COLUMN",
            "TOO_BIG_AST",
            "TOO_DEEP_AST",
            "TYPE_MISMATCH",
            "UNEXPECTED_AST_STRUCTURE",
            "UNKNOWN_ELEMENT_IN_AST",
            "UNKNOWN_TYPE_OF_AST_NODE",
            "VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE");
    private static final Set<String> NOT_FOUND = Set.of(
            "UNKNOWN_AGGREGATE_FUNCTION",
            "UNKNOWN_DATABASE",
            "UNKNOWN_DATABASE_ENGINE",
            "UNKNOWN_DIRECTION_OF_SORTING",
            "UNKNOWN_FORMAT",
            "UNKNOWN_FUNCTION",
            "UNKNOWN_IDENTIFIER",
            "UNKNOWN_SETTING",
            "UNKNOWN_STORAGE",
            "UNKNOWN_TABLE",
            "UNKNOWN_TYPE",
            "UNKNOWN_TYPE_OF_QUERY");

    private final int code;
    private final String name;

    private EngineException(int code, String name, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.name = name;
    }

    /** An error of the engine, from its text. */
    static EngineException of(String text) {
        Matcher code = CODE.matcher(text);
        if (!code.find()) {
            return of(1002, "UNKNOWN_EXCEPTION", text);
        }
        Matcher name = NAME.matcher(text);
        return new EngineException(Integer.parseInt(code.group(1)), name.find() ? name.group(1) : "", text, null);
    }

    /** An error of the endpoint itself, in the engine's form. */
    static EngineException of(int code, String name, String message) {
        return of(code, name, message, null);
    }

    static EngineException of(int code, String name, String message, @Nullable Throwable cause) {
        return new EngineException(
                code, name, "Code: %d. DB::Exception: %s. (%s)".formatted(code, message, name), cause);
    }

    /** The number of the error, as in the header X-ClickHouse-Exception-Code. */
    int code() {
        return code;
    }

    /** Whether the engine will not run this kind of statement as a stream; nothing has been run then. */
    boolean isStreamingRefused() {
        return name.equals("BAD_ARGUMENTS")
                && String.valueOf(getMessage()).contains("Streaming query is not supported");
    }

    /** The HTTP status that a ClickHouse server gives this error. */
    int httpStatus() {
        if (BAD_REQUEST.contains(name)) {
            return 400;
        }
        if (NOT_FOUND.contains(name)) {
            return 404;
        }
        return switch (name) {
            case "ACCESS_DENIED" -> 403;
            case "TIMEOUT_EXCEEDED" -> 408;
            case "QUERY_IS_TOO_LARGE" -> 413;
            case "UNSUPPORTED_MEDIA_TYPE" -> 415;
            case "NOT_IMPLEMENTED" -> 501;
            case "ABORTED", "CANNOT_OPEN_FILE", "CANNOT_SCHEDULE_TASK", "SOCKET_TIMEOUT" -> 503;
            default -> 500;
        };
    }
}
