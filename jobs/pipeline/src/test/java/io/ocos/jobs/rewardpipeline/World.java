package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.reference.Reference;
import io.ocos.jobs.reference.ReferenceInput;
import io.ocos.metering.domain.Envelope;
import io.ocos.metering.domain.EnvelopeDomain;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.Secp256k1Keys;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * Inputs made of episodes, each a small world of its own: nodes, jobs and a quarter of an hour. One comes after the other, so
 * that one run of a job goes through many. The numbers of an action choose among values that matter: bounds, their
 * neighbours, and the far ends.
 */
record World(List<Episode> episodes) {

    /** What happens in an episode. */
    record Episode(List<OnChain> chain, List<Sent> telemetry, List<Event> jobs) {}

    /** A chain event: when, what, and choices. */
    record OnChain(int second, int kind, int node, int other, int value) {}

    /** An envelope of a node: when it was received, how far off the node's clock is, what is wrong with it. */
    record Sent(int node, int receivedAtMillis, int skew, int defect) {}

    /** A job event. */
    record Event(int type, int job, int node, int atMillis, int delay) {}

    static final Address REGISTRY = new Address(0, 0, 0xaa);
    static final long CHAIN_ID = 56;

    private static final long BASE_SECONDS = 1_740_000_000;
    private static final int EPISODE_SECONDS = 900;
    private static final int NODES = 5;
    private static final int JOBS = 4;
    private static final int CHAIN_KINDS = 14;
    private static final int DEFECTS = 8;
    private static final Hash32 CONTENT = new Hash32(0, 0, 0, 7);

    private static final long[] SKEWS = {
        0, 1, 29_999, 30_000, 30_001, -29_999, -30_000, -30_001, 899_999, 900_000, 900_001
    };
    private static final long[] DELAYS = {0, 1, 30_000, 59_999, 60_000, 60_001, -1};

    private static final List<JobEventType> EVENT_TYPES = List.of(JobEventType.values());
    private static final List<NodeType> NODE_TYPES = List.of(NodeType.values());
    private static final List<String> PARAMETERS = parameters();

    private static final BigInteger OCOS = BigInteger.TEN.pow(18);
    private static final List<BigInteger> VALUES = List.of(
            BigInteger.ZERO,
            BigInteger.ONE,
            BigInteger.TWO,
            BigInteger.valueOf(3),
            BigInteger.valueOf(500_000),
            BigInteger.valueOf(1_000_000),
            BigInteger.valueOf(1_000_001),
            BigInteger.TEN.pow(14),
            OCOS,
            OCOS.multiply(BigInteger.valueOf(99)),
            OCOS.multiply(BigInteger.valueOf(100)),
            OCOS.multiply(BigInteger.valueOf(1_000)),
            OCOS.multiply(BigInteger.valueOf(12_345)),
            BigInteger.TWO.pow(128).subtract(BigInteger.ONE),
            BigInteger.TWO.pow(128),
            TokenAmount.MAX.wei());

    /** Worlds of up to so many episodes; they shrink to fewer episodes with fewer and simpler actions. */
    static Arbitrary<World> worlds(int minEpisodes, int maxEpisodes) {
        Arbitrary<OnChain> chain = Combinators.combine(
                        upTo(EPISODE_SECONDS),
                        upTo(CHAIN_KINDS),
                        upTo(NODES),
                        upTo(NODES),
                        upTo(VALUES.size() * PARAMETERS.size()))
                .as(OnChain::new);
        Arbitrary<Sent> sent = Combinators.combine(
                        upTo(NODES + 1), upTo(EPISODE_SECONDS * 1_000), rarely(SKEWS.length), rarely(DEFECTS))
                .as(Sent::new);
        Arbitrary<Event> events = Combinators.combine(
                        upTo(EVENT_TYPES.size() - 1),
                        upTo(JOBS + 1),
                        upTo(NODES),
                        upTo(EPISODE_SECONDS * 1_000),
                        rarely(DELAYS.length))
                .as(Event::new);
        Arbitrary<Episode> episodes = Combinators.combine(
                        chain.list().ofMaxSize(60),
                        sent.list().ofMaxSize(60),
                        events.list().ofMaxSize(25))
                .as(Episode::new);
        return episodes.list().ofMinSize(minEpisodes).ofMaxSize(maxEpisodes).map(World::new);
    }

    private static Arbitrary<Integer> upTo(int bound) {
        return Arbitraries.integers().between(0, bound - 1).withoutEdgeCases();
    }

    /** 0 in three cases of four. */
    private static Arbitrary<Integer> rarely(int bound) {
        return Arbitraries.integers()
                .between(0, 4 * bound - 1)
                .withoutEdgeCases()
                .map(i -> i < bound ? i : 0);
    }

