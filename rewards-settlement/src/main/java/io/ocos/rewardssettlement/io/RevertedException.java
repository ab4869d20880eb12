package io.ocos.rewardssettlement.io;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.Keccak;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.web3j.abi.FunctionReturnDecoder;
import org.web3j.abi.TypeReference;
import org.web3j.abi.datatypes.Type;
import org.web3j.protocol.core.Response;

/** A contract refused a call; names the custom error of our contracts, or of the libraries in them, that it refused it with. */
public final class RevertedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /**
     * A custom error.
     *
     * @param inputs name and type of each value, in order
     */
    private record CustomError(String name, String signature, List<Map.Entry<String, String>> inputs) {

        /** With its values, such as {@code BatchNotPending(number 7)}. */
        String withValues(String data) {
            try {
                @SuppressWarnings("rawtypes") // web3j's own signature.
                List<TypeReference<Type>> types = new ArrayList<>();
                for (Map.Entry<String, String> input : inputs) {
                    @SuppressWarnings({"rawtypes", "unchecked"})
                    TypeReference<Type> type = (TypeReference<Type>) TypeReference.makeTypeReference(input.getValue());
                    types.add(type);
                }
                @SuppressWarnings("rawtypes") // web3j's own signature.
                List<Type> values = FunctionReturnDecoder.decode("0x" + data.substring(SELECTOR_LENGTH), types);
                StringJoiner text = new StringJoiner(", ", name + "(", ")");
                for (int i = 0; i < values.size(); i++) {
                    Object value = values.get(i).getValue();
                    text.add("%s %s"
                            .formatted(
                                    inputs.get(i).getKey(), value instanceof byte[] bytes ? Hex.format(bytes) : value)
                            .strip());
                }
                return text.toString();
            } catch (ReflectiveOperationException | RuntimeException e) { // Data that is not what the ABI says.
                return "%s, data %s".formatted(signature, data);
            }
        }
    }

    private static final int SELECTOR_LENGTH = 10;

    /** Each custom error by its selector, {@code 0x} and 8 digits. */
    private static final Map<String, CustomError> ERRORS = errors(List.of(
            "OcosToken",
            "NodeRegistry",
            "ParameterStore",
            "OcosTimelock",
            "OcosGovernor",
            "RewardsSettlement",
            "JobEscrow",
            "ComputeStaking",
            "StorageSubscriptions",
            "LocalPriceFeed"));

    private final String error;
    private final String detail;

    private RevertedException(String error, String detail) {
        super("the contract refused the call: " + detail);
        this.error = error;
        this.detail = detail;
    }

    static RevertedException of(Response.Error answer) {
        String data = answer.getData() == null ? "" : answer.getData().replace("\"", "");
        CustomError known = data.length() < SELECTOR_LENGTH ? null : ERRORS.get(data.substring(0, SELECTOR_LENGTH));
        String message = String.valueOf(answer.getMessage());
        return known == null
                ? new RevertedException(message, data.isEmpty() ? message : "%s, data %s".formatted(message, data))
                : new RevertedException(known.signature(), known.withValues(data));
    }

    /** The signature of the custom error, such as {@code NotRegistered(address)}, or what the node said when it is none. */
    public String error() {
        return error;
    }

    /** The custom error with its values, such as {@code BatchNotPending(number 7)}, or what the node said when it is none. */
    public String detail() {
        return detail;
    }

    private static Map<String, CustomError> errors(List<String> contracts) {
        Map<String, CustomError> errors = new HashMap<>();
        for (String contract : contracts) {
            try (InputStream abi = RevertedException.class.getResourceAsStream(
                    "/io/ocos/rewardssettlement/contracts/%s.abi".formatted(contract))) {
                for (JsonNode entry : new ObjectMapper().readTree(abi)) {
                    if (entry.path("type").asText().equals("error")) {
                        String signature = signature(entry);
                        byte[] hash = Keccak.hash(signature.getBytes(StandardCharsets.US_ASCII));
                        errors.put(
                                Hex.format(hash).substring(0, SELECTOR_LENGTH),
                                new CustomError(entry.path("name").asText(), signature, inputs(entry)));
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException("%s.abi is unreadable".formatted(contract), e);
            }
        }
        return Map.copyOf(errors);
    }

    private static List<Map.Entry<String, String>> inputs(JsonNode entry) {
        return StreamSupport.stream(entry.path("inputs").spliterator(), false)
                .map(input -> Map.entry(
                        input.path("name").asText(), input.path("type").asText()))
                .toList();
    }

    private static String signature(JsonNode entry) {
        return StreamSupport.stream(entry.path("inputs").spliterator(), false)
                .map(input -> input.path("type").asText())
                .collect(Collectors.joining(",", entry.path("name").asText() + "(", ")"));
    }
}
