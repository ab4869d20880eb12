package io.ocos.ingest.io;

import java.util.Locale;
import java.util.regex.Pattern;

/** An EVM node did not give an answer that can be used. */
final class RpcException extends Exception {

    private static final long serialVersionUID = 1;

    /** What kind of failure; the name in lower case is the metric's tag. */
    enum Kind {
        /** No connection, or a server error. */
        UNREACHABLE,
        /** Too many requests in too short a time. */
        RATE_LIMITED,
        /** The answer would be too large, or take too long: less must be asked for. */
        TOO_LARGE,
        /** The method does not exist there. */
        UNSUPPORTED,
        /** Another error that the node reported. */
        REFUSED,
        /** The answer is no JSON-RPC, or lacks what was asked for. */
        MALFORMED,
        /** The answers contradict each other, or what is known of the chain. */
        INCONSISTENT;

        String tag() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    // Nodes agree on hardly any code or wording; these are of geth, erigon, BSC, and the large providers.
    private static final Pattern RATE = Pattern.compile(
            "\\brate\\b|too many requests|request count|throttl|capacity|per second", Pattern.CASE_INSENSITIVE);
    private static final Pattern SIZE = Pattern.compile(
            "limit|too (many|large|big|wide)|range|more than|exceed|response size|timeout|timed out|deadline",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern METHOD = Pattern.compile(
            "method .{0,60}(not found|not supported|does not exist|not available|unsupported)|unsupported method",
            Pattern.CASE_INSENSITIVE);
    private static final int METHOD_NOT_FOUND = -32_601;
    private static final int LIMIT_EXCEEDED = -32_005;
    private static final int HTTP_TOO_MANY_REQUESTS = 429;
    private static final int HTTP_PAYLOAD_TOO_LARGE = 413;
    private static final int HTTP_GATEWAY_TIMEOUT = 504;

    private final Kind kind;

    RpcException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    RpcException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    /** What an error object of JSON-RPC means. */
    static Kind kindOf(int code, String message) {
        if (code == METHOD_NOT_FOUND || METHOD.matcher(message).find()) {
            return Kind.UNSUPPORTED;
        }
        if (code == HTTP_TOO_MANY_REQUESTS || RATE.matcher(message).find()) {
            return Kind.RATE_LIMITED;
        }
        return code == LIMIT_EXCEEDED || SIZE.matcher(message).find() ? Kind.TOO_LARGE : Kind.REFUSED;
    }

    /** What an HTTP status other than 2xx means. */
    static Kind kindOf(int httpStatus) {
        return switch (httpStatus) {
            case HTTP_TOO_MANY_REQUESTS -> Kind.RATE_LIMITED;
            case HTTP_PAYLOAD_TOO_LARGE, HTTP_GATEWAY_TIMEOUT -> Kind.TOO_LARGE;
            default -> Kind.UNREACHABLE;
        };
    }
}