    Reference.Setup setup() {
        long end = (BASE_SECONDS + (long) episodes.size() * EPISODE_SECONDS + 120) * 1_000 + 17;
        return new Reference.Setup(CHAIN_ID, REGISTRY, 5, end, true);
    }

    /** The records, each once, in no order. */
    ReferenceInput input() {
        List<SignedEnvelope> telemetry = new ArrayList<>();
        Map<Long, List<ChainEvent>> blocks = new HashMap<>();
        List<JobEvent> jobs = new ArrayList<>();
        for (int i = 0; i < episodes.size(); i++) {
            int episode = i;
            long from = BASE_SECONDS + (long) episode * EPISODE_SECONDS;
            begin(episode, from, blocks);
            episodes.get(i).chain().stream()
                    .sorted(Comparator.comparingInt(OnChain::second))
                    .forEach(action -> onChain(episode, from + action.second(), action, blocks));
            episodes.get(i).telemetry().forEach(action -> telemetry.add(envelope(episode, from, action)));
            episodes.get(i).jobs().forEach(action -> jobs.add(jobEvent(episode, from, action)));
        }
        List<ChainEvent> chain = new ArrayList<>();
        blocks.forEach((time, events) -> {
            chain.addAll(events);
            chain.add(event(time, -1, "BlockFinalized", Map.of()));
        });
        return new ReferenceInput(telemetry, chain, jobs);
    }

    /** Two nodes of a type are there and staked, the others leave, and what governs is open to newcomers. */
    private static void begin(int episode, long time, Map<Long, List<ChainEvent>> blocks) {
        for (String parameter : PARAMETERS) {
            BigInteger value = parameter.startsWith("rate")
                    ? BigInteger.TEN.pow(16)
                    : parameter.startsWith("cap")
                            ? OCOS
                            : parameter.startsWith("proof") || parameter.equals("reputation.floor")
                                    ? BigInteger.ZERO
                                    : BigInteger.ONE;
            add(time, "ParameterSet", Map.of("key", name(parameter), "value", value.toString()), blocks);
        }
        for (int node = 0; node < NODES; node++) {
            if (episode > 0) {
                add(
                        time,
                        "NodeDeregistered",
                        Map.of("node", node(episode - 1, node).toString()),
                        blocks);
            }
            if (node < 2) {
                register(episode, time, node, node, 5, NodeType.AI.onChain().toString(), blocks);
                add(
                        time,
                        "StakeChanged",
                        Map.of(
                                "node",
                                node(episode, node).toString(),
                                "stake",
                                OCOS.multiply(BigInteger.valueOf(10)).toString()),
                        blocks);
            }
        }
    }

    private static void onChain(int episode, long time, OnChain action, Map<Long, List<ChainEvent>> blocks) {
        String node = node(episode, action.node()).toString();
        String value = VALUES.get(action.value() % VALUES.size()).toString();
        String job = job(episode, action.other() % JOBS).toString();
        switch (action.kind()) {
            case 0 ->
                register(
                        episode,
                        time,
                        action.node(),
                        action.other(),
                        action.value() % 50,
                        type(action.value()).toString(),
                        blocks);
            case 1 ->
                register(
                        episode,
                        time,
                        action.node(),
                        action.other(),
                        7,
                        NodeType.AI.onChain().toString(),
                        blocks);
            case 2 ->
                add(
                        time,
                        "NodeOwnerChanged",
                        Map.of("node", node, "owner", owner(action.other()).toString()),
                        blocks);
            case 3 -> add(time, "NodeCapacityChanged", Map.of("node", node, "capacityUnits", value), blocks);
            case 4 -> add(time, "NodeDeregistered", Map.of("node", node), blocks);
            case 5, 6 -> add(time, "StakeChanged", Map.of("node", node, "stake", value, "change", "-1"), blocks);
            case 7 ->
                add(time, "NodeSlashed", Map.of("node", node, "amount", "1", "stake", value, "reason", "0x"), blocks);
            case 8, 9 ->
                add(
                        time,
                        "ParameterSet",
                        Map.of("key", name(PARAMETERS.get(action.value() / VALUES.size())), "value", value),
                        blocks);
            case 10 -> {
                boolean challenge = action.value() % 2 == 0;
                long deadline = action.value() % 3 == 0 ? time - 2_592_000 + 200 : time + 60;
                add(
                        time,
                        "JobCreated",
                        Map.of(
                                "jobId",
                                job,
                                "customer",
                                owner(action.node()).toString(),
                                "kind",
                                name(challenge ? "CHALLENGE" : "TRAIN"),
                                "deadline",
                                action.value() % 7 == 0 ? value : Long.toString(deadline)),
                        blocks);
            }
            case 11, 12 -> add(time, "JobSettled", Map.of("jobId", job, "node", node, "fee", value), blocks);
            default ->
                add(
                        time,
                        "RewardAdjusted",
                        Map.of("payee", owner(action.other()).toString(), "amount", value, "reason", "0x00"),
                        blocks);
        }
    }

