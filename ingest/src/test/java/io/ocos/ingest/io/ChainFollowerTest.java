package io.ocos.ingest.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ocos.ingest.config.ChainFollowerConfig;
import io.ocos.ingest.domain.EvmLog;
import io.ocos.ingest.domain.FinalBlock;
import io.ocos.ingest.domain.FollowedContract;
import io.ocos.ingest.domain.RefusedLogException.Reason;
import io.ocos.ingest.io.FakeEvmNode.Draft;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.ConfigLoader;
import io.ocos.schemas.config.Secret;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import java.math.BigInteger;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The follower against nodes that answer badly (FAULTS, bad input 26–30; fault 30): nothing is skipped, doubled or believed. */
class ChainFollowerTest {

    private static final Address REGISTRY = Address.parse("0x00000000000000000000000000000000000000e9");
    private static final Address STRANGER = Address.parse("0x00000000000000000000000000000000000000e8");
    private static final BigInteger MAX = BigInteger.TWO.pow(256).subtract(BigInteger.ONE);
    private static final Hash32 NODE = new Hash32(0, 0, 0, 7);

    private final FakeEvmNode node = new FakeEvmNode();
    private final MemoryChainLog log = new MemoryChainLog();

    @AfterEach
    void stopNode() {
        node.close();
    }

    @Test
    void row26_removedLogsDuplicatesAndWrongOrderAreSortedOut() {
        node.mine("main", stakeChanged(1, 1), stakeChanged(2, 2), stakeChanged(3, 3));
        node.mine(2, "main");
        node.twist = (method, parameters, truth) -> {
            if (!method.equals("eth_getLogs") || truth.isEmpty()) {
                return null;
            }
            EvmLog first = node.logs().get(0);
            ArrayNode answer = ((ArrayNode) truth).deepCopy();
            JsonNode last = answer.remove(2);
            answer.insert(0, last);
            answer.add(last);
            // Of a block that was replaced.
            answer.add(FakeEvmNode.json(new EvmLog(
                    first.blockNumber(),
                    new Hash32(6, 6, 6, 6),
                    first.transactionHash(),
                    first.logIndex(),
                    first.address(),
                    first.topics(),
                    first.data(),
                    true)));
            return answer;
        };
        try (ChainFollower follower = start(Map.of())) {
            awaitWritten(follower, node.head());
        }
        assertThat(stakes()).containsExactly("1", "2", "3");
        assertThat(log.events()).extracting(event -> event.log().logIndex()).containsExactly(0L, 1L, 2L);
        assertThat(log.refused())
                .extracting(FinalBlock.Refused::reason)
                .containsExactlyInAnyOrder(Reason.REMOVED, Reason.DUPLICATE_LOG);
        assertThat(log.blocks).extracting(FinalBlock::outOfOrder).containsExactly(2, 0, 0);
        assertWrittenOnce();
    }

    @Test
    void row26_twoDifferentLogsWithOneIndexAreNotBelieved() {
        node.mine("main", stakeChanged(1, 1));
        AtomicInteger lies = new AtomicInteger();
        node.twist = (method, parameters, truth) -> {
            if (!method.equals("eth_getLogs") || truth.isEmpty() || lies.incrementAndGet() > 2) {
                return null;
            }
            EvmLog first = node.logs().get(0);
            ArrayNode answer = ((ArrayNode) truth).deepCopy();
            return answer.add(FakeEvmNode.json(new EvmLog(
                    first.blockNumber(),
                    first.blockHash(),
                    first.transactionHash(),
                    first.logIndex(),
                    first.address(),
                    first.topics(),
                    stakeChanged(9, 9).data(),
                    false)));
        };
        try (ChainFollower follower = start(Map.of())) {
            awaitWritten(follower, node.head());
        }
        assertThat(lies).hasValueGreaterThan(2);
        assertThat(stakes()).containsExactly("1");
        assertThat(log.refused()).isEmpty();
    }

