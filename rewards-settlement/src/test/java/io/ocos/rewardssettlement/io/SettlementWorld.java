package io.ocos.rewardssettlement.io;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.contracts.RewardsSettlement;
import io.ocos.rewardssettlement.domain.Batch;
import io.ocos.rewardssettlement.domain.MerkleTree;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.Secp256k1Keys;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.web3j.protocol.core.methods.response.TransactionReceipt;

/**
 * A settlement contract, with a key for each role and for the treasury, which has approved all it holds. Epochs last a
 * second, so any small number is one that is over.
 */
final class SettlementWorld implements AutoCloseable {

    static final TokenAmount SUPPLY = TokenAmount.ocos(1_000_000);
    static final TokenAmount CAP = TokenAmount.ocos(1_000);
    static final Duration CHALLENGE = Duration.ofMinutes(10);
    static final Hash32 ARTIFACT = Hash32.ofName("artifact");
    static final Hash32 INPUTS = Hash32.ofName("inputs");

    final EvmClient admin = TestChain.client();
    final EvmClient treasury = TestChain.client();
    final EvmClient proposer = TestChain.client();
    final EvmClient guardian = TestChain.client();
    final EvmClient stranger = TestChain.client();
    final Address token;
    final Address settlement;

    /** With a token of the name: of {@code OcosToken}, or of a contract of the tests. */
    SettlementWorld(String tokenName) throws Exception {
        token = tokenName.equals("OcosToken")
                ? Address.parse(OcosToken.deploy(
                                treasury.web3j(),
                                treasury.transactions(),
                                treasury.gas(),
                                treasury.address().toString(),
                                SUPPLY.wei())
                        .send()
                        .getContractAddress())
                : TestChain.deployToken(treasury, tokenName, SUPPLY);
        settlement = Address.parse(RewardsSettlement.deploy(
                        admin.web3j(),
                        admin.transactions(),
                        admin.gas(),
                        token.toString(),
                        admin.address().toString(),
                        treasury.address().toString(),
                        proposer.address().toString(),
                        guardian.address().toString(),
                        BigInteger.ONE,
                        BigInteger.ZERO,
                        CAP.wei(),
                        BigInteger.valueOf(CHALLENGE.toSeconds()))
                .send()
                .getContractAddress());
        token(treasury).approve(settlement.toString(), SUPPLY.wei()).send();
    }

    /** A tree of these lines. */
    record Tree(MerkleTree merkle, List<Batch.Line> lines) {

        static Tree of(List<Batch.Line> lines) {
            return new Tree(
                    MerkleTree.of(lines.stream()
                            .map(line -> MerkleTree.leaf(line.payee(), line.cumulative()))
                            .toList()),
                    lines);
        }

        BigInteger total() {
            return lines.stream().map(line -> line.cumulative().wei()).reduce(BigInteger.ZERO, BigInteger::add);
        }

        Batch.Line line(int index) {
            return lines.get(index);
        }
    }

    /** A tree of new payees with 1, 2, 3 … OCOS. */
    static Tree tree(int payees) {
        List<Batch.Line> lines = new ArrayList<>();
        for (int i = 1; i <= payees; i++) {
            lines.add(line(newPayee(), TokenAmount.ocos(i)));
        }
        return Tree.of(lines);
    }

    /** Somebody who never sends anything. */
    static Address newPayee() {
        return Secp256k1Keys.address(TestChain.newKey());
    }

    static Batch.Line line(Address payee, TokenAmount cumulative) {
        return new Batch.Line(payee, cumulative, cumulative);
    }

    SettlementClient as(EvmClient client) {
        return new SettlementClient(client, settlement);
    }

    RewardsSettlement contract(EvmClient client) {
        return as(client).contract();
    }

    OcosToken token(EvmClient client) {
        return OcosToken.load(token.toString(), client.web3j(), client.transactions(), client.gas());
    }

    TransactionReceipt propose(long number, long epoch, Tree tree) throws Exception {
        return propose(number, epoch, tree.merkle().root(), tree.total());
    }

    TransactionReceipt propose(long number, long epoch, Hash32 root, BigInteger total) throws Exception {
        return as(proposer)
                .propose(number, epoch, root, new TokenAmount(total), ARTIFACT, INPUTS)
                .send();
    }

    TransactionReceipt finalizeBatch(long number) throws Exception {
        return contract(stranger).finalize(BigInteger.valueOf(number)).send();
    }

    /** Proposes, waits and finalizes. */
    TransactionReceipt settle(long number, long epoch, Tree tree) throws Exception {
        propose(number, epoch, tree);
        TestChain.increaseTime(CHALLENGE);
        return finalizeBatch(number);
    }

    BigInteger balance(Address address) throws Exception {
        return token(stranger).balanceOf(address.toString()).send();
    }

    BigInteger balance(EvmClient client) throws Exception {
        return balance(client.address());
    }

    RewardsSettlement.Account account(Address payee) throws Exception {
        return contract(stranger).accountOf(payee.toString()).send();
    }

    /** What must hold at any time. */
    void checkInvariants() throws Exception {
        RewardsSettlement contract = contract(stranger);
        BigInteger finalized = contract.finalizedTotal().send();
        BigInteger paid = contract.paidTotal().send();
        BigInteger swept = contract.sweptTotal().send();
        assertThat(paid.add(swept)).isLessThanOrEqualTo(finalized);
        assertThat(balance(settlement)).isEqualTo(finalized.subtract(paid).subtract(swept));
    }

    @Override
    public void close() {
        List.of(admin, treasury, proposer, guardian, stranger).forEach(EvmClient::close);
    }
}
