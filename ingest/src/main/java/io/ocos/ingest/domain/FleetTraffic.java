package io.ocos.ingest.domain;

import io.ocos.ingest.domain.Availability.Uptime;
import io.ocos.metering.domain.Acceptance;
import io.ocos.metering.domain.TelemetryPayload.Sample;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.domain.NodeType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What a fleet sends in each slot: one envelope of each node that is up, near the slot's middle, with the disturbances of real
 * life in given shares. Depends on seed, plan and time only.
 */
public final class FleetTraffic {

    private static final int SPREAD_MILLIS = 2_000;
    private static final int MAX_LATENCY_MILLIS = 300;
    private static final int MAX_OVERTAKEN_MILLIS = 2_500;

    private final FleetPlan plan;
    private final Availability availability;
    private final Disturbances disturbances;
    private final long[] clockOffsetMillis;

    public FleetTraffic(FleetPlan plan, Availability availability, Disturbances disturbances) {
        this.plan = plan;
        this.availability = availability;
        this.disturbances = disturbances;
        this.clockOffsetMillis = plan.nodes().stream()
                .mapToLong(node -> clockOffset(node.index()))
                .toArray();
    }

    /** The plan of the nodes. */
    public FleetPlan plan() {
        return plan;
    }

    /**
     * What is sent in a slot, in the order in which it reaches Kafka.
     *
     * @param slotStartMillis a multiple of 10 000 ms
     */
    public List<Emission> slot(long slotStartMillis) {
        List<Emission> emissions = new ArrayList<>(plan.nodes().size());
        for (FleetPlan.Node node : plan.nodes()) {
            RandomGenerator random = Draws.of(plan.seed(), Draws.TRAFFIC, node.index(), slotStartMillis);
            long signedAt = slotStartMillis + Minutes.SLOT_MILLIS / 2 + random.nextInt(-SPREAD_MILLIS, SPREAD_MILLIS);
            long receivedAt = signedAt + random.nextInt(5, MAX_LATENCY_MILLIS);
            boolean badTwin = Draws.happens(random, disturbances.badSignaturePpm);
            boolean duplicate = Draws.happens(random, disturbances.duplicatePpm);
            boolean overtaken = Draws.happens(random, disturbances.reorderPpm);
            long heldBackMillis = overtaken ? 1L + random.nextInt(MAX_OVERTAKEN_MILLIS) : 0;
            Optional<Uptime> uptime = availability.uptime(node.index(), signedAt);
            if (uptime.isEmpty()) {
                continue;
            }
            Emission emission = new Emission(
                    node.index(),
                    signedAt,
                    signedAt + clockOffsetMillis[node.index()],
                    receivedAt,
                    receivedAt + heldBackMillis,
                    uptime.get(),
                    Kind.GENUINE);
            emissions.add(emission);
            if (badTwin) {
                emissions.add(emission.as(Kind.BAD_SIGNATURE));
            }
            if (duplicate) {
                emissions.add(emission.as(Kind.DUPLICATE));
            }
        }
        emissions.sort(Comparator.comparingLong(Emission::writtenAt));
        return emissions;
    }

    /** The slots, 0 … 6, that SPEC 5 gives a node for a minute in which its envelopes arrive as planned. */
    public int expectedSlots(int node, long minute) {
        int slots = 0;
        for (int slot = 0; slot < Minutes.SLOTS; slot++) {
            long slotStart = Minutes.startMillis(minute) + slot * Minutes.SLOT_MILLIS;
            boolean counted = slot(slotStart).stream()
                    .anyMatch(emission -> emission.node == node
                            && emission.kind == Kind.GENUINE
                            && Acceptance.countsForUptime(emission.sentAt, emission.receivedAt));
            slots += counted ? 1 : 0;
        }
        return slots;
    }

    /** Nodes that are up at a time. */
    public int nodesUp(long timeMillis) {
        return (int) plan.nodes().stream()
                .filter(node -> availability.uptime(node.index(), timeMillis).isPresent())
                .count();
    }

