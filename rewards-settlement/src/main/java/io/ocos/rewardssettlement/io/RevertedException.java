package io.ocos.rewardssettlement.io;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.Keccak;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.web3j.protocol.core.Response;

/** A contract refused a call; names the custom error of our contracts, or of the libraries in them, that it refused it with. */
public final class RevertedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Signature of each custom error by its selector, {@code 0x} and 8 digits. */
    private static final Map<String, String> ERRORS = errors(List.of(
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

    private RevertedException(String error, String message) {
        super(message);
        this.error = error;
    }

    static RevertedException of(Response.Error answer) {
        String data = String.valueOf(answer.getData()).replace("\"", "");
        String selector = data.length() < 10 ? data : data.substring(0, 10);
        String error = ERRORS.getOrDefault(selector, answer.getMessage());
        return new RevertedException(error, "the contract refused the call: %s, data %s".formatted(error, data));
    }

    /** The signature of the custom error, such as {@code NotRegistered(address)}, or what the node said when it is none. */
    public String error() {
        return error;
    }

    private static Map<String, String> errors(List<String> contracts) {
        Map<String, String> errors = new HashMap<>();
        for (String contract : contracts) {
            try (InputStream abi = RevertedException.class.getResourceAsStream(
                    "/io/ocos/rewardssettlement/contracts/%s.abi".formatted(contract))) {
                for (JsonNode entry : new ObjectMapper().readTree(abi)) {
                    if (entry.path("type").asText().equals("error")) {
                        String signature = signature(entry);
                        byte[] hash = Keccak.hash(signature.getBytes(StandardCharsets.US_ASCII));
                        errors.put(Hex.format(hash).substring(0, 10), signature);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException("%s.abi is unreadable".formatted(contract), e);
            }
        }
        return Map.copyOf(errors);
    }

    private static String signature(JsonNode entry) {
        return StreamSupport.stream(entry.path("inputs").spliterator(), false)
                .map(input -> input.path("type").asText())
                .collect(Collectors.joining(",", entry.path("name").asText() + "(", ")"));
    }
}
