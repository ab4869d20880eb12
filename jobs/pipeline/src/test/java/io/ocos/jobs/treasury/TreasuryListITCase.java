package io.ocos.jobs.treasury;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ocos.jobs.cli.CommandRun;
import io.ocos.rewardssettlement.contracts.RewardsSettlement;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.CsvRecords;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.abi.EventEncoder;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.methods.request.EthFilter;
import org.web3j.protocol.core.methods.response.EthLog;
import org.web3j.protocol.core.methods.response.Log;

/** What the treasury sees of batches on a real chain. */
class TreasuryListITCase {

    private static final Address ALICE = TreasuryWorld.payee(1);
    private static final Address BOB = TreasuryWorld.payee(2);
    private static final Hash32 INPUTS = new Hash32(1, 2, 3, 4);

    @TempDir
    static Path dir;

    private static TreasuryWorld world;

    @BeforeAll
    static void start() throws Exception {
        world = TreasuryWorld.start(dir);
        world.make(Map.of(ALICE, TokenAmount.ocos(3)));
        world.make(Map.of(ALICE, TokenAmount.ocos(1), BOB, TokenAmount.ocos(2)));
        world.make(Map.of(BOB, TokenAmount.ocos(1)));
        world.make(Map.of(BOB, TokenAmount.ocos(1)));
        world.make(Map.of(BOB, TokenAmount.ocos(1)));
        // 1 is skipped, 2 finalized, 3 vetoed, 4 pending, 5 made only.
        world.propose(2, INPUTS);
        world.finish(2);
        world.propose(3, INPUTS);
        world.contract().veto(BigInteger.valueOf(3)).send();
        world.contract().resume().send();
        world.propose(4, INPUTS);
        world.approve(TokenAmount.ocos(2));
    }

    @AfterAll
    static void stop() {
        world.close();
    }

    @Test
    void eachBatchHasItsStateAndFunding() throws Exception {
        CommandRun run = run("--format", "json");

        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode list = new ObjectMapper().readTree(run.out());
        assertThat(texts(list, "state")).containsExactly("SUPERSEDED", "FINALIZED", "VETOED", "PROPOSED", "CREATED");
        assertThat(texts(list, "total")).containsExactly(ocos(3), ocos(6), ocos(7), ocos(8), ocos(9));
        assertThat(texts(list, "delta")).containsExactly(ocos(3), ocos(3), ocos(1), ocos(1), ocos(1));
        assertThat(texts(list, "root"))
                .containsExactly(
                        world.batch(1).root().toString(),
                        world.batch(2).root().toString(),
                        world.batch(3).root().toString(),
                        world.batch(4).root().toString(),
                        world.batch(5).root().toString());
        // 6 are finalized: the 2 that are approved are enough for batch 4, and 1 too little for batch 5.
        assertThat(list.at("/batches/3/funded").asBoolean()).isTrue();
        assertThat(list.at("/batches/3/required").asText()).isEqualTo(ocos(2));
        assertThat(list.at("/batches/4/funded").asBoolean()).isFalse();
        assertThat(list.at("/batches/4/lacksAllowance").asText()).isEqualTo(ocos(1));
        assertThat(list.at("/batches/1").has("funded")).isFalse();
        assertThat(list.path("lastFinalized").asLong()).isEqualTo(2);
        assertThat(list.path("pending").asLong()).isEqualTo(4);
        assertThat(list.path("finalizedTotal").asText()).isEqualTo(ocos(6));
    }

    @Test
    void theTableNamesWhatIsLacking() {
        CommandRun run = run("--last", "2");

        assertThat(run.exitCode()).as(run.err()).isZero();
        List<String> lines = run.out().lines().toList();
        assertThat(lines).hasSize(5);
        assertThat(lines.get(1)).contains("finalized 6 OCOS, paid 0, swept 0; treasury holds 499994, has approved 2");
        assertThat(lines.get(3)).contains("PROPOSED").endsWith(" yes");
        assertThat(lines.get(4)).contains("CREATED").endsWith("no, the treasury has approved 1 OCOS too little");
    }

    @Test
    void whatIsGivenWronglyIsOneLine() throws Exception {
        assertThat(run("--set", "unknown=1").err())
                .contains("unknown key 'unknown'")
                .hasLineCount(1);
        assertThat(run("--set", "rpcUrl=http://127.0.0.1:9").err())
                .startsWith("ocos: rpcUrl: eth_chainId: no answer")
                .hasLineCount(1);
        assertThat(run("--last", "0"))
                .isEqualTo(new CommandRun(2, "", "ocos: --last 0, expected at least 1%n".formatted()));
        String deployment = Files.readString(dir.resolve("deployment.json"));
        Path other = dir.resolve("other.json");
        Files.writeString(other, deployment.replace("\"chainId\" : 56", "\"chainId\" : 57"));
        assertThat(run("--set", "deploymentFile=" + other))
                .isEqualTo(new CommandRun(
                        2,
                        "",
                        "ocos: %s: chain id 57, but rpcUrl has chain id 56; expected the same%n".formatted(other)));
        Files.writeString(
                other,
                deployment.replace(
                        world.deployment().settlement().toString(),
                        TreasuryWorld.payee(9).toString()));
        assertThat(run("--set", "deploymentFile=" + other).err())
                .isEqualTo(
                        "ocos: %s: rpcUrl has no settlement contract at %s%n".formatted(other, TreasuryWorld.payee(9)));
    }

