package io.ocos.ingest.domain;

import io.ocos.ingest.domain.RefusedLogException.Reason;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.Keccak;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * An event of a contract: its name and its arguments in the order of its declaration.
 *
 * @param name as declared
 * @param parameters as declared
 */
public record EventSignature(String name, List<Parameter> parameters) {

    private static final Pattern DECLARATION = Pattern.compile("(\\w+)\\((.*)\\)");
    private static final Pattern PARAMETER = Pattern.compile("(\\w+(?:\\[\\])?)( indexed)? (\\w+)");

    /**
     * An argument.
     *
     * @param indexed whether it is a topic, else it is in the data
     */
    public record Parameter(String name, AbiType type, boolean indexed) {}

    public EventSignature {
        parameters = List.copyOf(parameters);
    }

    /**
     * Reads a declaration as in Solidity, without {@code event} and semicolon.
     *
     * @throws IllegalArgumentException when it is none, or an argument is indexed whose value no topic can hold
     */
    public static EventSignature parse(String declaration) {
        Matcher event = DECLARATION.matcher(declaration);
        if (!event.matches()) {
            throw new IllegalArgumentException(
                    "event '%s', expected Name(type [indexed] name, …)".formatted(declaration));
        }
        List<Parameter> parameters = new ArrayList<>();
        for (String each : event.group(2).split(", ", -1)) {
            Matcher parameter = PARAMETER.matcher(each);
            if (!parameter.matches()) {
                throw new IllegalArgumentException("argument '%s' of '%s'".formatted(each, declaration));
            }
            AbiType type = AbiType.parse(parameter.group(1));
            boolean indexed = parameter.group(2) != null;
            if (indexed && type.isDynamic()) {
                throw new IllegalArgumentException("argument '%s' of '%s' is indexed: its topic is a hash"
                        .formatted(parameter.group(3), declaration));
            }
            parameters.add(new Parameter(parameter.group(3), type, indexed));
        }
        return new EventSignature(event.group(1), parameters);
    }

    /** What the event's topic is the hash of, such as {@code ParameterSet(bytes32,uint256)}. */
    public String canonical() {
        return parameters.stream()
                .map(parameter -> parameter.type().canonical())
                .collect(Collectors.joining(",", name + "(", ")"));
    }

    /** The first topic of its logs. */
    public Hash32 topic() {
        return Hash32.of(Keccak.hash(canonical().getBytes(StandardCharsets.US_ASCII)));
    }

    /**
     * The arguments of one of its logs, by name, as {@link AbiType} writes them.
     *
     * @param log whose first topic is {@link #topic()}
     * @throws RefusedLogException when it is no encoding of this event
     */
    public Map<String, String> decode(EvmLog log) throws RefusedLogException {
        long indexed = parameters.stream().filter(Parameter::indexed).count();
        if (log.topics().size() != 1 + indexed) {
            throw new RefusedLogException(
                    Reason.TOPIC_COUNT,
                    "%s with %d topics, expected %d"
                            .formatted(name, log.topics().size(), 1 + indexed));
        }
        byte[] data = Hex.parse(log.data());
        int heads = (int) (parameters.size() - indexed) * AbiType.WORD;
        if (data.length < heads
                || (data.length > heads
                        && parameters.stream().noneMatch(p -> p.type().isDynamic()))) {
            throw new RefusedLogException(
                    Reason.MALFORMED_ABI, "%s with %d bytes of data, expected %d".formatted(name, data.length, heads));
        }
        Map<String, String> args = new LinkedHashMap<>();
        int topic = 1;
        int at = 0;
        for (Parameter parameter : parameters) {
            try {
                String value;
                if (parameter.indexed()) {
                    value = parameter.type().decode(log.topics().get(topic++).toBytes(), 0);
                } else {
                    value = parameter.type().decode(data, parameter.type().isDynamic() ? AbiType.offset(data, at) : at);
                    at += AbiType.WORD;
                }
                args.put(parameter.name(), value);
            } catch (IllegalArgumentException e) {
                throw new RefusedLogException(
                        Reason.MALFORMED_ABI, "%s: argument %s: %s".formatted(name, parameter.name(), e.getMessage()));
            }
        }
        return args;
    }
}
