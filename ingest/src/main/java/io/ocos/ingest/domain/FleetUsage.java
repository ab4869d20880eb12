package io.ocos.ingest.domain;

import io.ocos.ingest.domain.FleetPlan.Account;
import io.ocos.ingest.domain.FleetTraffic.Emission;
import io.ocos.metering.domain.TelemetryPayload;
import io.ocos.metering.domain.TelemetryPayload.JobUsage;
import io.ocos.metering.domain.TelemetryPayload.Sample;
import io.ocos.metering.domain.TelemetryPayload.StorageUsage;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.NodeType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What simulated customers run and store on the nodes of a plan: jobs that never end, with counters that grow with the time a
 * node is up, and begin anew when it boots. The same plan, chain and escrow give the same customers, job ids and counters.
 */
public final class FleetUsage {

    /** Customers; the last one only stores. */
    public static final int CUSTOMERS = 4;

    private static final int MAX_JOBS = 6;
    private static final int NODES_PER_JOB = 2;
    private static final int MAX_STORAGE_NODES = 6;
    private static final long GIGABYTE = 1_000_000_000;
    private static final int WORD_BYTES = 32;

    private final long sinceMillis;
    private final List<Account> customers;
    private final List<Job> jobs;
    private final List<Integer> storageNodes;
    private final FleetPlan plan;

    /**
     * A job.
     *
     * @param index position among the jobs
     * @param customer who creates it
     * @param salt what it is created with
     * @param id its id on chain
     * @param nodes indexes of the nodes that it is given to
     */
    public record Job(int index, Account customer, Hash32 salt, Hash32 id, List<Integer> nodes) {}

    private FleetUsage(FleetPlan plan, long sinceMillis, List<Account> customers, List<Job> jobs) {
        this.plan = plan;
        this.sinceMillis = sinceMillis;
        this.customers = customers;
        this.jobs = jobs;
        this.storageNodes = plan.nodes().stream()
                .filter(node -> node.type() == NodeType.STORAGE)
                .limit(MAX_STORAGE_NODES)
                .map(FleetPlan.Node::index)
                .toList();
    }

    /**
     * The usage of a plan.
     *
     * @param escrow the JobEscrow contract
     * @param sinceMillis when the jobs began, ms
     */
    public static FleetUsage of(FleetPlan plan, long chainId, Address escrow, long sinceMillis) {
        List<Account> customers = customersOf(plan);
        List<Integer> computing = plan.nodes().stream()
                .filter(node -> node.type() != NodeType.STORAGE && node.type() != NodeType.EDGE)
                .limit((long) MAX_JOBS * NODES_PER_JOB)
                .map(FleetPlan.Node::index)
                .toList();
        List<Job> jobs = new ArrayList<>();
        for (int from = 0; from + NODES_PER_JOB <= computing.size(); from += NODES_PER_JOB) {
            int index = jobs.size();
            Account customer = customers.get(index % (CUSTOMERS - 1));
            Hash32 salt = Hash32.ofName("fleet-job-" + index);
            jobs.add(new Job(
                    index,
                    customer,
                    salt,
                    jobId(chainId, escrow, customer.address(), salt),
                    List.copyOf(computing.subList(from, from + NODES_PER_JOB))));
        }
        return new FleetUsage(plan, sinceMillis, customers, jobs);
    }

    /** The customers of a plan, in order; the first is the one with a small stake. */
    public static List<Account> customersOf(FleetPlan plan) {
        return IntStream.range(0, CUSTOMERS)
                .mapToObj(index -> Account.derive("customer", plan.seed(), index))
                .toList();
    }

    /** As JobEscrow's {@code jobIdOf}: keccak256(abi.encode(chainId, escrow, customer, salt)). */
    private static Hash32 jobId(long chainId, Address escrow, Address customer, Hash32 salt) {
        return Hash32.of(Keccak.hash(ByteBuffer.allocate(4 * WORD_BYTES)
                .putLong(WORD_BYTES - Long.BYTES, chainId)
                .put(2 * WORD_BYTES - Address.BYTES, escrow.toBytes())
                .put(3 * WORD_BYTES - Address.BYTES, customer.toBytes())
                .put(3 * WORD_BYTES, salt.toBytes())
                .array()));
    }

    /** The customers, in order. */
    public List<Account> customers() {
        return customers;
    }

    /** The jobs, in order. */
    public List<Job> jobs() {
        return jobs;
    }

    /** Nodes that jobs of a customer run on. */
    public long nodesOf(Account customer) {
        return jobs.stream()
                .filter(job -> job.customer().equals(customer))
                .mapToLong(job -> job.nodes().size())
                .sum();
    }

    /** The payload of an emission: its sample, and what the node's jobs and accounts use then. */
    public TelemetryPayload payload(Emission emission, Sample sample) {
        return new TelemetryPayload(List.of(sample), jobUsage(emission), storageUsage(emission));
    }

    private List<JobUsage> jobUsage(Emission emission) {
        List<JobUsage> usage = new ArrayList<>();
        long runMillis = Math.min(emission.uptime().millis(), Math.max(0, emission.signedAt() - sinceMillis));
        for (Job job : jobs) {
            if (job.nodes().contains(emission.node())) {
                boolean gpu = plan.nodes().get(emission.node()).type() == NodeType.AI;
                usage.add(new JobUsage(
                        job.id(),
                        emission.sentAt(),
                        runMillis * (1 + job.index() % 4),
                        gpu ? runMillis : 0,
                        runMillis * 250 * (1 + job.index())));
            }
        }
        return usage;
    }

    /** Each storage node stores for two customers, a little more every minute. */
    private List<StorageUsage> storageUsage(Emission emission) {
        int index = storageNodes.indexOf(emission.node());
        if (index < 0) {
            return List.of();
        }
        long minutes = Math.max(0, emission.signedAt() - sinceMillis) / 60_000;
        List<StorageUsage> usage = new ArrayList<>();
        for (int turn = 0; turn < 2; turn++) {
            int customer = 1 + (index + turn) % (CUSTOMERS - 1);
            usage.add(new StorageUsage(
                    customers.get(customer).address(),
                    emission.sentAt(),
                    (350 + 50L * index) * GIGABYTE + minutes * GIGABYTE / 100));
        }
        return usage;
    }
}