    @Test
    void row27_logOfAnotherContractWithTheSameTopicIsIgnored() {
        Draft own = stakeChanged(1, 1);
        node.mine("main", own, new Draft(STRANGER, own.topics(), own.data()));
        // A node that does not look at the addresses that are asked for.
        node.twist = (method, parameters, truth) ->
                method.equals("eth_getLogs") && !truth.isEmpty() ? FakeEvmNode.json(node.logs()) : null;
        try (ChainFollower follower = start(Map.of())) {
            awaitWritten(follower, node.head());
        }
        assertThat(stakes()).containsExactly("1");
        assertThat(log.refused()).isEmpty();
        assertThat(log.blocks).extracting(FinalBlock::ignored).containsExactly(1);
    }

    @Test
    void row28_whatIsNoEventIsKeptWithItsReasonAndTheCursorGoesOn() {
        Draft good = new Draft(
                REGISTRY,
                List.of(topic(), NODE),
                word(MAX) + word(BigInteger.TWO.pow(255)).substring(2));
        node.mine(
                "main",
                good,
                new Draft(REGISTRY, List.of(topic()), stakeChanged(1, 1).data()),
                new Draft(
                        REGISTRY,
                        List.of(topic(), NODE, NODE),
                        stakeChanged(1, 1).data()),
                new Draft(
                        REGISTRY,
                        List.of(topic(), new Hash32(1, 0, 0, 0)),
                        stakeChanged(1, 1).data()),
                new Draft(REGISTRY, List.of(topic(), NODE), "0x"),
                new Draft(REGISTRY, List.of(topic(), NODE), word(BigInteger.ONE) + "00"),
                new Draft(REGISTRY, List.of(topic(), NODE), stakeChanged(1, 1).data() + "00"),
                new Draft(REGISTRY, List.of(), "0x"),
                new Draft(REGISTRY, List.of(new Hash32(1, 2, 3, 4)), "0x"));
        node.mine("main", stakeChanged(5, -6));
        try (ChainFollower follower = start(Map.of())) {
            awaitWritten(follower, node.head());
        }
        assertThat(log.events())
                .extracting(FinalBlock.Event::args)
                .containsExactly(
                        Map.of(
                                "node",
                                "0x0000000000000000000000000000000000000007",
                                "stake",
                                MAX.toString(),
                                "change",
                                BigInteger.TWO.pow(255).negate().toString()),
                        Map.of("node", "0x0000000000000000000000000000000000000007", "stake", "5", "change", "-6"));
        assertThat(log.refused())
                .extracting(FinalBlock.Refused::reason)
                .containsExactly(
                        Reason.TOPIC_COUNT,
                        Reason.TOPIC_COUNT,
                        Reason.MALFORMED_ABI,
                        Reason.MALFORMED_ABI,
                        Reason.MALFORMED_ABI,
                        Reason.MALFORMED_ABI);
        assertThat(log.blocks).extracting(FinalBlock::ignored).containsExactly(2, 0);
        assertWrittenOnce();
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                arguments("logIndex", "0x-1"),
                arguments("logIndex", "-1"),
                arguments("logIndex", null),
                arguments("logIndex", "0x10000000000000000"),
                arguments("blockNumber", "0x"),
                arguments("blockHash", "0x12"),
                arguments("transactionHash", "no hash"),
                arguments("address", "0x00"),
                arguments("data", "0x1"),
                arguments("topics", "none"));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void row28_answerThatIsNoLogIsAskedForAgain(String field, String value) {
        node.mine("main", stakeChanged(1, 1));
        AtomicInteger lies = new AtomicInteger();
        node.twist = (method, parameters, truth) -> {
            if (!method.equals("eth_getLogs") || truth.isEmpty() || lies.incrementAndGet() > 1) {
                return null;
            }
            ArrayNode answer = ((ArrayNode) truth).deepCopy();
            ((ObjectNode) answer.get(0)).put(field, value);
            return answer;
        };
        try (ChainFollower follower = start(Map.of())) {
            awaitWritten(follower, node.head());
        }
        assertThat(lies).hasValue(2);
        assertThat(stakes()).containsExactly("1");
        assertThat(log.refused()).isEmpty();
    }

