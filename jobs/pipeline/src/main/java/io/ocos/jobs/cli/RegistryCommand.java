package io.ocos.jobs.cli;

import io.ocos.jobs.registry.RegistryTable;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./ocos registry}: who operates what, customers, maintenance. */
@Command(
        name = "registry",
        description =
                "Edits the registry: operators, nodes, customers, maintenance windows. It never changes a reward.",
        mixinStandardHelpOptions = true,
        subcommands = {
            RegistryCommand.Operators.class,
            RegistryCommand.Nodes.class,
            RegistryCommand.Customers.class,
            RegistryCommand.Maintenance.class
        })
final class RegistryCommand {

    private static final String NAME = "Name shown to people, 1 to 200 characters.";
    private static final String CONTACT = "How to reach them; '' for none.";

    @Command(name = "operators", description = "Who operates nodes.", mixinStandardHelpOptions = true)
    static final class Operators extends RegistryTableCommand {

        Operators() {
            super(RegistryTable.OPERATORS);
        }

        @Command(name = "add", description = "Adds an operator.", mixinStandardHelpOptions = true)
        int addOperator(
                @Mixin RegistryDatabaseOption where,
                @Parameters(paramLabel = "ADDRESS", description = "The owner of its nodes on chain.") String address,
                @Option(names = "--name", required = true, description = NAME) String name,
                @Option(names = "--contact", description = CONTACT) @Nullable String contact) {
            return add(where, address, values("name", name, "contact", contact));
        }

        @Command(name = "change", description = "Changes an operator.", mixinStandardHelpOptions = true)
        int changeOperator(
                @Mixin RegistryDatabaseOption where,
                @Parameters(paramLabel = "ADDRESS", description = "The operator.") String address,
                @Option(names = "--name", description = NAME) @Nullable String name,
                @Option(names = "--contact", description = CONTACT) @Nullable String contact) {
            return change(where, address, values("name", name, "contact", contact));
        }
    }

    @Command(name = "nodes", description = "Where nodes are and who operates them.", mixinStandardHelpOptions = true)
    static final class Nodes extends RegistryTableCommand {

        private static final String REGION = "Where it is: lower-case words, such as eu-central.";
        private static final String HARDWARE = "What it is made of; '' for nothing.";
        private static final String OPERATOR = "Address of its operator.";

        Nodes() {
            super(RegistryTable.NODES);
        }

        @Command(name = "add", description = "Adds a node.", mixinStandardHelpOptions = true)
        int addNode(
                @Mixin RegistryDatabaseOption where,
                @Parameters(paramLabel = "ADDRESS", description = "The node.") String address,
                @Option(names = "--operator", required = true, description = OPERATOR) String operator,
                @Option(names = "--region", required = true, description = REGION) String region,
                @Option(names = "--hardware", description = HARDWARE) @Nullable String hardware,
                @Option(names = "--contact", description = CONTACT) @Nullable String contact) {
            return add(
                    where,
                    address,
                    values("operator", operator, "region", region, "hardware", hardware, "contact", contact));
        }

        @Command(name = "change", description = "Changes a node.", mixinStandardHelpOptions = true)
        int changeNode(
                @Mixin RegistryDatabaseOption where,
                @Parameters(paramLabel = "ADDRESS", description = "The node.") String address,
                @Option(names = "--operator", description = OPERATOR) @Nullable String operator,
                @Option(names = "--region", description = REGION) @Nullable String region,
                @Option(names = "--hardware", description = HARDWARE) @Nullable String hardware,
                @Option(names = "--contact", description = CONTACT) @Nullable String contact) {
            return change(
                    where,
                    address,
                    values("operator", operator, "region", region, "hardware", hardware, "contact", contact));
        }
    }

    @Command(name = "customers", description = "Who pays, and for what.", mixinStandardHelpOptions = true)
    static final class Customers extends RegistryTableCommand {

        private static final String THRESHOLDS =
                "Parts of the quota, in parts per million, at which it is told: ascending, comma-separated; '' for 800000,1000000.";
        private static final String STORAGE = "Bytes of storage that it says it uses; '' for 0.";

        Customers() {
            super(RegistryTable.CUSTOMERS);
        }

        @Command(name = "add", description = "Adds a customer.", mixinStandardHelpOptions = true)
        int addCustomer(
                @Mixin RegistryDatabaseOption where,
                @Parameters(paramLabel = "ADDRESS", description = "The account that pays.") String address,
                @Option(names = "--name", required = true, description = NAME) String name,
                @Option(names = "--contact", description = CONTACT) @Nullable String contact,
                @Option(names = "--alert-thresholds", description = THRESHOLDS) @Nullable String thresholds,
                @Option(names = "--declared-storage", description = STORAGE) @Nullable String storage) {
            return add(where, address, customer(name, contact, thresholds, storage));
        }

        @Command(name = "change", description = "Changes a customer.", mixinStandardHelpOptions = true)
        int changeCustomer(
                @Mixin RegistryDatabaseOption where,
                @Parameters(paramLabel = "ADDRESS", description = "The account that pays.") String address,
                @Option(names = "--name", description = NAME) @Nullable String name,
                @Option(names = "--contact", description = CONTACT) @Nullable String contact,
                @Option(names = "--alert-thresholds", description = THRESHOLDS) @Nullable String thresholds,
                @Option(names = "--declared-storage", description = STORAGE) @Nullable String storage) {
            return change(where, address, customer(name, contact, thresholds, storage));
        }

        private static Map<String, @Nullable String> customer(
                @Nullable String name,
                @Nullable String contact,
                @Nullable String thresholds,
                @Nullable String storage) {
            return values(
                    "name", name,
                    "contact", contact,
                    "alert_thresholds_ppm", thresholds,
                    "declared_storage_bytes", storage);
        }
    }

    @Command(
            name = "maintenance",
            description = "Announced maintenance windows; those of one node do not overlap.",
            mixinStandardHelpOptions = true)
    static final class Maintenance extends RegistryTableCommand {

        private static final String FROM = "Beginning, such as 2026-01-31T18:00:00Z.";
        private static final String TO = "End, after the beginning.";
        private static final String REASON = "What is done; '' for nothing.";

        Maintenance() {
            super(RegistryTable.MAINTENANCE);
        }

        @Command(name = "add", description = "Announces a window and prints its UUID.", mixinStandardHelpOptions = true)
        int addWindow(
                @Mixin RegistryDatabaseOption where,
                @Parameters(paramLabel = "NODE", description = "Address of the node.") String node,
                @Option(names = "--from", required = true, paramLabel = "TIME", description = FROM) String from,
                @Option(names = "--to", required = true, paramLabel = "TIME", description = TO) String to,
                @Option(names = "--reason", description = REASON) @Nullable String reason) {
            return add(where, "", values("node", node, "starts_at", from, "ends_at", to, "reason", reason));
        }

        @Command(name = "change", description = "Changes a window.", mixinStandardHelpOptions = true)
        int changeWindow(
                @Mixin RegistryDatabaseOption where,
                @Parameters(paramLabel = "ID", description = "UUID of the window.") String id,
                @Option(names = "--from", paramLabel = "TIME", description = FROM) @Nullable String from,
                @Option(names = "--to", paramLabel = "TIME", description = TO) @Nullable String to,
                @Option(names = "--reason", description = REASON) @Nullable String reason) {
            return change(where, id, values("starts_at", from, "ends_at", to, "reason", reason));
        }
    }

    RegistryCommand() {}

    private static Map<String, @Nullable String> values(@Nullable String... namesAndValues) {
        Map<String, @Nullable String> values = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            values.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
        }
        return values;
    }
}
