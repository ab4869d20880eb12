package io.ocos.rewardssettlement.io;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.rewardssettlement.contracts.ComputeStaking;
import io.ocos.rewardssettlement.contracts.JobEscrow;
import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.MerkleTree;
import io.ocos.rewardssettlement.domain.NodeRegistration;
import io.ocos.rewardssettlement.io.SettlementWorld.Tree;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.Secp256k1Keys;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.web3j.protocol.core.methods.response.TransactionReceipt;

/** What calls cost, measured; docs/contracts.md says the same. */
class GasITCase {

    private static final Path DOCUMENT = Path.of("..", "docs", "contracts.md");
    private static final Pattern ROW = Pattern.compile("^\\| (.+?) \\| ([0-9 ]+) \\|$", Pattern.MULTILINE);
    private static final int PAYEES = 1_000;

    private final Map<String, Long> measured = new LinkedHashMap<>();

    @Test
    void theDocumentSaysWhatIsMeasured() throws Exception {
        measureSettlement();
        measureTheRest();
        Map<String, Long> documented = new LinkedHashMap<>();
        for (MatchResult row : ROW.matcher(Files.readString(DOCUMENT)).results().toList()) {
            documented.put(row.group(1), Long.parseLong(row.group(2).replace(" ", "")));
        }
        StringBuilder table = new StringBuilder("measured:\n");
        measured.forEach((call, gas) -> table.append("| %s | %s |%n"
                .formatted(call, String.format(Locale.ROOT, "%,d", gas).replace(',', ' '))));
        assertThat(documented.keySet()).as(table.toString()).isEqualTo(measured.keySet());
        // Zero bytes in addresses and hashes cost less than others, so a figure is never quite the same twice.
        measured.forEach((call, gas) -> assertThat(documented.get(call))
                .as("%s; %s", call, table)
                .isCloseTo(gas, Percentage.withPercentage(1)));
    }

    private void measure(String call, TransactionReceipt receipt) {
        measured.put(call, receipt.getGasUsed().longValueExact());
    }

    private void measureMany(int claims, TransactionReceipt receipt) {
        measured.put(
                "RewardsSettlement.claimMany of %d, for each claim".formatted(claims),
                receipt.getGasUsed().longValueExact() / claims);
    }

    private void measureSettlement() throws Exception {
        try (SettlementWorld world = new SettlementWorld("OcosToken")) {
            List<Batch.Line> lines = IntStream.range(0, PAYEES)
                    .mapToObj(i ->
                            SettlementWorld.line(SettlementWorld.newPayee(), new TokenAmount(BigInteger.TEN.pow(17))))
                    .toList();
            Tree first = Tree.of(lines);
            Tree second = Tree.of(lines.stream()
                    .map(line ->
                            SettlementWorld.line(line.payee(), line.cumulative().plus(line.cumulative())))
                    .toList());
            SettlementClient claims = world.as(world.stranger);
            world.settle(1, 1, first);
            measure(
                    "RewardsSettlement.claim, a payee's first",
                    claims.claim(first.merkle(), first.line(0)).send());
            for (int from = 0; from < PAYEES; from += 100) {
                claims.claimMany(first.merkle(), first.lines().subList(from, from + 100))
                        .send();
            }
            measure("RewardsSettlement.propose", world.propose(2, 2, second));
            TestChain.increaseTime(SettlementWorld.CHALLENGE);
            measure("RewardsSettlement.finalize", world.finalizeBatch(2));
            measure(
                    "RewardsSettlement.claim, later ones",
                    claims.claim(second.merkle(), second.line(0)).send());
            int next = 0;
            List<Batch.Line> neighbours = second.lines().subList(1, PAYEES).stream()
                    .sorted(Comparator.comparingInt(
                            line -> second.merkle().indexOf(MerkleTree.leaf(line.payee(), line.cumulative()))))
                    .toList();
            for (int chunk : new int[] {10, 50, 100}) {
                measureMany(
                        chunk,
                        claims.claimMany(second.merkle(), neighbours.subList(next, next + chunk))
                                .send());
                next += chunk;
            }
            String payee = neighbours.get(next).payee().toString();
            measure(
                    "RewardsSettlement.withhold",
                    world.contract(world.guardian)
                            .withhold(payee, BigInteger.ONE, "case 12")
                            .send());
            measure(
                    "RewardsSettlement.sweep",
                    claims.sweep(second.merkle(), neighbours.get(next)).send());
            world.propose(3, 3, second);
            measure(
                    "RewardsSettlement.veto",
                    world.contract(world.guardian).veto(BigInteger.valueOf(3)).send());
        }
    }

