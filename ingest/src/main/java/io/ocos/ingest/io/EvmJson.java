package io.ocos.ingest.io;

import com.fasterxml.jackson.databind.JsonNode;
import io.ocos.ingest.domain.BlockHeader;
import io.ocos.ingest.domain.EvmLog;
import io.ocos.ingest.domain.LogsBloom;
import io.ocos.ingest.io.RpcException.Kind;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Reads what EVM nodes answer, strictly: a field that is missing or not of its type makes the answer one that cannot be used.
 * Fields that are not needed are not looked at, as chains differ in them.
 */
final class EvmJson {

    /** The last second whose milliseconds fit a long. */
    private static final long MAX_SECONDS = Long.MAX_VALUE / 1_000;

    private static final Pattern QUANTITY = Pattern.compile("0x[0-9a-fA-F]{1,64}");
    private static final int MAX_TOPICS = 4;

    private EvmJson() {}

    static BlockHeader header(JsonNode json) throws RpcException {
        long time = quantity(json, "timestamp");
        if (time > MAX_SECONDS) {
            throw malformed("timestamp %d, expected at most %d".formatted(time, MAX_SECONDS));
        }
        return new BlockHeader(
                quantity(json, "number"),
                value(json, "hash", Hash32::parse),
                value(json, "parentHash", Hash32::parse),
                time,
                value(json, "logsBloom", text -> LogsBloom.of(Hex.parse(text))));
    }

    static List<EvmLog> logs(JsonNode json) throws RpcException {
        if (!json.isArray()) {
            throw malformed("logs are %s, expected an array".formatted(shorten(json)));
        }
        List<EvmLog> logs = new ArrayList<>(json.size());
        for (JsonNode log : json) {
            logs.add(log(log));
        }
        return logs;
    }

    private static EvmLog log(JsonNode json) throws RpcException {
        JsonNode topics = json.path("topics");
        if (!topics.isArray() || topics.size() > MAX_TOPICS) {
            throw malformed("topics of a log are %s, expected an array of at most 4".formatted(shorten(topics)));
        }
        List<Hash32> parsed = new ArrayList<>(topics.size());
        for (JsonNode topic : topics) {
            parsed.add(parse("topic", topic, Hash32::parse));
        }
        return new EvmLog(
                quantity(json, "blockNumber"),
                value(json, "blockHash", Hash32::parse),
                value(json, "transactionHash", Hash32::parse),
                quantity(json, "logIndex"),
                value(json, "address", EvmJson::address),
                parsed,
                value(json, "data", text -> Hex.format(Hex.parse(text))),
                json.path("removed").asBoolean(false));
    }

    /** A node's checksum, or the lack of one, says nothing. */
    private static Address address(String text) {
        return Address.parse(text.toLowerCase(Locale.ROOT));
    }

    /** A field that is an integer, 0 … 2<sup>63</sup> − 1. */
    static long quantity(JsonNode json, String field) throws RpcException {
        return quantity(field, json.path(field));
    }

    static long quantity(String what, JsonNode json) throws RpcException {
        if (json.isTextual() && QUANTITY.matcher(json.textValue()).matches()) {
            BigInteger value = new BigInteger(json.textValue().substring(2), 16);
            if (value.bitLength() < Long.SIZE) {
                return value.longValue();
            }
        }
        throw malformed("%s is %s, expected 0x and an integer below 2^63".formatted(what, shorten(json)));
    }

    static <T> T value(JsonNode json, String field, Function<String, T> parse) throws RpcException {
        return parse(field, json.path(field), parse);
    }

    private static <T> T parse(String what, JsonNode json, Function<String, T> parse) throws RpcException {
        if (!json.isTextual()) {
            throw malformed("%s is %s, expected a string".formatted(what, shorten(json)));
        }
        try {
            return parse.apply(json.textValue());
        } catch (IllegalArgumentException e) {
            throw malformed("%s: %s".formatted(what, e.getMessage()));
        }
    }

    private static RpcException malformed(String message) {
        return new RpcException(Kind.MALFORMED, message);
    }

    static String shorten(JsonNode json) {
        String text = json.isMissingNode() ? "missing" : json.toString();
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }
}
