package io.ocos.jobs.stack;

import io.ocos.ingest.domain.FleetPlan;
import io.ocos.ingest.domain.FleetUsage;
import io.ocos.jobs.registry.PostgresDatabase;
import io.ocos.jobs.registry.Registry;
import io.ocos.jobs.registry.RegistryTable;
import io.ocos.jobs.stack.ClickHouseHttp.QueryException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** What the demo puts into the registry: the fleet's operators and nodes, customers, and an edit that people can watch. */
final class DemoRegistry {

    private static final List<String> REGIONS = List.of("eu-central", "us-east", "ap-south", "sa-east");
    private static final List<String> CUSTOMERS =
            List.of("Aurora Labs", "Borealis Research", "Cirrus Analytics", "Dune Archive");
    private static final long TERABYTE = 1_000_000_000_000L;
    private static final Duration SEEN_BOUND = Duration.ofMinutes(2);
    private static final long POLL_MILLIS = 200;

    private DemoRegistry() {}

    /** Adds what is not there; returns how many rows. */
    static int fill(PostgresDatabase database, FleetPlan plan) throws SQLException {
        List<Map<String, String>> operators = new ArrayList<>();
        for (int i = 0; i < plan.owners().size(); i++) {
            operators.add(Map.of(
                    "operator", plan.owners().get(i).address().toString(),
                    "name", "Operator %d".formatted(i + 1)));
        }
        List<Map<String, String>> nodes = plan.nodes().stream()
                .map(node -> Map.of(
                        "node", node.address().toString(),
                        "operator", node.owner().address().toString(),
                        "region", REGIONS.get(node.index() % REGIONS.size()),
                        "hardware", "%s, %d units".formatted(node.type(), node.capacityUnits())))
                .toList();
        try (Registry registry = Registry.open(database)) {
            return registry.load(RegistryTable.OPERATORS, operators)
                    + registry.load(RegistryTable.NODES, nodes)
                    + registry.load(RegistryTable.CUSTOMERS, customers(plan));
        }
    }

    /** Those whose jobs and storage the fleet reports. */
    private static List<Map<String, String>> customers(FleetPlan plan) {
        List<Map<String, String>> customers = new ArrayList<>();
        List<FleetPlan.Account> accounts = FleetUsage.customersOf(plan);
        for (int i = 0; i < Math.min(CUSTOMERS.size(), accounts.size()); i++) {
            customers.add(Map.of(
                    "account", accounts.get(i).address().toString(),
                    "name", CUSTOMERS.get(i),
                    "declared_storage_bytes", Long.toString((i + 1) * TERABYTE)));
        }
        return customers;
    }

    /**
     * Changes a customer's contact and waits until ClickHouse shows it.
     *
     * @return the time from commit to sight
     */
    static Duration editAndAwait(PostgresDatabase database, ClickHouseHttp clickHouse, Instant now)
            throws SQLException, QueryException, InterruptedException {
        String contact = "edited at " + now.truncatedTo(ChronoUnit.SECONDS);
        await(clickHouse, "SELECT count() > 0 FROM registry_customers");
        long committed;
        try (Registry registry = Registry.open(database)) {
            List<Map<String, String>> customers = registry.list(RegistryTable.CUSTOMERS, false);
            if (customers.isEmpty()) {
                throw new SQLException("no customer to edit");
            }
            String account = Objects.requireNonNull(customers.get(0).get(RegistryTable.CUSTOMERS.keyName()));
            registry.change(RegistryTable.CUSTOMERS, account, Map.of("contact", contact));
            committed = System.nanoTime();
        }
        await(clickHouse, "SELECT count() FROM registry_customers WHERE contact = '%s'".formatted(contact));
        return Duration.ofNanos(System.nanoTime() - committed);
    }

    private static void await(ClickHouseHttp clickHouse, String condition) throws QueryException, InterruptedException {
        long deadline = System.nanoTime() + SEEN_BOUND.toNanos();
        while (System.nanoTime() < deadline) {
            try (InputStream answer = clickHouse.query(condition, "TSV")) {
                if (new String(answer.readAllBytes(), StandardCharsets.UTF_8)
                        .strip()
                        .equals("1")) {
                    return;
                }
            } catch (IOException e) {
                throw new QueryException("the answer broke off: " + e);
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        throw new QueryException("not within %s: %s".formatted(SEEN_BOUND, condition));
    }
}