    static Stream<Arguments> limits() {
        return Stream.of(
                arguments(-32_005, "limit exceeded"),
                arguments(-32_000, "query returned more than 10000 results"),
                arguments(-32_602, "eth_getLogs is limited to a 3 blocks range"),
                arguments(-32_000, "execution timeout"));
    }

    @ParameterizedTest
    @MethodSource("limits")
    void row29_rangeIsHalvedOnLimitsAndGrownAgain(int code, String message) {
        for (int i = 0; i < 100; i++) {
            node.mine("main", stakeChanged(i, i));
        }
        node.twist = (method, parameters, truth) -> {
            if (!method.equals("eth_getLogs")) {
                return null;
            }
            long from = FakeEvmNode.number(parameters.get(0).get("fromBlock"));
            long size = FakeEvmNode.number(parameters.get(0).get("toBlock")) - from + 1;
            return from < 30 && size > 3 ? FakeEvmNode.error(code, message) : null;
        };
        try (ChainFollower follower = start(Map.of("maxRange", "64"))) {
            awaitWritten(follower, node.head());
        }
        assertWrittenOnce();
        assertThat(stakes()).hasSize(100);
        assertThat(node.requests.subList(0, 6))
                .containsExactly(
                        "eth_getLogs 1 64",
                        "eth_getLogs 1 32",
                        "eth_getLogs 1 16",
                        "eth_getLogs 1 8",
                        "eth_getLogs 1 4",
                        "eth_getLogs 1 2");
        assertThat(ranges().subList(6, ranges().size())).anyMatch(size -> size > 5);
    }

    @Test
    void row29_singleBlockThatIsTooMuchIsReadFromItsReceipts() {
        node.mine("main", stakeChanged(1, 1), new Draft(STRANGER, List.of(topic()), "0x"), stakeChanged(2, 2));
        node.mine(3, "main");
        node.blockReceipts = false;
        node.twist = (method, parameters, truth) ->
                method.equals("eth_getLogs") ? FakeEvmNode.error(-32_005, "limit exceeded") : null;
        try (ChainFollower follower = start(Map.of())) {
            awaitWritten(follower, node.head());
        }
        assertThat(stakes()).containsExactly("1", "2");
        assertThat(node.requests).contains("eth_getTransactionReceipt");
        assertWrittenOnce();
    }

    @Test
    void row29_answerThatMayHaveBeenCutIsAskedForInParts() {
        for (int i = 1; i <= 8; i++) {
            node.mine("main", stakeChanged(i, i), stakeChanged(i, i));
        }
        // Cuts without a word.
        node.twist = (method, parameters, truth) -> {
            if (!method.equals("eth_getLogs") || truth.size() <= 5) {
                return null;
            }
            ArrayNode cut = ((ArrayNode) truth).deepCopy();
            while (cut.size() > 5) {
                cut.remove(5);
            }
            return cut;
        };
        try (ChainFollower follower = start(Map.of("maxLogs", "5"))) {
            awaitWritten(follower, node.head());
        }
        assertThat(stakes())
                .containsExactly("1", "1", "2", "2", "3", "3", "4", "4", "5", "5", "6", "6", "7", "7", "8", "8");
        assertWrittenOnce();
    }

    @Test
    void row29_emptyAnswerForANonEmptyRangeIsNotBelieved() {
        node.mine(3, "main");
        node.mine("main", stakeChanged(1, 1));
        node.mine(3, "main");
        AtomicInteger lies = new AtomicInteger();
        List<Integer> writtenWhileLying = new ArrayList<>();
        node.twist = (method, parameters, truth) -> {
            if (!method.equals("eth_getLogs") || truth.isEmpty() || lies.incrementAndGet() > 3) {
                return null;
            }
            writtenWhileLying.add(log.blocks.size());
            return FakeEvmNode.json(List.of());
        };
        try (ChainFollower follower = start(Map.of())) {
            awaitWritten(follower, node.head());
        }
        assertThat(writtenWhileLying).containsExactly(0, 0, 0);
        assertThat(node.requests).contains("eth_getBlockReceipts 4");
        assertThat(stakes()).containsExactly("1");
        assertWrittenOnce();
    }

