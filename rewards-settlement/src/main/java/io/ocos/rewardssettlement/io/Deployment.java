package io.ocos.rewardssettlement.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.ocos.schemas.domain.Address;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where the contracts of a deployment are, and how deep a block must be there to count.
 *
 * @param deploymentBlock number of a block before which none of the contracts has an event
 * @param confirmations how many blocks must stand on a block before its events count and its transactions are done
 * @param timelock the DAO's treasury and executive
 * @param priceFeed USD per OCOS: a Chainlink feed, or the local chain's
 */
public record Deployment(
        long chainId,
        long deploymentBlock,
        int confirmations,
        Address token,
        Address registry,
        Address parameters,
        Address timelock,
        Address governor,
        Address settlement,
        Address escrow,
        Address computeStaking,
        Address subscriptions,
        Address priceFeed) {

    /** The form in a file. */
    private record Form(long chainId, long deploymentBlock, int confirmations, Map<String, String> contracts) {}

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private static final String PRICE_FEED = "PriceFeed";

    public Deployment {
        if (chainId <= 0 || deploymentBlock < 0 || confirmations < 0) {
            throw new IllegalArgumentException(
                    "chainId %d, deploymentBlock %d, confirmations %d: expected above 0, 0 or more, 0 or more"
                            .formatted(chainId, deploymentBlock, confirmations));
        }
    }

    /** The addresses by contract name, as the Solidity sources have it; the feed, whose contract may be anybody's, is {@code PriceFeed}. */
    public Map<String, Address> contracts() {
        Map<String, Address> contracts = new LinkedHashMap<>();
        contracts.put("OcosToken", token);
        contracts.put("NodeRegistry", registry);
        contracts.put("ParameterStore", parameters);
        contracts.put("OcosTimelock", timelock);
        contracts.put("OcosGovernor", governor);
        contracts.put("RewardsSettlement", settlement);
        contracts.put("JobEscrow", escrow);
        contracts.put("ComputeStaking", computeStaking);
        contracts.put("StorageSubscriptions", subscriptions);
        contracts.put(PRICE_FEED, priceFeed);
        return contracts;
    }

    /** Writes it to a file, which holds either the whole of it or what it held before. */
    public void write(Path file) {
        Map<String, String> addresses = new LinkedHashMap<>();
        contracts().forEach((name, address) -> addresses.put(name, address.toString()));
        try {
            Path unfinished = file.resolveSibling(file.getFileName() + ".tmp");
            Files.writeString(
                    unfinished,
                    JSON.writerWithDefaultPrettyPrinter()
                                    .writeValueAsString(new Form(chainId, deploymentBlock, confirmations, addresses))
                            + "\n");
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("%s: cannot be written".formatted(file), e);
        }
    }

    /**
     * Reads a file that {@link #write} wrote.
     *
     * @throws IllegalArgumentException when it is not such a file
     */
    public static Deployment read(Path file) {
        try {
            return of(JSON.readValue(Files.readString(file), Form.class));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new IllegalArgumentException("%s: no deployment: %s".formatted(file, e.getMessage()), e);
        } catch (IOException e) {
            throw new UncheckedIOException("%s: cannot be read".formatted(file), e);
        }
    }

    private static Deployment of(Form form) {
        if (form.contracts() == null) {
            throw new IllegalArgumentException("contracts is null, expected an address for each contract");
        }
        Map<String, String> left = new TreeMap<>(form.contracts());
        Deployment deployment = new Deployment(
                form.chainId(),
                form.deploymentBlock(),
                form.confirmations(),
                take(left, "OcosToken"),
                take(left, "NodeRegistry"),
                take(left, "ParameterStore"),
                take(left, "OcosTimelock"),
                take(left, "OcosGovernor"),
                take(left, "RewardsSettlement"),
                take(left, "JobEscrow"),
                take(left, "ComputeStaking"),
                take(left, "StorageSubscriptions"),
                take(left, PRICE_FEED));
        if (!left.isEmpty()) {
            throw new IllegalArgumentException("contracts holds %s, expected only %s"
                    .formatted(left.keySet(), deployment.contracts().keySet()));
        }
        return deployment;
    }

    private static Address take(Map<String, String> contracts, String name) {
        String address = contracts.remove(name);
        if (address == null) {
            throw new IllegalArgumentException("contracts holds no %s".formatted(name));
        }
        return Address.parse(address);
    }
}
