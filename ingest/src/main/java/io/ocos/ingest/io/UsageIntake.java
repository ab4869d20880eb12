package io.ocos.ingest.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import io.javalin.http.Context;
import io.ocos.metering.domain.Acceptance;
import io.ocos.metering.domain.TelemetryPayload;
import io.ocos.metering.domain.TelemetryPayload.Entry;
import io.ocos.metering.domain.TelemetryPayload.JobUsage;
import io.ocos.metering.domain.TelemetryPayload.StorageUsage;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /v1/usage}, on the agent's own port: where the workers of this machine hand in what jobs and accounts use. All of a
 * report is taken, or none; 202 means that it is on disk.
 */
final class UsageIntake {

    private static final Logger LOG = LoggerFactory.getLogger(UsageIntake.class);
    private static final int MAX_BODY_BYTES = 256 << 10;

    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .withCoercionConfig(
                    LogicalType.Integer, integers -> integers.setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.String, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .withCoercionConfig(
                    LogicalType.Textual, texts -> texts.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .build();

    private record Report(
            @Nullable List<@Nullable Job> jobUsage,
            @Nullable List<@Nullable Storage> storageUsage) {}

    private record Job(
            @Nullable String jobId,
            @Nullable Long at,
            @Nullable Long cpuMillis,
            @Nullable Long gpuMillis,
            @Nullable Long egressBytes) {}

    private record Storage(
            @Nullable String account,
            @Nullable Long at,
            @Nullable Long bytesStored) {}

    /** RFC 9457. */
    private record ProblemBody(String type, String title, int status, String detail) {}

    private final EntryBuffer buffer;
    private final Clock clock;

    UsageIntake(EntryBuffer buffer, Clock clock) {
        this.buffer = buffer;
        this.clock = clock;
    }

    /** Answers 202 with how many entries were taken, or a problem. */
    void post(Context context) {
        if (context.header("Origin") != null) {
            problem(context, 403, "foreign", "Requests of web pages are refused", "there is an Origin header");
            return;
        }
        String type = context.contentType();
        if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
            problem(
                    context,
                    415,
                    "unsupported-media-type",
                    "The body is not application/json",
                    "Content-Type '%s', expected application/json".formatted(type));
            return;
        }
        if (context.req().getContentLengthLong() > MAX_BODY_BYTES) {
            problem(
                    context,
                    413,
                    "too-large",
                    "The body is too large",
                    "%d bytes, expected at most %d".formatted(context.req().getContentLengthLong(), MAX_BODY_BYTES));
            return;
        }
        List<Entry> entries;
        try {
            entries = read(context.bodyAsBytes(), clock.millis());
        } catch (IllegalArgumentException e) {
            problem(context, 400, "bad-usage", "The report is not as expected", String.valueOf(e.getMessage()));
            return;
        }
        try {
            buffer.append(entries);
        } catch (IOException e) {
            LOG.warn("a usage report is refused, the disk does not keep it: {}", e.toString());
            problem(context, 503, "not-durable", "The disk does not keep the report", String.valueOf(e.getMessage()));
            return;
        }
        context.status(202).json(Map.of("entries", entries.size()));
    }

    /**
     * The entries of a report.
     *
     * @param now the node's clock, ms: when an entry without a time was measured
     * @throws IllegalArgumentException naming the field, its value and what was expected
     */
    static List<Entry> read(byte[] body, long now) {
        Report report = parse(body);
        List<Entry> entries = new ArrayList<>();
        each(
                "jobUsage",
                report.jobUsage,
                entries,
                (path, job) -> new JobUsage(
                        value(path + ".jobId", job.jobId, "32 bytes as 0x-hex", Hash32::parse),
                        time(path + ".at", job.at, now),
                        counter(path + ".cpuMillis", job.cpuMillis),
                        counter(path + ".gpuMillis", job.gpuMillis),
                        counter(path + ".egressBytes", job.egressBytes)));
        each(
                "storageUsage",
                report.storageUsage,
                entries,
                (path, storage) -> new StorageUsage(
                        value(path + ".account", storage.account, "an address", Address::parse),
                        time(path + ".at", storage.at, now),
                        counter(path + ".bytesStored", storage.bytesStored)));
        if (entries.isEmpty() || entries.size() > TelemetryPayload.MAX_ENTRIES) {
            throw new IllegalArgumentException(
                    "%d entries, expected 1 … %d".formatted(entries.size(), TelemetryPayload.MAX_ENTRIES));
        }
        return entries;
    }

    private static Report parse(byte[] body) {
        try {
            Report report = JSON.readValue(body, Report.class);
            if (report == null) {
                throw new IllegalArgumentException("null, expected a JSON object");
            }
            return report;
        } catch (JsonMappingException e) {
            throw new IllegalArgumentException(path(e) + e.getOriginalMessage(), e);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static String path(JsonMappingException e) {
        String path = e.getPath().stream()
                .map(step -> step.getFieldName() == null ? "[" + step.getIndex() + "]" : "." + step.getFieldName())
                .collect(Collectors.joining());
        return path.isEmpty() ? "" : path.substring(1) + ": ";
    }

    private interface Reader<T> {
        Entry read(String path, T value);
    }

    private static <T> void each(
            String field, @Nullable List<@Nullable T> values, List<Entry> entries, Reader<T> reader) {
        int index = 0;
        for (T value : values == null ? List.<T>of() : values) {
            String path = "%s[%d]".formatted(field, index++);
            if (value == null) {
                throw new IllegalArgumentException(path + ": null, expected an object");
            }
            entries.add(reader.read(path, value));
        }
    }

    private static <T> T value(String path, @Nullable String text, String expected, Function<String, T> parser) {
        if (text == null) {
            throw new IllegalArgumentException("%s: is missing, expected %s".formatted(path, expected));
        }
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("%s: %s".formatted(path, e.getMessage()), e);
        }
    }

    private static long counter(String path, @Nullable Long value) {
        if (value == null || value < 0) {
            throw new IllegalArgumentException(
                    "%s: %s, expected an integer of at least 0".formatted(path, value == null ? "is missing" : value));
        }
        return value;
    }

    private static long time(String path, @Nullable Long at, long now) {
        if (at == null) {
            return now;
        }
        if (!Acceptance.entryCounts(now, at)) {
            throw new IllegalArgumentException("%s: %d, expected a time in the last %d ms before %d"
                    .formatted(path, at, Acceptance.MAX_AGE_MILLIS, now));
        }
        return at;
    }

    private static void problem(Context context, int status, String type, String title, String detail) {
        ProblemBody body = new ProblemBody("urn:ocos:problem:" + type, title, status, detail);
        try {
            context.status(status)
                    .header("Content-Type", "application/problem+json")
                    .result(JSON.writeValueAsBytes(body));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write a problem", e);
        }
    }
}
