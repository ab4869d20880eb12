package io.ocos.rewardssettlement.io;

import static io.ocos.rewardssettlement.io.TestChain.assertReverts;
import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.rewardssettlement.contracts.ComputeStaking;
import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.web3j.protocol.core.methods.response.TransactionReceipt;

/** Customers' stake on a real EVM (SPEC 11, 12). */
class ComputeStakingITCase {

    private static final Duration UNBONDING = ContractDeployer.DEFAULT_UNBONDING_PERIOD;
    private static final BigInteger TEN = BigInteger.TEN;

    private static EvmClient payer;
    private static EvmClient customer;
    private static OcosToken token;
    private static Address contract;

    @BeforeAll
    static void deploy() throws Exception {
        payer = TestChain.client();
        customer = TestChain.client();
        token = OcosToken.deploy(
                        payer.web3j(),
                        payer.transactions(),
                        payer.gas(),
                        payer.address().toString(),
                        TokenAmount.ocos(1_000).wei())
                .send();
        contract = deploy(Address.parse(token.getContractAddress()), UNBONDING);
        token.approve(contract.toString(), TokenAmount.ocos(1_000).wei()).send();
    }

    @AfterAll
    static void stop() {
        payer.close();
        customer.close();
    }

    private static Address deploy(Address ofToken, Duration unbonding) throws Exception {
        return Address.parse(ComputeStaking.deploy(
                        payer.web3j(),
                        payer.transactions(),
                        payer.gas(),
                        ofToken.toString(),
                        BigInteger.valueOf(unbonding.toSeconds()))
                .send()
                .getContractAddress());
    }

    private static ComputeStaking as(EvmClient client) {
        return ComputeStaking.load(contract.toString(), client.web3j(), client.transactions(), client.gas());
    }

    @Test
    void stakeUnbondsAndGoesBackToTheCustomerAlone() throws Exception {
        String who = customer.address().toString();
        TransactionReceipt staked = as(payer).stake(who, TEN).send();
        assertThat(ComputeStaking.getCustomerStakeChangedEvents(staked))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.customer).isEqualTo(who);
                    assertThat(event.stake).isEqualTo(TEN);
                    assertThat(event.change).isEqualTo(TEN);
                });
        // What somebody staked for a customer is the customer's.
        assertReverts(
                () -> as(payer).requestUnstake(BigInteger.ONE).send(), "InsufficientStake(address,uint256,uint256)");
        TransactionReceipt unstaked =
                as(customer).requestUnstake(BigInteger.valueOf(4)).send();
        assertThat(ComputeStaking.getCustomerStakeChangedEvents(unstaked))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.stake).isEqualTo(6);
                    assertThat(event.change).isEqualTo(-4);
                });
        assertReverts(() -> as(customer).withdraw().send(), "NotYetWithdrawable(address,uint256)");
        TestChain.increaseTime(UNBONDING.minusSeconds(60));
        // More begins to unbond: all of it waits anew.
        as(customer).requestUnstake(BigInteger.ONE).send();
        TestChain.increaseTime(Duration.ofMinutes(2));
        assertReverts(() -> as(customer).withdraw().send(), "NotYetWithdrawable(address,uint256)");
        TestChain.increaseTime(UNBONDING);
        as(customer).withdraw().send();
        assertThat(token.balanceOf(who).send()).isEqualTo(5);
        assertThat(token.balanceOf(contract.toString()).send()).isEqualTo(5);
        assertReverts(() -> as(customer).withdraw().send(), "ZeroAmount()");
        ComputeStaking.Account account = as(customer).accountOf(who).send();
        assertThat(account.stake).isEqualTo(5);
        assertThat(account.unbonding).isZero();
    }

    @Test
    void amountsThatCannotBeAreRefused() throws Exception {
        String who = SettlementWorld.newPayee().toString();
        assertReverts(() -> as(payer).stake(who, BigInteger.ZERO).send(), "ZeroAmount()");
        assertReverts(() -> as(customer).requestUnstake(BigInteger.ZERO).send(), "ZeroAmount()");
        assertReverts(() -> as(payer).stake(Address.ZERO.toString(), TEN).send(), "ZeroAddress()");
        assertReverts(
                () -> as(payer).stake(who, TokenAmount.MAX.wei()).send(),
                "SafeCastOverflowedUintDowncast(uint8,uint256)");
        assertReverts(() -> as(customer).stake(who, TEN).send(), "ERC20InsufficientAllowance(address,uint256,uint256)");
    }

    @Test
    void tokensThatTakeAFeeAreRefused() throws Exception {
        Address fees = TestChain.deployToken(payer, "FeeOnTransferToken", TokenAmount.ocos(1));
        Address staking = deploy(fees, UNBONDING);
        BigInteger thousand = BigInteger.valueOf(1_000);
        OcosToken.load(fees.toString(), payer.web3j(), payer.transactions(), payer.gas())
                .approve(staking.toString(), thousand)
                .send();
        ComputeStaking hostile =
                ComputeStaking.load(staking.toString(), payer.web3j(), payer.transactions(), payer.gas());
        assertReverts(
                () -> hostile.stake(payer.address().toString(), thousand).send(),
                "UnexpectedTokenAmount(uint256,uint256)");
        assertThat(hostile.accountOf(payer.address().toString()).send().stake).isZero();
    }
}