    @Test
    void row29_oneOfTwoLikeLogsThatIsLeftOutIsFoundWhenAllReceiptsAreChecked() {
        node.mine("main", stakeChanged(1, 1), stakeChanged(2, 2));
        AtomicInteger lies = new AtomicInteger();
        node.twist = (method, parameters, truth) -> {
            if (!method.equals("eth_getLogs") || truth.isEmpty() || lies.incrementAndGet() > 2) {
                return null;
            }
            ArrayNode answer = ((ArrayNode) truth).deepCopy();
            answer.remove(0);
            return answer;
        };
        try (ChainFollower follower = start(Map.of("checkAllReceipts", "true"))) {
            awaitWritten(follower, node.head());
        }
        assertThat(lies).hasValue(3);
        assertThat(stakes()).containsExactly("1", "2");
    }

    @Test
    void row29_receiptsThatAreNotOfTheBlockAreNotBelievedEither() {
        node.mine("main", stakeChanged(1, 1));
        AtomicInteger lies = new AtomicInteger();
        node.twist = (method, parameters, truth) -> {
            boolean lie = lies.get() < 4
                    && (method.equals("eth_getBlockReceipts") || (method.equals("eth_getLogs") && !truth.isEmpty()));
            return lie && lies.incrementAndGet() > 0 ? FakeEvmNode.json(List.of()) : null;
        };
        try (ChainFollower follower = start(Map.of())) {
            awaitWritten(follower, node.head());
        }
        assertThat(stakes()).containsExactly("1");
    }

    @Test
    void row29_gapsAndWrongBlocksInTheHeadersAreAskedForAgain() {
        node.mine(20, "main");
        node.mine("main", stakeChanged(1, 1));
        node.mine(20, "main");
        AtomicInteger lies = new AtomicInteger();
        node.twist = (method, parameters, truth) -> {
            if (!method.equals("eth_getBlockByNumber") || FakeEvmNode.number(parameters.get(0)) != 10) {
                return null;
            }
            return switch (lies.incrementAndGet()) {
                // Not there; another block's number; another block's parent.
                case 1 -> NullNode.getInstance();
                case 2 -> truth.<ObjectNode>deepCopy().put("number", "0xb");
                case 3 -> truth.<ObjectNode>deepCopy().put("parentHash", new Hash32(6, 6, 6, 6).toString());
                default -> null;
            };
        };
        try (ChainFollower follower = start(Map.of())) {
            awaitWritten(follower, node.head());
        }
        assertThat(lies).hasValueGreaterThan(3);
        assertThat(stakes()).containsExactly("1");
        assertWrittenOnce();
    }

    @Test
    void row30_parentMismatchRollsBackToTheCommonAncestor() {
        node.mine(10, "main");
        try (ChainFollower follower = start(Map.of("confirmations", "6"))) {
            awaitWritten(follower, node.head() - 6);
            for (int depth : List.of(1, 3, 6)) {
                synchronized (node) {
                    node.drop(depth);
                    for (int i = 0; i <= depth; i++) {
                        node.mine("branch" + depth, stakeChanged(depth, i));
                    }
                }
                awaitWritten(follower, node.head() - 6);
            }
            node.mine(7, "end");
            awaitWritten(follower, node.head() - 6);
        }
        assertThat(stakes()).hasSize((int) node.logs().stream()
                .filter(each -> each.blockNumber() <= node.head() - 6)
                .count());
        assertWrittenOnce();
    }

    @Test
    void row30_logOfAnotherBranchThanTheHeaderIsNotBelieved() {
        node.mine("main", stakeChanged(1, 1));
        AtomicInteger lies = new AtomicInteger();
        node.twist = (method, parameters, truth) -> {
            if (!method.equals("eth_getLogs") || truth.isEmpty() || lies.incrementAndGet() > 2) {
                return null;
            }
            ArrayNode answer = ((ArrayNode) truth).deepCopy();
            ((ObjectNode) answer.get(0)).put("blockHash", new Hash32(6, 6, 6, 6).toString());
            return answer;
        };
        try (ChainFollower follower = start(Map.of())) {
            awaitWritten(follower, node.head());
        }
        assertThat(lies).hasValueGreaterThan(2);
        assertThat(stakes()).containsExactly("1");
    }

