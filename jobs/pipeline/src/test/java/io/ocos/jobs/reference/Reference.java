package io.ocos.jobs.reference;

import static java.math.BigInteger.ONE;
import static java.math.BigInteger.ZERO;

import io.ocos.jobs.reference.ReferenceOutput.ClosedRow;
import io.ocos.jobs.reference.ReferenceOutput.NodeMinuteRow;
import io.ocos.jobs.reference.ReferenceOutput.RewardRow;
import io.ocos.jobs.reference.ReferenceOutput.ScoreRow;
import io.ocos.jobs.reference.ReferenceOutput.TypeRow;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.io.AvroValues;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One pass over all minutes, everything in maps, rules in the order of the SPEC. */
public final class Reference {

    /** Events with one position and different content (SPEC 2.2). */
    public static final class ConflictException extends RuntimeException {
        private static final long serialVersionUID = 1;

        ConflictException(String message) {
            super(message);
        }
    }

    /** Constants of a deployment and of a run. */
    public record Setup(
            long chainId, Address registry, long epochMinutes, long untilMillis, boolean verifySignatures) {}

    private static final BigInteger U = ONE.shiftLeft(24);
    private static final BigInteger K = BigInteger.valueOf(295_332);
    private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);
    private static final BigInteger CLAMP = ONE.shiftLeft(128).subtract(ONE);
    private static final List<String> TYPES = List.of("AI", "WASM", "SIMULATION", "STORAGE", "EDGE");

    /** A chain event with its arguments read. */
    private record Event(long block, long log, long timeSeconds, String name, Map<String, String> args) {
        long minute() {
            return timeSeconds / 60 + (timeSeconds % 60 == 0 ? 0 : 1);
        }

        Address address(String arg) {
            return Address.parse(string(arg));
        }

        Hash32 hash32(String arg) {
            return Hash32.parse(string(arg));
        }

        BigInteger integer(String arg) {
            return new BigInteger(string(arg));
        }

        private String string(String arg) {
            String value = args.get(arg);
            if (value == null) {
                throw new IllegalStateException("%s without %s".formatted(name, arg));
            }
            return value;
        }
    }

    /** What the chain says of a node. */
    private static final class Chain {
        boolean flag;
        Address owner = Address.ZERO;

        @Nullable
        String type;

        BigInteger capacity = ZERO;
        BigInteger stake = ZERO;
        long registeredMinute;
        int deregistrations;

        boolean registered() {
            return flag && type != null && !owner.isZero();
        }
    }

    /** What the pipeline keeps of a node. */
    private static final class Reputation {
        @Nullable
        BigInteger alpha;

        BigInteger beta = ZERO;
        int deregistrations;
        BigInteger probationUntil = ZERO;
        final List<Evidence> applied = new ArrayList<>();
    }

    /** FAILED, MISMATCH, SLASHED or VERIFIED (of a challenge) of a node. */
    private record Evidence(String type, long minute, Object identity) {}

    private record Pay(NodeMinuteRow row, Address payee, BigInteger raw, String reason, boolean scalable) {}

    private final Setup setup;
    private final List<Event> events;
    private final Map<Long, Map<Address, Integer>> slotsByMinute = new HashMap<>();
    private final Map<Address, List<Evidence>> evidence = new HashMap<>();
    private final Map<Hash32, Event> createdJobs = new HashMap<>();

    private final Map<Hash32, BigInteger> parameters = new HashMap<>();
    private final Map<Address, Chain> chain = new TreeMap<>();
    private final Map<Address, Reputation> reputations = new HashMap<>();

    private final List<NodeMinuteRow> nodeMinutes = new ArrayList<>();
    private final List<ScoreRow> scores = new ArrayList<>();
    private final List<RewardRow> rewards = new ArrayList<>();
    private final List<ClosedRow> closed = new ArrayList<>();

    private Reference(ReferenceInput input, Setup setup) {
        this.setup = setup;
        this.events = distinct(input.chainEvents());
        input.telemetry().forEach(this::presence);
        for (Event event : events) {
            if (event.name().equals("JobCreated")) {
                createdJobs.putIfAbsent(event.hash32("jobId"), event);
            } else if (event.name().equals("NodeSlashed")) {
                evidenceOf(event.address("node")).add(new Evidence("SLASHED", event.minute(), event));
            }
        }
        jobEvidence(input.jobEvents());
    }

    /** Everything that SPEC 13 lets a replay write. */
    public static ReferenceOutput run(ReferenceInput input, Setup setup) {
        return new Reference(input, setup).minutes();
    }

    // SPEC 2.2

    private static List<Event> distinct(List<ChainEvent> records) {
        Map<List<Long>, ChainEvent> byPosition = new HashMap<>();
        List<Event> events = new ArrayList<>();
        for (ChainEvent event : records) {
            ChainEvent before = byPosition.putIfAbsent(List.of(event.getBlockNumber(), event.getLogIndex()), event);
            if (before == null) {
                events.add(new Event(
                        event.getBlockNumber(),
                        event.getLogIndex(),
                        event.getBlockTime(),
                        event.getName(),
                        event.getArgs()));
            } else if (!content(before).equals(content(event))) {
                throw new ConflictException("block %d log %d twice with different content"
                        .formatted(event.getBlockNumber(), event.getLogIndex()));
            }
        }
        events.sort(Comparator.comparingLong(Event::block).thenComparingLong(Event::log));
        return events;
    }

    private static List<Object> content(ChainEvent event) {
        return List.of(
                event.getBlockHash(),
                event.getBlockTime(),
                event.getTransactionHash(),
                event.getContract(),
                event.getName(),
                ChainFact.of(event.getName(), event.getArgs()));
    }

    // SPEC 3, 5

    private void presence(SignedEnvelope envelope) {
        long difference = envelope.getReceivedAt() - envelope.getSentAt();
        boolean counts =
                (!setup.verifySignatures() || ReferenceEnvelope.signed(envelope, setup.chainId(), setup.registry()))
                        && difference >= -30_000
                        && difference <= 900_000
                        && ReferenceEnvelope.payloadIsGood(AvroValues.bytes(envelope.getPayload()))
                        && Math.abs(difference) <= 30_000;
        if (counts) {
            long minute = envelope.getReceivedAt() / 60_000;
            int slot = (int) (envelope.getReceivedAt() % 60_000 / 10_000);
            slotsByMinute
                    .computeIfAbsent(minute, m -> new HashMap<>())
                    .merge(AvroValues.address(envelope.getNode()), 1 << slot, (a, b) -> a | b);
        }
    }

    // SPEC 6

    private void jobEvidence(List<JobEvent> jobEvents) {
        Map<List<Object>, JobEvent> smallest = new LinkedHashMap<>();
        for (JobEvent event : jobEvents) {
            if (counts(event)) {
                smallest.merge(
                        List.of(event.getType(), event.getJobId(), event.getNode()),
                        event,
                        (a, b) -> a.getAt() <= b.getAt() ? a : b);
            }
        }
        for (JobEvent event : smallest.values()) {
            boolean challenge = event.getType() == JobEventType.VERIFIED
                    && created(event)
                            .string("kind")
                            .equals(Hash32.ofName("CHALLENGE").toString());
            if (challenge || event.getType() == JobEventType.FAILED || event.getType() == JobEventType.MISMATCH) {
                evidenceOf(AvroValues.address(event.getNode()))
                        .add(new Evidence(event.getType().name(), event.getAt() / 60_000, event.getJobId()));
            }
        }
    }

    private boolean counts(JobEvent event) {
        long delay = event.getRecordedAt() - event.getAt();
        if (delay < 0 || delay > 60_000) {
            return false;
        }
        return switch (event.getType()) {
            case VERIFIED, FAILED, MISMATCH -> {
                BigInteger at = BigInteger.valueOf(event.getAt());
                Event created = createdJobs.get(AvroValues.hash32(event.getJobId()));
                yield created != null
                        && BigInteger.valueOf(created.timeSeconds())
                                        .multiply(BigInteger.valueOf(1000))
                                        .compareTo(at)
                                <= 0
                        && at.compareTo(created.integer("deadline")
                                        .multiply(BigInteger.valueOf(1000))
                                        .add(BigInteger.valueOf(2_592_000_000L)))
                                <= 0;
            }
            case DISPATCHED, STARTED, PROGRESS -> true;
        };
    }

    private Event created(JobEvent event) {
        Event created = createdJobs.get(AvroValues.hash32(event.getJobId()));
        if (created == null) {
            throw new IllegalStateException("counted without JobCreated");
        }
        return created;
    }

    private List<Evidence> evidenceOf(Address node) {
        return evidence.computeIfAbsent(node, n -> new ArrayList<>());
    }

    // Minutes

    private ReferenceOutput minutes() {
        long first = events.stream().mapToLong(Event::minute).min().orElse(Long.MAX_VALUE);
        for (long minute = first; minute < setup.untilMillis() / 60_000; minute++) {
            long m = minute;
            List<Event> now = events.stream().filter(e -> e.minute() == m).toList();
            if (!now.isEmpty()) {
                chainStateAt(minute);
            }
            closed.add(minute(minute, now));
        }
        return new ReferenceOutput(
                nodeMinutes,
                scores,
                rewards,
                closed,
                ReferenceSettlement.batches(rewards, setup.epochMinutes(), setup.untilMillis()));
    }

    // SPEC 4, to the letter: all events up to this minute, in order, from the beginning.
    private void chainStateAt(long minute) {
        chain.clear();
        parameters.clear();
        for (Event event : events) {
            if (event.minute() > minute) {
                continue;
            }
            switch (event.name()) {
                case "NodeRegistered" -> {
                    Chain node = chainOf(event);
                    node.flag = true;
                    node.owner = event.address("owner");
                    node.type = TYPES.stream()
                            .filter(type -> Hash32.ofName(type).equals(event.hash32("nodeType")))
                            .findFirst()
                            .orElse(null);
                    node.capacity = event.integer("capacityUnits");
                    node.registeredMinute = event.minute();
                }
                case "NodeDeregistered" -> {
                    chainOf(event).flag = false;
                    chainOf(event).deregistrations++;
                }
                case "NodeOwnerChanged" -> {
                    if (chainOf(event).flag) {
                        chainOf(event).owner = event.address("owner");
                    }
                }
                case "NodeCapacityChanged" -> {
                    if (chainOf(event).flag) {
                        chainOf(event).capacity = event.integer("capacityUnits");
                    }
                }
                case "StakeChanged", "NodeSlashed" -> chainOf(event).stake = event.integer("stake");
                case "ParameterSet" ->
                    parameters.put(event.hash32("key"), event.integer("value").min(CLAMP));
                default -> {
                    // Changes neither a node nor a parameter.
                }
            }
        }
    }

    private Chain chainOf(Event event) {
        return chain.computeIfAbsent(event.address("node"), n -> new Chain());
    }

    private BigInteger parameter(String key) {
        BigInteger wei = BigInteger.TEN.pow(18);
        BigInteger set = parameters.get(Hash32.ofName(key));
        if (set != null) {
            return set;
        }
        return switch (key) {
            case "rate.AI" -> BigInteger.TEN.pow(16).multiply(BigInteger.TWO);
            case "rate.WASM" -> BigInteger.TEN.pow(15).multiply(BigInteger.valueOf(5));
            case "rate.SIMULATION" -> BigInteger.TEN.pow(15).multiply(BigInteger.valueOf(8));
            case "rate.STORAGE" -> BigInteger.TEN.pow(15).multiply(BigInteger.valueOf(4));
            case "rate.EDGE" -> BigInteger.TEN.pow(15).multiply(BigInteger.TWO);
            case "cap.AI" -> wei.multiply(BigInteger.valueOf(50));
            case "cap.WASM" -> wei.multiply(BigInteger.valueOf(10));
            case "cap.SIMULATION" -> wei.multiply(BigInteger.valueOf(20));
            case "cap.STORAGE" -> wei.multiply(BigInteger.valueOf(10));
            case "cap.EDGE" -> wei.multiply(BigInteger.valueOf(5));
            case "minStake.AI" -> wei.multiply(BigInteger.valueOf(1000));
            case "minStake.WASM", "minStake.EDGE" -> wei.multiply(BigInteger.valueOf(100));
            case "minStake.SIMULATION", "minStake.STORAGE" -> wei.multiply(BigInteger.valueOf(250));
            case "proof.AI", "proof.WASM", "proof.SIMULATION", "proof.STORAGE", "proof.EDGE" -> ZERO;
            case "stakePerUnit" -> wei.multiply(BigInteger.valueOf(100));
            case "reputation.prior" -> BigInteger.valueOf(20);
            case "reputation.floor" -> BigInteger.valueOf(500_000);
            case "reputation.full" -> BigInteger.valueOf(950_000);
            case "reputation.probation" -> BigInteger.valueOf(1440);
            case "job.protocolFee" -> BigInteger.valueOf(100_000);
            case "job.evidenceFee" -> wei;
            default -> throw new IllegalArgumentException(key);
        };
    }

    private ClosedRow minute(long minute, List<Event> now) {
        // JobSettled counts when its job's creation comes before it (SPEC 6).
        List<Event> settled = now.stream()
                .filter(event -> event.name().equals("JobSettled"))
                .filter(event -> {
                    Event created = createdJobs.get(event.hash32("jobId"));
                    return created != null
                            && (created.block() < event.block()
                                    || (created.block() == event.block() && created.log() < event.log()));
                })
                .toList();
        Map<String, List<Pay>> pools = new LinkedHashMap<>();
        TYPES.forEach(type -> pools.put(type, new ArrayList<>()));
        chain.forEach((node, state) -> {
            if (state.registered()) {
                Pay pay = nodeMinute(minute, node, state, settled);
                nodeMinutes.add(pay.row());
                pools.getOrDefault(pay.row().type(), new ArrayList<>()).add(pay);
            }
        });
        List<TypeRow> types = new ArrayList<>();
        List<RewardRow> rows = new ArrayList<>();
        pools.forEach((type, pool) -> {
            if (!pool.isEmpty()) {
                types.add(allocate(minute, type, pool, rows));
            }
        });
        rows.sort(Comparator.comparing(RewardRow::node, Comparator.nullsFirst(Comparator.naturalOrder())));
        rewards.addAll(rows);

        List<RewardRow> jobs = settled.stream()
                .sorted(Comparator.<Event, Address>comparing(event -> event.address("node"))
                        .thenComparing(event -> event.hash32("jobId"))
                        .thenComparingLong(Event::block)
                        .thenComparingLong(Event::log))
                .map(event -> jobReward(minute, event))
                .toList();
        rewards.addAll(jobs);
        List<RewardRow> adjustments = now.stream()
                .filter(event -> event.name().equals("RewardAdjusted"))
                .filter(event -> !event.address("payee").isZero())
                .map(event -> new RewardRow(
                        minute,
                        "ADJUSTMENT",
                        null,
                        null,
                        event.address("payee"),
                        event.integer("amount").min(CLAMP),
                        "ADJUSTED"))
                .toList();
        rewards.addAll(adjustments);
        return new ClosedRow(minute, types, jobs.size(), sum(jobs), adjustments.size(), sum(adjustments));
    }

    private static BigInteger sum(List<RewardRow> rows) {
        return rows.stream().map(RewardRow::amount).reduce(ZERO, BigInteger::add);
    }

    // SPEC 7, 8

    private Pay nodeMinute(long minute, Address node, Chain state, List<Event> settled) {
        String type = String.valueOf(state.type);
        int slots =
                Integer.bitCount(slotsByMinute.getOrDefault(minute, Map.of()).getOrDefault(node, 0));
        BigInteger units =
                state.capacity.min(state.stake.divide(parameter("stakePerUnit").max(ONE)));
        BigInteger cap = parameter("cap." + type);
        boolean understaked = state.stake.compareTo(parameter("minStake." + type)) < 0 || units.signum() == 0;
        boolean eligible = cap.signum() > 0 && !understaked;

        Reputation reputation = reputations.computeIfAbsent(node, n -> new Reputation());
        BigInteger alpha = reputation.alpha;
        if (alpha == null) {
            alpha = U;
            reputation.beta = parameter("reputation.prior").multiply(U);
        }
        if (state.deregistrations > reputation.deregistrations) {
            alpha = alpha.min(U);
            reputation.deregistrations = state.deregistrations;
        }
        // 1 decay
        alpha = alpha.subtract(alpha.multiply(K).shiftRight(32));
        BigInteger beta = reputation.beta.subtract(reputation.beta.multiply(K).shiftRight(32));
        // 2 uptime
        BigInteger up = U.multiply(BigInteger.valueOf(slots)).divide(BigInteger.valueOf(6));
        if (eligible) {
            alpha = alpha.add(up);
        }
        beta = beta.add(U.subtract(up));
        // 3 evidence
        for (Evidence item : evidence.getOrDefault(node, List.of())) {
            if (item.minute() > minute || item.type().equals("VERIFIED") || reputation.applied.contains(item)) {
                continue;
            }
            reputation.applied.add(item);
            int weight =
                    switch (item.type()) {
                        case "FAILED" -> 10;
                        case "MISMATCH" -> 100;
                        default -> 1440;
                    };
            beta = beta.add(U.multiply(BigInteger.valueOf(weight)));
            if (!item.type().equals("FAILED")) {
                reputation.probationUntil = reputation.probationUntil.max(
                        BigInteger.valueOf(minute).add(parameter("reputation.probation")));
            }
        }
        if (eligible) {
            BigInteger evidenceFee = parameter("job.evidenceFee").max(ONE);
            BigInteger good = ZERO;
            for (Event event : settled) {
                Event created = createdJobs.get(event.hash32("jobId"));
                if (event.address("node").equals(node)
                        && created != null
                        && !created.address("customer").equals(state.owner)) {
                    BigInteger fee = event.integer("fee").min(CLAMP);
                    good = good.add(U.multiply(fee.min(evidenceFee)).divide(evidenceFee));
                }
            }
            alpha = alpha.add(good.min(U));
        }
        reputation.alpha = alpha;
        reputation.beta = beta;
        // 4 score
        BigInteger score = MILLION.multiply(alpha).divide(alpha.add(beta));
        scores.add(new ScoreRow(minute, node, score.intValueExact()));

        boolean probation = BigInteger.valueOf(minute).compareTo(reputation.probationUntil) < 0;
        BigInteger proof = parameter("proof." + type);
        boolean proven = proof.signum() == 0
                || evidence.getOrDefault(node, List.of()).stream()
                        .anyMatch(item -> item.type().equals("VERIFIED")
                                && item.minute() <= minute
                                && BigInteger.valueOf(item.minute())
                                                .compareTo(BigInteger.valueOf(minute)
                                                        .subtract(proof))
                                        > 0
                                && item.minute() >= state.registeredMinute);
        BigInteger floor = parameter("reputation.floor");
        BigInteger full = parameter("reputation.full");
        if (full.compareTo(floor) <= 0) {
            full = floor.add(ONE);
        }
        BigInteger multiplier = probation || !proven || score.compareTo(floor) <= 0
                ? ZERO
                : score.subtract(floor)
                        .multiply(MILLION)
                        .divide(full.subtract(floor))
                        .min(MILLION);
        BigInteger raw = !eligible
                ? ZERO
                : parameter("rate." + type)
                        .multiply(units)
                        .multiply(BigInteger.valueOf(slots))
                        .multiply(multiplier)
                        .divide(BigInteger.valueOf(6_000_000));
        String reason = cap.signum() == 0
                ? "TYPE_CLOSED"
                : understaked
                        ? "UNDERSTAKED"
                        : slots == 0
                                ? "OFFLINE"
                                : probation
                                        ? "PROBATION"
                                        : !proven ? "UNPROVEN" : multiplier.signum() == 0 ? "LOW_REPUTATION" : "PAID";
        return new Pay(new NodeMinuteRow(minute, node, type, slots), state.owner, raw, reason, reason.equals("PAID"));
    }

    private TypeRow allocate(long minute, String type, List<Pay> pool, List<RewardRow> rows) {
        BigInteger cap = parameter("cap." + type);
        BigInteger sum = pool.stream().map(Pay::raw).reduce(ZERO, BigInteger::add);
        boolean scaled = sum.compareTo(cap) > 0;
        Map<Address, BigInteger> amounts = new HashMap<>();
        if (!scaled || sum.signum() == 0) {
            pool.forEach(pay -> amounts.put(pay.row().node(), pay.raw()));
        } else {
            BigInteger left = cap;
            for (Pay pay : pool) {
                BigInteger share = pay.raw().multiply(cap).divide(sum);
                amounts.put(pay.row().node(), share);
                left = left.subtract(share);
            }
            pool.stream()
                    .sorted(Comparator.<Pay, BigInteger>comparing(
                                    pay -> pay.raw().multiply(cap).mod(sum))
                            .reversed()
                            .thenComparing(pay -> pay.row().node()))
                    .limit(left.intValueExact())
                    .forEach(pay -> amounts.merge(pay.row().node(), ONE, BigInteger::add));
        }
        BigInteger paid = ZERO;
        int payees = 0;
        long slots = 0;
        for (Pay pay : pool) {
            BigInteger amount = amounts.getOrDefault(pay.row().node(), ZERO);
            paid = paid.add(amount);
            payees += amount.signum();
            slots += pay.row().slots();
            rows.add(new RewardRow(
                    minute,
                    "MINUTE",
                    pay.row().node(),
                    null,
                    pay.payee(),
                    amount,
                    scaled && pay.scalable() ? "SCALED" : pay.reason()));
        }
        return new TypeRow(type, pool.size(), slots, payees, sum, cap, paid);
    }

    // SPEC 9

    private RewardRow jobReward(long minute, Event event) {
        Address node = event.address("node");
        Hash32 job = event.hash32("jobId");
        Chain state = chain.get(node);
        if (state == null || !state.registered()) {
            return new RewardRow(minute, "JOB", node, job, null, ZERO, "UNREGISTERED");
        }
        BigInteger keep = MILLION.subtract(parameter("job.protocolFee").min(MILLION));
        return new RewardRow(
                minute,
                "JOB",
                node,
                job,
                state.owner,
                event.integer("fee").min(CLAMP).multiply(keep).divide(MILLION),
                "PAID");
    }
}