    /** The host measurement of an emission: a load that changes with the time of day, counters that grow with the time up. */
    public Sample sample(Emission emission) {
        FleetPlan.Node node = plan.nodes().get(emission.node);
        RandomGenerator constant = Draws.of(plan.seed(), Draws.LOAD, emission.node, 0);
        RandomGenerator moment = Draws.of(plan.seed(), Draws.LOAD, emission.node, emission.signedAt);
        double base = 0.15 + 0.5 * constant.nextDouble();
        double daily = 0.15 * StrictMath.sin(2 * StrictMath.PI * (emission.signedAt % 86_400_000) / 86_400_000.0);
        double memory = 0.2 + 0.6 * constant.nextDouble();
        double disk = 0.1 + 0.7 * constant.nextDouble();
        long bytesPerSecond = 50_000L + constant.nextInt(2_000_000);
        boolean gpu = node.type() == NodeType.AI;
        double gpuLoad = 0.3 + 0.6 * constant.nextDouble();
        double gpuMemory = 0.4 + 0.5 * constant.nextDouble();
        long upSeconds = emission.uptime.millis() / 1_000;
        return new Sample(
                emission.sentAt,
                ppm(base + daily + 0.1 * (moment.nextDouble() - 0.5)),
                ppm(memory + 0.02 * (moment.nextDouble() - 0.5)),
                gpu ? ppm(gpuLoad + 0.2 * (moment.nextDouble() - 0.5)) : 0,
                gpu ? ppm(gpuMemory) : 0,
                ppm(disk),
                upSeconds * bytesPerSecond,
                upSeconds * (bytesPerSecond / 3),
                emission.uptime.bootId());
    }

    private static int ppm(double share) {
        return (int) (1_000_000 * Math.min(1, Math.max(0, share)));
    }

    private long clockOffset(int node) {
        RandomGenerator random = Draws.of(plan.seed(), Draws.CLOCKS, node, 0);
        return Draws.happens(random, disturbances.skewPpm)
                ? Math.round((2 * random.nextDouble() - 1) * disturbances.maxSkewMillis)
                : 0;
    }

    /** What an emission is. */
    public enum Kind {
        /** Signed by the node. */
        GENUINE,
        /** A second copy of the genuine envelope, byte for byte. */
        DUPLICATE,
        /** The genuine envelope with a signature that is not the node's. */
        BAD_SIGNATURE
    }

    /**
     * One envelope on its way; times in ms UTC.
     *
     * @param node index in the plan
     * @param signedAt when it was signed, by the true clock
     * @param sentAt the same by the node's clock: what it signs
     * @param receivedAt when the gateway has it
     * @param writtenAt when the gateway's record reaches Kafka: later than {@code receivedAt} when others overtook it
     * @param uptime since when the node runs
     * @param kind what it is
     */
    public record Emission(
            int node, long signedAt, long sentAt, long receivedAt, long writtenAt, Uptime uptime, Kind kind) {

        /** The sequence number: the second of the signature, so it grows over restarts and no two slots share one. */
        public long sequence() {
            return signedAt / 1_000;
        }

        Emission as(Kind other) {
            return new Emission(node, signedAt, sentAt, receivedAt, writtenAt, uptime, other);
        }
    }

    /**
     * Shares in ppm, 0 … 1 000 000.
     *
     * @param skewPpm of nodes whose clock is wrong, by up to {@code maxSkewMillis} either way
     * @param maxSkewMillis ≥ 0
     * @param duplicatePpm of envelopes that arrive twice
     * @param reorderPpm of envelopes that others overtake, by at most 2.5 s (SPEC 13 allows 10 s)
     * @param badSignaturePpm of envelopes with a forged twin
     */
    public record Disturbances(int skewPpm, long maxSkewMillis, int duplicatePpm, int reorderPpm, int badSignaturePpm) {

        /** None at all. */
        public static final Disturbances NONE = new Disturbances(0, 0, 0, 0, 0);
    }
}