    @Test
    void aCorrectionWithholdsAndAdjustsTheDifferenceOfTwoReplays() throws Exception {
        Path before = rewards("before", line(ALICE, 10), line(BOB, 5), line(BOB, 1));
        Path after = rewards("after", line(ALICE, 7), line(BOB, 1_506));
        Path out = dir.resolve("correction.json");

        CommandRun run = CommandRun.of(
                "treasury",
                "correct",
                "--config",
                world.config().toString(),
                "--before",
                before.toString(),
                "--after",
                after.toString(),
                "--reason",
                "clock of a gateway",
                "--out",
                out.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("3 transactions to %s: withhold %s wei, adjust %s wei; written to %s, nothing was sent"
                        .formatted(world.deployment().settlement(), ocos(3), ocos(1_500), out));
        assertThat(withheld(ALICE)).isZero();
        JsonNode batch = new ObjectMapper().readTree(out.toFile());
        assertThat(batch.path("chainId").asText()).isEqualTo("56");
        for (JsonNode transaction : batch.path("transactions")) {
            world.operator()
                    .transactions()
                    .sendTransaction(
                            world.operator().gas().getGasPrice(),
                            BigInteger.valueOf(500_000),
                            transaction.path("to").asText(),
                            transaction.path("data").asText(),
                            new BigInteger(transaction.path("value").asText()));
        }
        assertThat(batch.path("transactions")).hasSize(3);
        assertThat(withheld(ALICE)).isEqualTo(TokenAmount.ocos(3).wei());
        // The epoch cap is 1,000 OCOS: more is two adjustments.
        assertThat(adjustments()).containsExactlyInAnyOrder(ocos(1_000), ocos(500));
        assertThat(CommandRun.of(
                                "treasury",
                                "correct",
                                "--config",
                                world.config().toString(),
                                "--before",
                                before.toString(),
                                "--after",
                                before.toString(),
                                "--reason",
                                "none")
                        .out())
                .isEqualTo("no payee has another amount: nothing to correct%n".formatted());
    }

    private static BigInteger withheld(Address payee) throws Exception {
        return world.contract().accountOf(payee.toString()).send().withheld;
    }

    private static List<String> adjustments() throws Exception {
        EthFilter filter = new EthFilter(
                DefaultBlockParameterName.EARLIEST,
                DefaultBlockParameterName.LATEST,
                world.deployment().settlement().toString());
        filter.addSingleTopic(EventEncoder.encode(RewardsSettlement.REWARDADJUSTED_EVENT));
        List<String> amounts = new ArrayList<>();
        for (EthLog.LogResult<?> log :
                world.operator().web3j().ethGetLogs(filter).send().getLogs()) {
            RewardsSettlement.RewardAdjustedEventResponse event =
                    RewardsSettlement.getRewardAdjustedEventFromLog((Log) log.get());
            assertThat(Address.parse(event.payee)).isEqualTo(BOB);
            assertThat(event.reason).isEqualTo("clock of a gateway");
            amounts.add(event.amount.toString());
        }
        return amounts;
    }

    private static Path rewards(String name, String... lines) throws Exception {
        Path directory = Files.createDirectory(dir.resolve(name));
        Files.writeString(
                directory.resolve("rewards.csv"), CsvRecords.REWARDS_HEADER + "\n" + String.join("\n", lines) + "\n");
        return directory;
    }

    private static String line(Address payee, long amount) {
        return "1,MINUTE,%s,,%s,%s,PAID".formatted(payee, payee, ocos(amount));
    }

    private static CommandRun run(String... options) {
        String[] arguments = new String[options.length + 4];
        System.arraycopy(
                new String[] {"treasury", "list", "--config", world.config().toString()}, 0, arguments, 0, 4);
        System.arraycopy(options, 0, arguments, 4, options.length);
        return CommandRun.of(arguments);
    }

    private static List<String> texts(JsonNode list, String field) {
        return StreamSupport.stream(list.path("batches").spliterator(), false)
                .map(batch -> batch.path(field).asText())
                .toList();
    }

    private static String ocos(long amount) {
        return TokenAmount.ocos(amount).toString();
    }
}
