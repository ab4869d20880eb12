package io.ocos.jobs.treasury;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.ingest.config.ChainFollowerConfig;
import io.ocos.ingest.domain.FollowedContract;
import io.ocos.ingest.io.ChainFollower;
import io.ocos.jobs.analytics.Migrations;
import io.ocos.jobs.cli.CommandRun;
import io.ocos.jobs.clickhouse.ClickHouseLocalProcess;
import io.ocos.jobs.runtime.FlinkRuntime;
import io.ocos.jobs.runtime.FlinkRuntimeConfig;
import io.ocos.jobs.settlement.ArtifactStore;
import io.ocos.jobs.stack.ClickHouseHttp;
import io.ocos.schemas.config.ConfigLoader;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.protocol.core.DefaultBlockParameterName;

/**
 * Batches on a real chain, their events through the chain follower and the AnalyticsJob into a real ClickHouse: all is equal to
 * the wei; then one thing at a time is altered, and named. The tests follow each other.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ReconcileITCase {

    private static final Address ALICE = TreasuryWorld.payee(1);
    private static final Address BOB = TreasuryWorld.payee(2);
    private static final Address CAROL = TreasuryWorld.payee(3);
    private static final Hash32 INPUTS = new Hash32(1, 2, 3, 4);
    private static final String UNDEDUPLICATED = " SETTINGS insert_deduplicate = 0";

    @TempDir
    static Path dir;

    private static TreasuryWorld world;
    private static ClickHouseLocalProcess clickHouse;
    private static ClickHouseHttp sql;
    private static FlinkRuntime flink;
    private static ChainFollower follower;

    @BeforeAll
    static void start() throws Exception {
        clickHouse = ClickHouseLocalProcess.start(dir.resolve("clickhouse"));
        Migrations.run(clickHouse.url());
        sql = new ClickHouseHttp(HttpClient.newHttpClient(), clickHouse.url());
        world = TreasuryWorld.start(dir);
        flink = FlinkRuntime.start(ConfigLoader.load(
                FlinkRuntimeConfig.class,
                null,
                Map.of(
                        "dataDir", dir.resolve("flink").toString(),
                        "analytics.kafkaBootstrap", world.bootstrap(),
                        "analytics.clickhouseUrl", clickHouse.url(),
                        "analytics.flushIntervalMillis", "100",
                        "analytics.checkpointIntervalMillis", "1000")));
        Map<String, String> keys = new HashMap<>(Map.of(
                "rpcUrls", world.rpcUrl().toString(),
                "chainId", Long.toString(world.deployment().chainId()),
                "startBlock", "0",
                "confirmations", Integer.toString(TreasuryWorld.CONFIRMATIONS),
                "pollMillis", "50",
                "kafkaBootstrap", world.bootstrap()));
        for (FollowedContract contract : FollowedContract.values()) {
            keys.put(
                    "contracts." + contract.contractName(),
                    Objects.requireNonNull(world.deployment().contracts().get(contract.contractName()))
                            .toString());
        }
        follower = ChainFollower.start(ConfigLoader.load(ChainFollowerConfig.class, null, keys));

        world.make(Map.of(ALICE, TokenAmount.ocos(3), BOB, TokenAmount.ocos(2)));
        world.make(Map.of(ALICE, TokenAmount.ocos(1), CAROL, TokenAmount.ocos(4)));
        world.make(Map.of(BOB, TokenAmount.ocos(1)));
        world.make(Map.of(ALICE, TokenAmount.wei(1)));
        world.make(Map.of(CAROL, TokenAmount.ocos(1)));
        world.propose(2, INPUTS);
        world.finish(2);
        world.claim(2, ALICE);
        // Of Carol's 4, 1 is held back and goes to the treasury; 2 more of what is to come.
        world.contract()
                .withhold(CAROL.toString(), TokenAmount.ocos(4).wei(), "evidence")
                .send();
        world.contract().release(CAROL.toString(), TokenAmount.ocos(3).wei()).send();
        world.claim(2, CAROL);
        world.sweep(2, CAROL);
        world.contract()
                .withhold(CAROL.toString(), TokenAmount.ocos(2).wei(), "evidence")
                .send();
        world.propose(3, INPUTS);
        world.contract().veto(BigInteger.valueOf(3)).send();
        world.contract().resume().send();
        world.propose(4, INPUTS);
        world.finish(4);
        world.claim(4, BOB);
        // Money that is no settlement is explained too.
        world.token()
                .transfer(
                        world.deployment().timelock().toString(),
                        TokenAmount.ocos(7).wei())
                .send();
        world.token()
                .transfer(world.deployment().settlement().toString(), BigInteger.TEN)
                .send();
        await();
    }

    @AfterAll
    static void stop() {
        follower.close();
        flink.close();
        world.close();
        clickHouse.close();
    }

    @Test
    @Order(1)
    void allIsEqualToTheWei() throws Exception {
        CommandRun run = reconcile();

        assertThat(run.out()).as(run.err()).startsWith("equal%nup to batch 5 and block ".formatted());
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("rewards %s wei".formatted(ocos(12).add(BigInteger.ONE)))
                .contains("finalized %s, paid %s, swept %s".formatted(ocos(11).add(BigInteger.ONE), ocos(10), ocos(1)));
        assertThat(sql.rows("SELECT number, state FROM settlement_batches ORDER BY number"))
                .containsExactly(
                        List.of("1", "SUPERSEDED"),
                        List.of("2", "FINALIZED"),
                        List.of("3", "VETOED"),
                        List.of("4", "FINALIZED"),
                        List.of("5", "CREATED"));
        assertThat(sql.rows("SELECT payee, toString(claimed), claims, toString(swept), toString(withheld)"
                        + " FROM settlement_accounts ORDER BY payee"))
                .containsExactlyInAnyOrder(
                        List.of(ALICE.toString(), ocos(4).toString(), "1", "0", "0"),
                        List.of(BOB.toString(), ocos(3).toString(), "1", "0", "0"),
                        List.of(CAROL.toString(), ocos(3).toString(), "1", ocos(1).toString(), ocos(2).toString()));
        assertThat(sql.rows("SELECT payee, toString(amount), toString(withheld) FROM settlement_sweeps"))
                .containsExactly(List.of(CAROL.toString(), ocos(1).toString(), "0"));
    }

    @Test
    @Order(2)
    void anAlteredRewardIsNamedWithMinuteAndPayee() throws Exception {
        long minute = world.epoch(2) * TreasuryWorld.EPOCH_MINUTES;
        String where = " FROM rewards_store FINAL WHERE minute = %d AND payee = '%s'".formatted(minute, ALICE);
        run("INSERT INTO rewards_store SELECT * REPLACE (amount + 1 AS amount)" + where + UNDEDUPLICATED);

        CommandRun run = reconcile("--wait", "0");

        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(run.out().lines())
                .contains(
                        "minute %d: table minutes_closed has 2 rows, %s wei, table rewards has 2 rows, %s wei"
                                .formatted(minute, ocos(5), ocos(5).add(BigInteger.ONE)),
                        "batch 5 cumulative of %s: artifact has %s, table rewards has %s"
                                .formatted(ALICE, ocos(4).add(BigInteger.ONE), ocos(4).add(BigInteger.TWO)))
                .hasSize(2);
        run("INSERT INTO rewards_store SELECT * REPLACE (amount - 1 AS amount)" + where + UNDEDUPLICATED);
        assertThat(reconcile().exitCode()).isZero();
    }

    @Test
    @Order(3)
    void anAlteredLeafAndAnAlteredBatchAreNamed() throws Exception {
        String leaf = " FROM settlement_leaves_store FINAL WHERE number = 3";
        run("INSERT INTO settlement_leaves_store SELECT * REPLACE (cumulative + 1 AS cumulative)" + leaf
                + UNDEDUPLICATED);
        String batch = " FROM settlement_batches_store FINAL WHERE number = 2";
        run("INSERT INTO settlement_batches_store SELECT * REPLACE (cumulative_total + 1 AS cumulative_total)" + batch
                + UNDEDUPLICATED);

        CommandRun run = reconcile();

        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(run.out().lines())
                .containsExactly(
                        "batch 2 total: topic settlement-batches has %s, table settlement_batches has %s"
                                .formatted(ocos(10), ocos(10).add(BigInteger.ONE)),
                        "batch 5 cumulative of %s: artifact has %s, table settlement_leaves has %s"
                                .formatted(BOB, ocos(3), ocos(3).add(BigInteger.ONE)));
        run("INSERT INTO settlement_leaves_store SELECT * REPLACE (cumulative - 1 AS cumulative)" + leaf
                + UNDEDUPLICATED);
        run("INSERT INTO settlement_batches_store SELECT * REPLACE (cumulative_total - 1 AS cumulative_total)" + batch
                + UNDEDUPLICATED);
    }

    @Test
    @Order(4)
    void anAlteredArtifactIsNamed() throws Exception {
        Path file = Path.of(ArtifactStore.at(dir.resolve("artifacts").toString())
                .path(world.batch(4).cid())
                .getPath());
        String content = Files.readString(file);
        Files.writeString(file, content.replaceFirst(",3", ",4"));

        CommandRun run = reconcile();

        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(run.out())
                .startsWith("batch 4 artifact: topic settlement-batches has %s, artifact has none that can be read"
                        .formatted(world.batch(4).cid()))
                .hasLineCount(1);
        Files.writeString(file, content);
        assertThat(reconcile().exitCode()).isZero();
    }

    @Test
    @Order(5)
    void aClaimThatIsMissingIsNamed() throws Exception {
        run("CREATE TABLE kept ENGINE = Memory AS SELECT * FROM chain_events_store WHERE name = 'Claimed'");
        run(
                "ALTER TABLE chain_events_store DELETE WHERE name = 'Claimed' AND args['payee'] = '%s' SETTINGS mutations_sync = 2"
                        .formatted(BOB));

        CommandRun run = reconcile();

        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(run.out().lines())
                .containsExactly(
                        "claimed and swept of %s: table chain_events has 0, contract has %s".formatted(BOB, ocos(3)),
                        "paid: contract has %s, table chain_events has %s".formatted(ocos(10), ocos(7)));
        run("INSERT INTO chain_events_store SELECT * FROM kept WHERE args['payee'] = '%s'".formatted(BOB)
                + UNDEDUPLICATED);
        assertThat(reconcile().exitCode()).isZero();
    }

    @Test
    @Order(6)
    void aBatchThatNobodyMadeIsNamed() throws Exception {
        world.passUntil((world.epoch(6) + 1) * TreasuryWorld.EPOCH_MINUTES * 60);
        Hash32 root = new Hash32(9, 9, 9, 9);
        world.settlement()
                .propose(6, world.epoch(6), root, TokenAmount.ocos(13), INPUTS, INPUTS)
                .send();
        await();

        CommandRun run = reconcile();

        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(run.out())
                .contains("batch 6: contract has root %s, topic settlement-batches has none".formatted(root));
    }

    @Test
    @Order(7)
    void withoutClickHouseItCannotBeDone() {
        assertThat(CommandRun.of(
                        "reconcile",
                        "--config",
                        world.config().toString(),
                        "--set",
                        "clickhouseUrl=http://127.0.0.1:9"))
                .matches(run -> run.exitCode() == 2, "exit code 2")
                .matches(run -> run.err().startsWith("ocos: ClickHouse at http://127.0.0.1:9 does not answer"));
    }

    /** Until ClickHouse has every confirmed block, and the newest is above what was done. */
    private static void await() throws Exception {
        world.rpc("anvil_mine", TreasuryWorld.CONFIRMATIONS + 1);
        long head = world.operator()
                .web3j()
                .ethGetBlockByNumber(DefaultBlockParameterName.LATEST, false)
                .send()
                .getBlock()
                .getNumber()
                .longValueExact();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(180);
        while (Long.parseLong(sql.row("SELECT toString(max(block_number)) FROM chain_events")
                        .get(0))
                < head - TreasuryWorld.CONFIRMATIONS) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
        }
    }

    private static CommandRun reconcile(String... options) {
        String[] arguments = new String[options.length + 5];
        System.arraycopy(
                new String[] {
                    "reconcile", "--config", world.config().toString(), "--set", "clickhouseUrl=" + clickHouse.url()
                },
                0,
                arguments,
                0,
                5);
        System.arraycopy(options, 0, arguments, 5, options.length);
        return CommandRun.of(arguments);
    }

    private static void run(String statement) throws Exception {
        sql.rows(statement);
    }

    private static BigInteger ocos(long amount) {
        return TokenAmount.ocos(amount).wei();
    }
}