    @Test
    void fault30_nodeOnAnotherBranchIsLeftForOneThatHasWhatIsWritten() {
        node.mine(10, "main");
        try (FakeEvmNode other = new FakeEvmNode()) {
            try (ChainFollower follower = start(Map.of())) {
                awaitWritten(follower, 10);
            }
            other.mine(20, "other");
            node.mine("main", stakeChanged(1, 1));
            try (ChainFollower follower = start(Map.of("rpcUrls", other.url()), node.url())) {
                awaitWritten(follower, 11);
                assertThat(follower.terminated()).isNotDone();
            }
        }
        assertThat(stakes()).containsExactly("1");
        assertWrittenOnce();
    }

    @Test
    void fault27_writtenBlockThatIsGoneStopsAndNamesTheCommonAncestor() {
        node.mine(10, "main");
        try (ChainFollower follower = start(Map.of("confirmations", "2"))) {
            awaitWritten(follower, 8);
            Hash32 ancestor;
            synchronized (node) {
                ancestor = node.hashes().get(5);
                node.drop(5);
                node.mine(9, "other");
            }
            assertThatThrownBy(() -> follower.terminated().get(60, TimeUnit.SECONDS))
                    .hasMessageContaining("REORG DEEPER THAN 2 CONFIRMATIONS")
                    .hasMessageContaining("common to both is block 5 (%s)".formatted(ancestor));
        }
        assertThat(log.blocks).hasSize(8);
    }

    @Test
    void nodeThatIsBehindIsWaitedFor() {
        node.mine(10, "main");
        try (ChainFollower follower = start(Map.of())) {
            awaitWritten(follower, 10);
        }
        node.drop(4);
        try (ChainFollower follower = start(Map.of())) {
            Eventually.that(() -> failures(follower, "inconsistent") > 2);
            assertThat(follower.terminated()).isNotDone();
            node.mine(6, "main");
            awaitWritten(follower, 12);
        }
        assertWrittenOnce();
    }

    @Test
    void deadNodeIsLeftForTheNext() {
        node.mine(5, "main");
        try (FakeEvmNode dead = new FakeEvmNode()) {
            dead.httpStatus = 500;
            try (ChainFollower follower = start(Map.of("rpcUrls", dead.url()), node.url())) {
                awaitWritten(follower, 5);
                // And back, when the other one dies.
                dead.httpStatus = 200;
                dead.mine(7, "main");
                node.httpStatus = 429;
                awaitWritten(follower, 7);
                assertThat(failures(follower, "unreachable")).isEqualTo(1);
                assertThat(failures(follower, "rate_limited")).isEqualTo(1);
            }
        }
    }

    @Test
    void everyNodesChainIdIsLookedAt() {
        node.chainId = 97;
        try (FakeEvmNode dead = new FakeEvmNode()) {
            dead.httpStatus = 500;
            try (ChainFollower follower = start(Map.of("rpcUrls", dead.url()), node.url())) {
                assertThatThrownBy(() -> follower.terminated().get(60, TimeUnit.SECONDS))
                        .hasMessageContaining("chainId: 56, but EVM node 2 (127.0.0.1:")
                        .hasMessageContaining("has chain id 97; expected the same");
            }
        }
        assertThat(log.blocks).isEmpty();
    }

    @Test
    void nodeWithoutBatchesIsAskedOneByOne() {
        node.batches = false;
        node.mine(20, "main");
        try (ChainFollower follower = start(Map.of())) {
            awaitWritten(follower, 20);
        }
        assertWrittenOnce();
    }

    @Test
    void startBlockThatWouldLeaveAGapIsRefused() {
        node.mine(10, "main");
        try (ChainFollower follower = start(Map.of())) {
            awaitWritten(follower, 10);
        }
        try (ChainFollower follower = start(Map.of("startBlock", "12"))) {
            assertThatThrownBy(() -> follower.terminated().get(60, TimeUnit.SECONDS))
                    .hasMessageContaining("startBlock: 12, but the topic ends with block 10");
        }
    }

