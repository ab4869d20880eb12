package io.ocos.schemas.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The JSON forms of the input records (SPEC 13): a line holds one object. Unknown fields are not looked at. Every method
 * takes the bytes of a line without its end and throws {@link MalformedRecordException} with reason {@code UNREADABLE}
 * when SPEC 13 calls the line unreadable.
 */
public final class JsonRecords {

    private static final String UNREADABLE = "UNREADABLE";

    // What SPEC 13 does not call unreadable must be read: fields that are not looked at may have any size.
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(Integer.MAX_VALUE)
                            .maxNumberLength(Integer.MAX_VALUE)
                            .maxStringLength(Integer.MAX_VALUE)
                            .maxNameLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private JsonRecords() {}

    /** A line of {@code telemetry.jsonl}. A signature of wrong length is read: it fails E1. */
    public static SignedEnvelope envelope(byte[] line) throws MalformedRecordException {
        ObjectNode json = object(line);
        return new SignedEnvelope(
                AvroValues.avro(value(json, "node", Address::parse)),
                number(json, "sequence", JsonRecords::notNegative),
                number(json, "sentAt", JsonRecords::notNegative),
                number(json, "beaconBlock", JsonRecords::notNegative),
                AvroValues.avro(value(json, "beaconHash", Hash32::parse)),
                ByteBuffer.wrap(value(json, "payload", Hex::parse)),
                ByteBuffer.wrap(value(json, "signature", Hex::parse)),
                number(json, "receivedAt", JsonRecords::notNegative),
                text(json, "gateway"));
    }

    /** A line of {@code chain-events.jsonl}; {@link ChainFact} reads its arguments. */
    public static ChainEvent chainEvent(byte[] line) throws MalformedRecordException {
        ObjectNode json = object(line);
        String name = text(json, "name");
        if (!(json.get("args") instanceof ObjectNode object)) {
            throw unreadable("field 'args' is %s, expected an object".formatted(json.get("args")), null);
        }
        Map<String, String> args = new HashMap<>();
        object.properties().forEach(arg -> {
            // An argument that is looked at is a string; the text of any other value is no string of that type.
            JsonNode value = arg.getValue();
            args.put(arg.getKey(), value.isTextual() ? value.textValue() : " " + value);
        });
        try {
            ChainFact.of(name, args);
        } catch (IllegalArgumentException e) {
            throw unreadable("%s: %s".formatted(name, e.getMessage()), e);
        }
        return new ChainEvent(
                number(json, "blockNumber", JsonRecords::notNegative),
                AvroValues.avro(value(json, "blockHash", Hash32::parse)),
                number(json, "blockTime", JsonRecords::notNegative),
                AvroValues.avro(value(json, "transactionHash", Hash32::parse)),
                number(json, "logIndex", index -> index >= -1),
                AvroValues.avro(value(json, "contract", Address::parse)),
                name,
                args);
    }

    /** A line of {@code job-events.jsonl}. */
    public static JobEvent jobEvent(byte[] line) throws MalformedRecordException {
        ObjectNode json = object(line);
        return new JobEvent(
                value(json, "type", JobEventType::valueOf),
                AvroValues.avro(value(json, "jobId", Hash32::parse)),
                AvroValues.avro(value(json, "node", Address::parse)),
                number(json, "at", JsonRecords::notNegative),
                number(json, "recordedAt", JsonRecords::notNegative));
    }

    private static ObjectNode object(byte[] line) throws MalformedRecordException {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line))
                    .toString();
            if (JSON.readTree(text) instanceof ObjectNode object) {
                return object;
            }
            throw unreadable("the line is no JSON object", null);
        } catch (CharacterCodingException e) {
            throw unreadable("the line is not UTF-8", e);
        } catch (JsonProcessingException e) {
            throw unreadable("the line is no JSON object: " + e.getOriginalMessage(), e);
        }
    }

    private static boolean notNegative(long value) {
        return value >= 0;
    }

    private static long number(ObjectNode json, String field, LongPredicate range) throws MalformedRecordException {
        JsonNode node = json.get(field);
        if (node == null || !node.isIntegralNumber() || !node.canConvertToLong() || !range.test(node.longValue())) {
            throw unreadable("field '%s' is %s, expected an integer in its range".formatted(field, node), null);
        }
        return node.longValue();
    }

    private static String text(ObjectNode json, String field) throws MalformedRecordException {
        JsonNode node = json.get(field);
        if (node == null || !node.isTextual()) {
            throw unreadable("field '%s' is %s, expected a string".formatted(field, node), null);
        }
        return node.textValue();
    }

    private static <T> T value(ObjectNode json, String field, Function<String, T> parse)
            throws MalformedRecordException {
        String text = text(json, field);
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException e) {
            throw unreadable("field '%s': %s".formatted(field, e.getMessage()), e);
        }
    }

    private static MalformedRecordException unreadable(String detail, @Nullable Throwable cause) {
        return cause == null
                ? new MalformedRecordException(UNREADABLE, detail)
                : new MalformedRecordException(UNREADABLE, detail, cause);
    }
}
