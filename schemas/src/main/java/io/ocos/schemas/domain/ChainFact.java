package io.ocos.schemas.domain;

import java.math.BigInteger;
import java.util.Map;
import java.util.Optional;

/**
 * A chain event that changes what is computed (SPEC 2.2, 4–9), with just the arguments that the rules use. Amounts are wei;
 * parameter values, fees and adjustments of 2<sup>128</sup> or more are read as 2<sup>128</sup> − 1 (SPEC 1).
 */
public sealed interface ChainFact {

    /** An event of one node's state. */
    sealed interface OfNode extends ChainFact {
        Address node();
    }

    /** An event of one job. */
    sealed interface OfJob extends ChainFact {
        Hash32 jobId();
    }

    record NodeRegistered(Address node, Address owner, Hash32 nodeType, BigInteger capacityUnits) implements OfNode {}

    record NodeOwnerChanged(Address node, Address owner) implements OfNode {}

    record NodeCapacityChanged(Address node, BigInteger capacityUnits) implements OfNode {}

    record NodeDeregistered(Address node) implements OfNode {}

    /** The stake is the total after the event, wei. */
    record StakeChanged(Address node, BigInteger stake) implements OfNode {}

    /** The stake is the total after the event, wei. */
    record NodeSlashed(Address node, BigInteger stake) implements OfNode {}

    record ParameterSet(Hash32 key, BigInteger value) implements ChainFact {}

    /** The deadline is any uint256. */
    record JobCreated(Hash32 jobId, Address customer, Hash32 kind, BigInteger deadlineSeconds) implements OfJob {}

    /** The fee is in wei. */
    record JobSettled(Hash32 jobId, Address node, BigInteger fee) implements OfJob {}

    /** The amount is in wei. */
    record RewardAdjusted(Address payee, BigInteger amount) implements ChainFact {}

    /** The largest parameter value, fee or adjustment. */
    BigInteger MAX_VALUE = BigInteger.TWO.pow(128).subtract(BigInteger.ONE);

    /**
     * Reads an event by its name and arguments.
     *
     * @param args as in SPEC 13: integers as decimal strings, addresses and bytes as 0x-hex
     * @return empty for an event that the rules do not use
     * @throws IllegalArgumentException when an argument that is used is missing or not of its type
     */
    static Optional<ChainFact> of(String name, Map<String, String> args) {
        return Optional.ofNullable(
                switch (name) {
                    case "NodeRegistered" ->
                        new NodeRegistered(
                                address(args, "node"),
                                address(args, "owner"),
                                hash32(args, "nodeType"),
                                uint256(args, "capacityUnits"));
                    case "NodeOwnerChanged" -> new NodeOwnerChanged(address(args, "node"), address(args, "owner"));
                    case "NodeCapacityChanged" ->
                        new NodeCapacityChanged(address(args, "node"), uint256(args, "capacityUnits"));
                    case "NodeDeregistered" -> new NodeDeregistered(address(args, "node"));
                    case "StakeChanged" -> new StakeChanged(address(args, "node"), uint256(args, "stake"));
                    case "NodeSlashed" -> new NodeSlashed(address(args, "node"), uint256(args, "stake"));
                    case "ParameterSet" -> new ParameterSet(hash32(args, "key"), bounded(args, "value"));
                    case "JobCreated" ->
                        new JobCreated(
                                hash32(args, "jobId"),
                                address(args, "customer"),
                                hash32(args, "kind"),
                                uint256(args, "deadline"));
                    case "JobSettled" ->
                        new JobSettled(hash32(args, "jobId"), address(args, "node"), bounded(args, "fee"));
                    case "RewardAdjusted" -> new RewardAdjusted(address(args, "payee"), bounded(args, "amount"));
                    default -> null;
                });
    }

    private static String text(Map<String, String> args, String name) {
        String value = args.get(name);
        if (value == null) {
            throw new IllegalArgumentException("argument '%s' is missing, there are %s".formatted(name, args.keySet()));
        }
        return value;
    }

    private static Address address(Map<String, String> args, String name) {
        return Address.parse(text(args, name));
    }

    private static Hash32 hash32(Map<String, String> args, String name) {
        return Hash32.parse(text(args, name));
    }

    private static BigInteger uint256(Map<String, String> args, String name) {
        return TokenAmount.parse(text(args, name)).wei();
    }

    private static BigInteger bounded(Map<String, String> args, String name) {
        return uint256(args, name).min(MAX_VALUE);
    }
}
