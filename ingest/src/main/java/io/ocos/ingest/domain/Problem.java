package io.ocos.ingest.domain;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Why a gateway refuses a request: the problem types of RFC 9457, each with its HTTP status and the reason code under which
 * it is counted and kept.
 */
public enum Problem {
    UNREADABLE(400, "The body is no TelemetrySubmission in single-object encoding"),
    UNSUPPORTED_MEDIA_TYPE(415, "The body is not application/avro, or is compressed"),
    TOO_LARGE(413, "E4", "The body is larger than a gateway takes"),
    BAD_SIGNATURE(401, "E1", "The signature is not that of the node"),
    IMPERSONATION(403, "E1", "The signature is that of another registered node"),
    TIME_OUT_OF_RANGE(400, "E2", "sentAt is too far from the gateway's clock"),
    BAD_PAYLOAD(400, "E3", "The payload is no valid TelemetryBatch"),
    UNREGISTERED(403, "E4", "The node is not registered"),
    DENIED(403, "The node is on this gateway's deny list"),
    BAD_SEQUENCE(400, "E4", "The sequence number is outside the window"),
    EQUIVOCATION(409, "Another envelope was accepted under this sequence number"),
    BAD_BEACON(400, "E4", "The beacon block is unknown, not canonical or too far from sentAt"),
    RATE(429, "Too many requests"),
    SLOW(408, "The body did not arrive in time"),
    ABORTED(400, "The body ended before its length"),
    BUSY(503, "The gateway has too many requests in flight"),
    NOT_READY(503, "The gateway does not know the recent past yet"),
    NOT_DURABLE(503, "The log did not confirm the envelope in time"),
    NOT_FOUND(404, "There is nothing at this path"),
    METHOD_NOT_ALLOWED(405, "This path does not take this method"),
    BAD_REQUEST(400, "The request is not HTTP as expected"),
    INTERNAL(500, "The gateway failed");

    private final int status;
    private final String rule;
    private final String title;

    Problem(int status, String title) {
        this.status = status;
        this.rule = name();
        this.title = title;
    }

    Problem(int status, String rule, String title) {
        this.status = status;
        this.rule = rule;
        this.title = title;
    }

    /** The problem of a type URI; empty for one that is none of these. */
    public static Optional<Problem> ofType(String type) {
        return Arrays.stream(values())
                .filter(problem -> problem.type().equals(type))
                .findFirst();
    }

    /** HTTP status. */
    public int status() {
        return status;
    }

    /** The rule of SPEC 3 that failed, else the name of the problem: the reason code of a kept reject. */
    public String rule() {
        return rule;
    }

    /** One line that is the same for every occurrence. */
    public String title() {
        return title;
    }

    /** The type URI. */
    public String type() {
        return "urn:ocos:problem:" + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