    @Test
    void wrongConfigurationIsNamedAndAUrlIsNotShown() {
        assertThatThrownBy(() -> start(Map.of("contracts.NodeRegister", STRANGER.toString())))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("contract 'NodeRegister', expected one of [NodeRegistry, ParameterStore,");
        assertThatThrownBy(() -> start(Map.of("contracts.ParameterStore", REGISTRY.toString())))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("are both at " + REGISTRY);
        assertThatThrownBy(() -> start(Map.of("rpcUrls", "ftp://host/SECRET-KEY")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("rpcUrls[0]")
                .satisfies(e -> {
                    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                        assertThat(cause.getMessage()).doesNotContain("SECRET-KEY");
                    }
                });
    }

    private ChainFollower start(Map<String, String> settings, String... moreUrls) {
        Map<String, String> values = new HashMap<>(Map.of(
                "rpcUrls", node.url(),
                "chainId", "56",
                "contracts.NodeRegistry", REGISTRY.toString(),
                "startBlock", "1",
                "confirmations", "0",
                "pollMillis", "10",
                "kafkaBootstrap", "unused:1"));
        values.putAll(settings);
        ChainFollowerConfig config = ConfigLoader.load(ChainFollowerConfig.class, null, values);
        if (moreUrls.length > 0) {
            List<Secret> urls = new ArrayList<>(config.rpcUrls());
            Stream.of(moreUrls).map(Secret::new).forEach(urls::add);
            config = new ChainFollowerConfig(
                    urls,
                    config.chainId(),
                    config.contracts(),
                    config.startBlock(),
                    config.confirmations(),
                    config.maxRange(),
                    config.maxLogs(),
                    config.checkAllReceipts(),
                    config.pollMillis(),
                    config.rpcTimeoutMillis(),
                    config.readyLagBlocks(),
                    config.kafkaBootstrap(),
                    config.kafkaPropertiesFile(),
                    config.opsPort());
        }
        return ChainFollower.start(config, Clock.systemUTC(), log);
    }

    private void awaitWritten(ChainFollower follower, long block) {
        Eventually.that(() -> follower.terminated().isDone()
                || (!log.blocks.isEmpty()
                        && log.blocks.get(log.blocks.size() - 1).header().number() == block));
        assertThat(follower.terminated()).isNotDone();
    }

    /** Every block once, in order, as the node's chain has it; every well-formed event of it too. */
    private void assertWrittenOnce() {
        assertThat(log.blocks)
                .extracting(block -> block.header().number())
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, log.blocks.size()).boxed().toList());
        assertThat(log.blocks)
                .extracting(block -> block.header().hash())
                .containsExactlyElementsOf(node.hashes().subList(1, log.blocks.size() + 1));
        assertThat(log.events())
                .extracting(FinalBlock.Event::log)
                .isSubsetOf(node.logs())
                .doesNotHaveDuplicates();
    }

    private List<String> stakes() {
        return log.events().stream()
                .map(event -> String.valueOf(event.args().get("stake")))
                .toList();
    }

    private List<Long> ranges() {
        return node.requests.stream()
                .filter(request -> request.startsWith("eth_getLogs"))
                .map(request -> request.split(" ", -1))
                .map(parts -> Long.parseLong(parts[2]) - Long.parseLong(parts[1]) + 1)
                .toList();
    }

    private static double failures(ChainFollower follower, String reason) {
        return ChainFollowerITCase.get(follower, "/metrics")
                .body()
                .lines()
                .filter(line ->
                        line.startsWith("ocos_follower_rpc_failures_total{") && line.contains("\"" + reason + "\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static Draft stakeChanged(long stake, long change) {
        return new Draft(
                REGISTRY,
                List.of(topic(), NODE),
                word(BigInteger.valueOf(stake))
                        + word(BigInteger.valueOf(change)).substring(2));
    }

    private static Hash32 topic() {
        return FollowedContract.NODE_REGISTRY.events().stream()
                .filter(event -> event.name().equals("StakeChanged"))
                .findFirst()
                .orElseThrow()
                .topic();
    }

    private static String word(BigInteger value) {
        return "0x%064x".formatted(value.mod(BigInteger.TWO.pow(256)));
    }
}