    private static void register(
            int episode,
            long time,
            int node,
            int owner,
            int capacity,
            String type,
            Map<Long, List<ChainEvent>> blocks) {
        add(
                time,
                "NodeRegistered",
                Map.of(
                        "node", node(episode, node).toString(),
                        "owner", owner(owner).toString(),
                        "nodeType", type,
                        "capacityUnits", Integer.toString(capacity)),
                blocks);
    }

    private static void add(long time, String name, Map<String, String> args, Map<Long, List<ChainEvent>> blocks) {
        List<ChainEvent> block = blocks.computeIfAbsent(time, t -> new ArrayList<>());
        block.add(event(time, block.size(), name, args));
    }

    private static ChainEvent event(long time, long logIndex, String name, Map<String, String> args) {
        return new ChainEvent(
                time - BASE_SECONDS + 100,
                AvroValues.avro(CONTENT),
                time,
                AvroValues.avro(CONTENT),
                logIndex,
                AvroValues.avro(REGISTRY),
                name,
                args);
    }

    private static SignedEnvelope envelope(int episode, long from, Sent action) {
        long receivedAt = from * 1_000 + action.receivedAtMillis();
        byte[] payload =
                switch (action.defect()) {
                    case 1 -> new byte[] {0, 0};
                    case 2 -> new byte[] {0, 0, 0, 0};
                    case 3 -> new byte[] {2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}; // cpuPpm −1
                    case 4 -> new byte[] {2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}; // fails S1, counts all the same
                    default -> new byte[] {0, 0, 0};
                };
        byte[] key = key(episode, action.node());
        Envelope unsigned = new Envelope(
                Secp256k1Keys.address(key),
                action.receivedAtMillis(),
                receivedAt - SKEWS[action.skew()],
                1,
                CONTENT,
                payload,
                new byte[0]);
        byte[] signature = Secp256k1Keys.sign(new EnvelopeDomain(CHAIN_ID, REGISTRY).digest(unsigned), key);
        switch (action.defect()) {
            case 5 -> signature[10] ^= 1;
            case 6 -> signature = new byte[0];
            case 7 -> signature[64] = 0;
            default -> {
                // As the node signed it.
            }
        }
        return new SignedEnvelope(
                AvroValues.avro(unsigned.node()),
                unsigned.sequence(),
                unsigned.sentAt(),
                1L,
                AvroValues.avro(CONTENT),
                ByteBuffer.wrap(payload),
                ByteBuffer.wrap(signature),
                receivedAt,
                "gateway");
    }

    private static JobEvent jobEvent(int episode, long from, Event action) {
        long at = from * 1_000 + action.atMillis();
        return new JobEvent(
                EVENT_TYPES.get(action.type()),
                AvroValues.avro(job(episode, action.job())),
                AvroValues.avro(node(episode, action.node())),
                at,
                at + DELAYS[action.delay()]);
    }

    private static byte[] key(int episode, int node) {
        byte[] key = new byte[32];
        ByteBuffer.wrap(key).putInt(24, episode + 1).putInt(28, node + 1);
        return key;
    }

    private static Address node(int episode, int node) {
        return Secp256k1Keys.address(key(episode, node));
    }

    /** The first is the zero address. */
    private static Address owner(int owner) {
        return new Address(0, 0, owner);
    }

    private static Hash32 job(int episode, int job) {
        return new Hash32(0, 0, episode + 1, job + 1);
    }

    private static Hash32 type(int choice) {
        return choice % 6 == 5
                ? Hash32.ofName("AIX")
                : NODE_TYPES.get(choice % 6).onChain();
    }

    private static String name(String text) {
        return Hash32.ofName(text).toString();
    }

    private static List<String> parameters() {
        List<String> names = new ArrayList<>(List.of(
                "stakePerUnit",
                "reputation.prior",
                "reputation.floor",
                "reputation.full",
                "reputation.probation",
                "job.protocolFee",
                "job.evidenceFee",
                "unknown.key"));
        for (NodeType type : NodeType.values()) {
            for (String group : List.of("rate.", "cap.", "minStake.", "proof.")) {
                names.add(group + type);
            }
        }
        return List.copyOf(names);
    }
}
