package io.ocos.ingest.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.Secp256k1Keys;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * The simulated nodes and their owners: the same seed and size give the same keys, types, capacities, stakes and owners, so
 * who registers them on chain and who signs for them need only agree on two numbers. The keys are worth nothing outside a
 * local chain: whoever knows the seed has them.
 *
 * @param seed what everything is drawn from
 * @param nodes in order of index
 * @param owners accounts that the nodes' rewards go to, several nodes each
 */
public record FleetPlan(long seed, List<Node> nodes, List<Account> owners) {

    /** The most nodes of a plan. */
    public static final int MAX_NODES = 1_000_000;

    /** In 20 nodes: 6 WASM, 4 AI, 4 STORAGE, 3 SIMULATION, 3 EDGE; any 5 in a row from the start hold all types. */
    private static final List<NodeType> TYPES = List.of(
            NodeType.AI,
            NodeType.WASM,
            NodeType.STORAGE,
            NodeType.SIMULATION,
            NodeType.EDGE,
            NodeType.WASM,
            NodeType.AI,
            NodeType.WASM,
            NodeType.STORAGE,
            NodeType.EDGE,
            NodeType.SIMULATION,
            NodeType.WASM,
            NodeType.AI,
            NodeType.WASM,
            NodeType.STORAGE,
            NodeType.EDGE,
            NodeType.SIMULATION,
            NodeType.WASM,
            NodeType.AI,
            NodeType.STORAGE);

    private static final long OCOS_PER_UNIT = 100;
    private static final int UNDERSTAKED_PPM = 20_000;

    public FleetPlan {
        nodes = List.copyOf(nodes);
        owners = List.copyOf(owners);
    }

    /** A plan of {@code size} nodes, 1 … {@link #MAX_NODES}. */
    public static FleetPlan of(long seed, int size) {
        return of(
                seed,
                IntStream.range(0, size)
                        .mapToObj(index -> drawSpec(seed, index))
                        .toList());
    }

    /** A plan of nodes of given types and capacities. */
    public static FleetPlan of(long seed, List<Spec> specs) {
        if (specs.isEmpty() || specs.size() > MAX_NODES) {
            throw new IllegalArgumentException("fleet of %d nodes, expected 1 … %d".formatted(specs.size(), MAX_NODES));
        }
        List<Account> owners = IntStream.range(0, (specs.size() + 3) / 4)
                .mapToObj(index -> Account.derive("owner", seed, index))
                .toList();
        List<Node> nodes = new ArrayList<>(specs.size());
        for (int index = 0; index < specs.size(); index++) {
            Spec spec = specs.get(index);
            RandomGenerator random = Draws.of(seed, Draws.SPECS, index, 1);
            // Squared: a few owners have many nodes, most have few.
            double share = random.nextDouble();
            Account owner = owners.get((int) (share * share * owners.size()));
            nodes.add(new Node(
                    index,
                    Account.derive("node", seed, index),
                    spec.type,
                    spec.capacityUnits,
                    stake(spec, Draws.happens(random, UNDERSTAKED_PPM)),
                    owner));
        }
        return new FleetPlan(seed, nodes, owners);
    }

    /** Enough for all units and the type's minimum of SPEC 4, or, for some, half of what makes them eligible. */
    private static TokenAmount stake(Spec spec, boolean tooLittle) {
        long minimum =
                switch (spec.type) {
                    case AI -> 1_000;
                    case SIMULATION, STORAGE -> 250;
                    case WASM, EDGE -> 100;
                };
        return TokenAmount.ocos(tooLittle ? minimum / 2 : Math.max(minimum, spec.capacityUnits * OCOS_PER_UNIT));
    }

    private static Spec drawSpec(long seed, int index) {
        NodeType type = TYPES.get(index % TYPES.size());
        RandomGenerator random = Draws.of(seed, Draws.SPECS, index, 0);
        return switch (type) {
            case AI -> Spec.gpus(1 << random.nextInt(4));
            case WASM -> Spec.cores(type, 4 << random.nextInt(5));
            case SIMULATION -> Spec.cores(type, 16 << random.nextInt(4));
            case STORAGE -> new Spec(type, 2 + random.nextInt(39));
            case EDGE -> new Spec(type, 1 + random.nextInt(4));
        };
    }

    /**
     * What a machine can do.
     *
     * @param type what it does
     * @param capacityUnits ≥ 1: 10 per GPU, 1 per 4 CPU cores, 1 per TB stored
     */
    public record Spec(NodeType type, long capacityUnits) {

        /** A machine with GPUs, ≥ 1. */
        public static Spec gpus(int count) {
            return new Spec(NodeType.AI, 10L * count);
        }

        /** A machine without, by its CPU cores. */
        public static Spec cores(NodeType type, int cores) {
            return new Spec(type, Math.max(1, cores / 4));
        }
    }

    /**
     * A simulated node.
     *
     * @param index position in the plan
     * @param key what it signs with
     * @param type node type
     * @param capacityUnits units it registers
     * @param stake what is staked for it
     * @param owner who it belongs to and is paid
     */
    public record Node(int index, Account key, NodeType type, long capacityUnits, TokenAmount stake, Account owner) {

        /** The node's address. */
        public Address address() {
            return key.address();
        }
    }

    /**
     * A key of the simulation.
     *
     * @param privateKey 32 bytes, known to everyone who knows the seed
     * @param address its address
     */
    public record Account(Hash32 privateKey, Address address) {

        /** keccak256("ocos fleet " + role ‖ seed ‖ index), seed and index as 8 bytes. */
        static Account derive(String role, long seed, long index) {
            byte[] key = Keccak.hash(
                    ("ocos fleet " + role).getBytes(StandardCharsets.US_ASCII),
                    ByteBuffer.allocate(16).putLong(seed).putLong(index).array());
            return new Account(Hash32.of(key), Secp256k1Keys.address(key));
        }

        /** The address; never the key. */
        @Override
        public String toString() {
            return address.toString();
        }
    }
}