    private void measureTheRest() throws Exception {
        try (EvmClient deployer = TestChain.client();
                EvmClient operator = TestChain.client()) {
            Deployment deployment =
                    ContractDeployer.deploy(deployer, TestChain.plan(TokenAmount.ocos(1_000_000), operator, Map.of()));
            NodeRegistryClient nodes = new NodeRegistryClient(deployer, deployment);
            OcosToken token = nodes.token();
            for (Address spender : List.of(deployment.registry(), deployment.escrow(), deployment.computeStaking())) {
                token.approve(spender.toString(), TokenAmount.MAX.wei()).send();
            }
            byte[] key = TestChain.newKey();
            String node = Secp256k1Keys.address(key).toString();
            NodeRegistration registration = new NodeRegistration(
                    Address.parse(node), deployer.address(), NodeType.AI, BigInteger.TEN, 0, 10_000_000_000L);
            NodeRegistryClient.Enrollment signed =
                    NodeRegistryClient.sign(registration, TokenAmount.ZERO, key, deployment);
            measure(
                    "NodeRegistry.register",
                    nodes.registry()
                            .register(
                                    node,
                                    registration.owner().toString(),
                                    registration.type().onChain().toBytes(),
                                    registration.capacityUnits(),
                                    BigInteger.valueOf(registration.deadline()),
                                    Hex.parse(signed.signature()))
                            .send());
            BigInteger thousand = TokenAmount.ocos(1_000).wei();
            measure("NodeRegistry.stake", nodes.registry().stake(node, thousand).send());
            measure(
                    "NodeRegistry.requestUnstake",
                    nodes.registry().requestUnstake(node, thousand).send());
            ComputeStaking staking = ComputeStaking.load(
                    deployment.computeStaking().toString(), deployer.web3j(), deployer.transactions(), deployer.gas());
            measure(
                    "ComputeStaking.stake",
                    staking.stake(deployer.address().toString(), thousand).send());
            JobEscrow escrow = JobEscrow.load(
                    deployment.escrow().toString(), deployer.web3j(), deployer.transactions(), deployer.gas());
            byte[] salt = Hash32.ofName("salt").toBytes();
            BigInteger deadline = BigInteger.valueOf(
                    TestChain.now(deployer) + Duration.ofHours(1).toSeconds());
            byte[] kind = Hash32.ofName("INFER").toBytes();
            byte[] digest = Hash32.of(Keccak.hash(salt)).toBytes();
            measure(
                    "JobEscrow.createJob",
                    escrow.createJob(salt, kind, thousand, deadline, digest).send());
            byte[] id = escrow.jobIdOf(deployer.address().toString(), salt).send();
            JobEscrow settler = JobEscrow.load(
                    deployment.escrow().toString(), operator.web3j(), operator.transactions(), operator.gas());
            measure("JobEscrow.settle", settler.settle(id, node, BigInteger.TEN).send());
            List<String> others = IntStream.range(0, 50)
                    .mapToObj(i -> SettlementWorld.newPayee().toString())
                    .toList();
            measured.put(
                    "JobEscrow.settleMany of 50, for each fee",
                    settler.settleMany(Collections.nCopies(50, id), others, Collections.nCopies(50, BigInteger.TEN))
                                    .send()
                                    .getGasUsed()
                                    .longValueExact()
                            / 50);
        }
    }
}
