package io.ocos.schemas.domain;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The governed parameters as at one minute (SPEC 4): defaults, overlaid by what the DAO has set. Immutable. Values are
 * read as the table there says: a zero divisor as 1, {@code full ≤ floor} as {@code floor + 1}, a share above 1 000 000 as
 * that.
 */
public final class Parameters {

    /** Values before any event. */
    public static final Parameters DEFAULTS = new Parameters(defaults());

    private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);

    private final Map<Hash32, BigInteger> values;

    private Parameters(Map<Hash32, BigInteger> values) {
        this.values = values;
    }

    /** These parameters with one set, 0 … 2<sup>128</sup> − 1; an unknown key changes nothing. */
    public Parameters with(Hash32 key, BigInteger value) {
        if (!values.containsKey(key)) {
            return this;
        }
        Map<Hash32, BigInteger> changed = new HashMap<>(values);
        changed.put(key, value);
        return new Parameters(changed);
    }

    /** Names of all parameters, in alphabetical order. */
    public static SortedSet<String> names() {
        SortedSet<String> names = new TreeSet<>();
        DEFAULTS.values
                .keySet()
                .forEach(key -> names.add(new String(key.toBytes(), StandardCharsets.US_ASCII).replace("\0", "")));
        return names;
    }

    /** wei per capacity unit per full minute. */
    public BigInteger rate(NodeType type) {
        return get(Key.RATE, type);
    }

    /** wei per minute for the whole type. */
    public BigInteger cap(NodeType type) {
        return get(Key.CAP, type);
    }

    /** wei. */
    public BigInteger minStake(NodeType type) {
        return get(Key.MIN_STAKE, type);
    }

    /** Minutes that a verified challenge job proves capability; 0 = none needed. */
    public BigInteger proofMinutes(NodeType type) {
        return get(Key.PROOF, type);
    }

    /** wei per capacity unit, at least 1. */
    public BigInteger stakePerUnit() {
        return get(Key.STAKE_PER_UNIT).max(BigInteger.ONE);
    }

    /** Initial β in units of U. */
    public BigInteger reputationPrior() {
        return get(Key.REPUTATION_PRIOR);
    }

    /** ppm. */
    public BigInteger reputationFloor() {
        return get(Key.REPUTATION_FLOOR);
    }

    /** ppm, above the floor. */
    public BigInteger reputationFull() {
        return get(Key.REPUTATION_FULL).max(reputationFloor().add(BigInteger.ONE));
    }

    /** Minutes. */
    public BigInteger probationMinutes() {
        return get(Key.REPUTATION_PROBATION);
    }

    /** ppm, at most 1 000 000. */
    public BigInteger protocolFee() {
        return get(Key.PROTOCOL_FEE).min(MILLION);
    }

    /** wei of job fee that counts as one minute of good evidence, at least 1. */
    public BigInteger evidenceFee() {
        return get(Key.EVIDENCE_FEE).max(BigInteger.ONE);
    }

    /** Version of the formulas that compute a minute; 1 before any event. */
    public BigInteger rulesVersion() {
        return get(Key.RULES_VERSION);
    }

    /** wei per 60 000 ms of CPU time (SPEC 12). */
    public BigInteger cpuMinutePrice() {
        return get(Key.PRICE_CPU_MINUTE);
    }

    /** wei per 60 000 ms of GPU time (SPEC 12). */
    public BigInteger gpuMinutePrice() {
        return get(Key.PRICE_GPU_MINUTE);
    }

    /** wei per 10<sup>9</sup> bytes sent (SPEC 12). */
    public BigInteger egressGbPrice() {
        return get(Key.PRICE_EGRESS_GB);
    }

    /** wei per 10<sup>9</sup> bytes stored for 30 days (SPEC 12). */
    public BigInteger storageGbMonthPrice() {
        return get(Key.PRICE_STORAGE_GB_MONTH);
    }

    /** wei of a customer's stake that unlock a node-minute per 30 days; 0 = no quota (SPEC 12). */
    public BigInteger stakePerNodeMinute() {
        return get(Key.STAKE_PER_NODE_MINUTE);
    }

    private BigInteger get(Map<NodeType, Hash32> keys, NodeType type) {
        return get(key(keys, type));
    }

    private static Hash32 key(Map<NodeType, Hash32> keys, NodeType type) {
        return Objects.requireNonNull(keys.get(type));
    }

    private BigInteger get(Hash32 key) {
        BigInteger value = values.get(key);
        if (value == null) {
            throw new IllegalStateException("no value for parameter " + key);
        }
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Parameters parameters && values.equals(parameters.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    private static Map<Hash32, BigInteger> defaults() {
        BigInteger ocos = BigInteger.TEN.pow(18);
        Map<Hash32, BigInteger> values = new HashMap<>();
        putType(values, NodeType.AI, 20, 50, 1000);
        putType(values, NodeType.WASM, 5, 10, 100);
        putType(values, NodeType.SIMULATION, 8, 20, 250);
        putType(values, NodeType.STORAGE, 4, 10, 250);
        putType(values, NodeType.EDGE, 2, 5, 100);
        values.put(Key.STAKE_PER_UNIT, ocos.multiply(BigInteger.valueOf(100)));
        values.put(Key.REPUTATION_PRIOR, BigInteger.valueOf(20));
        values.put(Key.REPUTATION_FLOOR, BigInteger.valueOf(500_000));
        values.put(Key.REPUTATION_FULL, BigInteger.valueOf(950_000));
        values.put(Key.REPUTATION_PROBATION, BigInteger.valueOf(1440));
        values.put(Key.PROTOCOL_FEE, BigInteger.valueOf(100_000));
        values.put(Key.EVIDENCE_FEE, ocos);
        values.put(Key.RULES_VERSION, BigInteger.ONE);
        values.put(Key.PRICE_CPU_MINUTE, BigInteger.ZERO);
        values.put(Key.PRICE_GPU_MINUTE, BigInteger.ZERO);
        values.put(Key.PRICE_EGRESS_GB, BigInteger.ZERO);
        values.put(Key.PRICE_STORAGE_GB_MONTH, BigInteger.ZERO);
        values.put(Key.STAKE_PER_NODE_MINUTE, BigInteger.ZERO);
        return values;
    }

    private static void putType(
            Map<Hash32, BigInteger> values, NodeType type, long rateMilliOcos, long capOcos, long minStakeOcos) {
        BigInteger ocos = BigInteger.TEN.pow(18);
        values.put(key(Key.RATE, type), BigInteger.TEN.pow(15).multiply(BigInteger.valueOf(rateMilliOcos)));
        values.put(key(Key.CAP, type), ocos.multiply(BigInteger.valueOf(capOcos)));
        values.put(key(Key.MIN_STAKE, type), ocos.multiply(BigInteger.valueOf(minStakeOcos)));
        values.put(key(Key.PROOF, type), BigInteger.ZERO);
    }

    private static final class Key {
        static final Map<NodeType, Hash32> RATE = perType("rate.");
        static final Map<NodeType, Hash32> CAP = perType("cap.");
        static final Map<NodeType, Hash32> MIN_STAKE = perType("minStake.");
        static final Map<NodeType, Hash32> PROOF = perType("proof.");
        static final Hash32 STAKE_PER_UNIT = Hash32.ofName("stakePerUnit");
        static final Hash32 REPUTATION_PRIOR = Hash32.ofName("reputation.prior");
        static final Hash32 REPUTATION_FLOOR = Hash32.ofName("reputation.floor");
        static final Hash32 REPUTATION_FULL = Hash32.ofName("reputation.full");
        static final Hash32 REPUTATION_PROBATION = Hash32.ofName("reputation.probation");
        static final Hash32 PROTOCOL_FEE = Hash32.ofName("job.protocolFee");
        static final Hash32 EVIDENCE_FEE = Hash32.ofName("job.evidenceFee");
        static final Hash32 RULES_VERSION = Hash32.ofName("rules.version");
        static final Hash32 PRICE_CPU_MINUTE = Hash32.ofName("price.cpuMinute");
        static final Hash32 PRICE_GPU_MINUTE = Hash32.ofName("price.gpuMinute");
        static final Hash32 PRICE_EGRESS_GB = Hash32.ofName("price.egressGb");
        static final Hash32 PRICE_STORAGE_GB_MONTH = Hash32.ofName("price.storageGbMonth");
        static final Hash32 STAKE_PER_NODE_MINUTE = Hash32.ofName("stakePerNodeMinute");

        private static Map<NodeType, Hash32> perType(String prefix) {
            Map<NodeType, Hash32> keys = new EnumMap<>(NodeType.class);
            for (NodeType type : NodeType.values()) {
                keys.put(type, Hash32.ofName(prefix + type));
            }
            return keys;
        }
    }
}
