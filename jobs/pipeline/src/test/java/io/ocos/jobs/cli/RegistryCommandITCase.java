package io.ocos.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.registry.PostgresProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The registry's commands on a real PostgreSQL. Each test has addresses of its own. */
class RegistryCommandITCase {

    private static final String CONFIG = "--config";

    @TempDir
    static Path dir;

    private static PostgresProcess postgres;
    private static String config;

    @BeforeAll
    static void start() throws Exception {
        postgres = PostgresProcess.start(dir.resolve("postgres"), 0);
        Path password = Files.writeString(
                dir.resolve("password"), postgres.database().password().reveal());
        config = Files.writeString(
                        dir.resolve("registry.yaml"),
                        "postgresUrl: %s%npostgresPasswordFile: %s%n"
                                .formatted(postgres.database().url(), password))
                .toString();
        CommandRun migrated = CommandRun.of(
                "migrate",
                "--postgres-url",
                postgres.database().url(),
                "--postgres-password-file",
                password.toString());
        assertThat(migrated.out()).isEqualToIgnoringNewLines("1 migrations applied");
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @Test
    void operatorsAndNodesFromTheirFirstToTheirLastDay() {
        String ada = address(1);
        String ben = address(2);
        String node = address(3);
        assertThat(ok("operators", "add", ada, "--name", "Ada", "--contact", "ada@example.org"))
                .isEqualTo(ada);
        ok("operators", "add", ben, "--name", "Ben");
        ok("nodes", "add", node, "--operator", ada, "--region", "eu-central", "--hardware", "2 × A100");
        assertThat(ok("nodes", "list", "--format", "csv"))
                .contains("node,operator,region,hardware,contact,ended_at")
                .contains(node + "," + ada + ",eu-central,2 × A100,,");

        assertThat(refused("operators", "add", ada, "--name", "Again"))
                .isEqualTo("operator %s is there already, and has not ended: change it".formatted(ada));
        assertThat(refused("operators", "end", ada))
                .isEqualTo("operator %s has 1 nodes, the first %s: end them, or move them to another operator"
                        .formatted(ada, node));
        ok("nodes", "change", node, "--operator", ben, "--hardware", "");
        ok("operators", "end", ada);
        assertThat(refused("operators", "end", ada)).isEqualTo("operator %s has ended already".formatted(ada));
        assertThat(ok("operators", "list")).contains("Ben").doesNotContain("Ada");
        assertThat(ok("operators", "list", "--all")).contains("Ada");
        ok("operators", "add", ada, "--name", "Ada again");
        assertThat(ok("operators", "list", "--format", "json"))
                .contains("\"name\" : \"Ada again\"")
                .doesNotContain("ada@example.org");
        assertThat(ok("nodes", "list", "--format", "csv")).contains(node + "," + ben + ",eu-central,,,");
    }

    @Test
    void customers() {
        String account = address(4);
        ok(
                "customers",
                "add",
                account,
                "--name",
                "Cleo",
                "--alert-thresholds",
                "500000, 1000000",
                "--declared-storage",
                "9000000000000000000");
        assertThat(ok("customers", "list", "--format", "csv"))
                .contains(account + ",Cleo,,\"500000,1000000\",9000000000000000000,");
        ok("customers", "change", account, "--alert-thresholds", "", "--declared-storage", "");
        assertThat(ok("customers", "list", "--format", "csv")).contains(account + ",Cleo,,\"800000,1000000\",0,");
    }

    @Test
    void maintenanceWindows() {
        String operator = address(5);
        String node = address(6);
        ok("operators", "add", operator, "--name", "Dan");
        ok("nodes", "add", node, "--operator", operator, "--region", "eu");
        String id = ok("maintenance", "add", node, "--from", "2099-01-01T00:00:00Z", "--to", "2099-01-01T01:00:00Z");

        assertThat(refused(
                        "maintenance", "add", node, "--from", "2099-01-01T02:00:00Z", "--to", "2099-01-01T01:00:00Z"))
                .startsWith("refused, as it must hold that the window ends after it starts");
        assertThat(refused(
                        "maintenance",
                        "add",
                        node,
                        "--from",
                        "2099-01-01T00:59:59.999Z",
                        "--to",
                        "2099-01-01T02:00:00Z"))
                .startsWith("refused, as it must hold that the windows of a node do not overlap")
                .contains(node);
        ok("maintenance", "add", node, "--from", "2099-01-01T01:00:00Z", "--to", "2099-01-01T02:00:00Z");
        ok("maintenance", "change", id, "--reason", "new disks", "--from", "2098-12-31T23:00:00+01:00");
        assertThat(ok("maintenance", "list", "--format", "csv"))
                .contains(id + "," + node + ",2098-12-31T22:00:00.000Z,2099-01-01T01:00:00.000Z,new disks");
        ok("maintenance", "end", id);
        assertThat(ok("maintenance", "list", "--all", "--format", "csv")).doesNotContain(id);
        String running =
                ok("maintenance", "add", node, "--from", "2020-01-01T00:00:00Z", "--to", "2098-01-01T00:00:00Z");
        ok("maintenance", "end", running);
        assertThat(ok("maintenance", "list")).doesNotContain(running);
        assertThat(ok("maintenance", "list", "--all")).contains(running);
    }

    @Test
    void whatWasExportedCanBeImported() throws Exception {
        Path file = dir.resolve("operators.csv");
        String first = address(7);
        String second = address(8);
        Files.writeString(
                file,
                "operator,name,contact%n%s,\"Eve, \"\"E\"\"\",%n%n%s,Finn,\"two%nlines\"%n".formatted(first, second));
        assertThat(ok("operators", "import", file.toString())).isEqualTo("2 rows added or changed");
        assertThat(ok("operators", "import", file.toString())).isEqualTo("0 rows added or changed");
        Path exported = dir.resolve("exported.csv");
        ok("operators", "export", exported.toString());
        assertThat(ok("operators", "import", exported.toString())).isEqualTo("0 rows added or changed");
        Files.writeString(exported, Files.readString(exported).replace("Finn", "Fiona"));
        assertThat(ok("operators", "import", exported.toString())).isEqualTo("1 rows added or changed");
        assertThat(ok("operators", "list")).contains("Fiona").contains("Eve, \"E\"");
    }

    @Test
    void aRefusedLineIsNamedAndNothingIsImported() throws Exception {
        Path file = dir.resolve("refused.csv");
        String good = address(9);
        Files.writeString(file, "node,operator,region%n%s,%s,eu%n".formatted(good, address(99)));
        assertThat(refused("nodes", "import", file.toString()))
                .startsWith("%s, line 2: refused, as it must hold that the operator is registered".formatted(file))
                .contains(address(99));
        Files.writeString(file, "operator,name%n%s,Gus%n0x12,Hal%n".formatted(good));
        assertThat(refused("operators", "import", file.toString()))
                .startsWith("%s, line 3: column 'operator': ".formatted(file))
                .contains("0x12");
        Files.writeString(file, "operator,name%n%s,Gus%n%s%n".formatted(good, address(10)));
        assertThat(refused("operators", "import", file.toString()))
                .isEqualTo("%s, line 3: 1 fields, expected the 2 of the header".formatted(file));
        Files.writeString(file, "operator,nmae\n");
        assertThat(refused("operators", "import", file.toString()))
                .startsWith("%s, line 1: column 'nmae', expected some of [operator, name".formatted(file));
        assertThat(ok("operators", "list", "--all")).doesNotContain("Gus");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "operators add 0x12 --name X                              | column 'operator'",
                "operators change 0x%1$s --name X                         | there is no operator 0x%1$s",
                "operators change 0x%1$s                                  | nothing to change",
                "customers add 0x%1$s --name X --alert-thresholds 2,1     | thresholds ascend",
                "customers add 0x%1$s --name X --alert-thresholds 80%%    | column 'alert_thresholds_ppm': '80%%', expected a whole number",
                "customers add 0x%1$s --name X --declared-storage -1      | column 'declared_storage_bytes': '-1', expected a whole number",
                "nodes add 0x%1$s --operator 0x%1$s --region EU           | region is lower case words",
                "maintenance add 0x%1$s --from yesterday --to 2099-01-01T00:00:00Z | column 'starts_at': 'yesterday', expected a time with its offset",
                "maintenance end 7                                        | column 'id': '7', expected a UUID"
            })
    void badValuesAreNamed(String command, String message) {
        String unknown = "f".repeat(40);
        assertThat(refused(command.strip().formatted(unknown).split(" ")))
                .contains(message.strip().formatted(unknown));
    }

    @Test
    void aServerThatDoesNotAnswerIsNamed() throws Exception {
        Path elsewhere =
                Files.writeString(dir.resolve("elsewhere.yaml"), "postgresUrl: postgresql://127.0.0.1:1/ocos\n");
        CommandRun run = CommandRun.of("registry", "operators", "list", CONFIG, elsewhere.toString());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).startsWith("ocos: postgresql://127.0.0.1:1/ocos: ");
    }

    private static String address(int i) {
        return "0x%040x".formatted(i);
    }

    private static String ok(String... arguments) {
        CommandRun run = run(arguments);
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        return run.out().strip();
    }

    private static String refused(String... arguments) {
        CommandRun run = run(arguments);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("ocos: ");
        return run.err().substring("ocos: ".length()).strip();
    }

    private static CommandRun run(String... arguments) {
        String[] all = new String[arguments.length + 3];
        all[0] = "registry";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[arguments.length + 1] = CONFIG;
        all[arguments.length + 2] = config;
        return CommandRun.of(all);
    }
}
