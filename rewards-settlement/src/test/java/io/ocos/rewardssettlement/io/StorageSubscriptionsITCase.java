package io.ocos.rewardssettlement.io;

import static io.ocos.rewardssettlement.io.TestChain.assertReverts;
import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.rewardssettlement.contracts.LocalPriceFeed;
import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.contracts.StorageSubscriptions;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.web3j.protocol.core.methods.response.TransactionReceipt;

/** Storage plans on a real EVM (SPEC 12): what they cost, for how long they are valid, which prices are refused. */
class StorageSubscriptionsITCase {

    private static final byte[] STANDARD = Hash32.ofName("STANDARD").toBytes();
    private static final byte[] PREMIUM = Hash32.ofName("PREMIUM").toBytes();
    private static final BigInteger ONE = BigInteger.ONE;
    private static final BigInteger MAX = TokenAmount.MAX.wei();
    private static final long PERIOD = Duration.ofDays(30).toSeconds();
    private static final Duration MAX_AGE = Duration.ofHours(2);
    private static final String UNAUTHORIZED = "AccessControlUnauthorizedAccount(address,bytes32)";

    private final EvmClient admin = TestChain.client();
    private final EvmClient customer = TestChain.client();
    private final Address treasury = SettlementWorld.newPayee();
    private final OcosToken token;
    private final LocalPriceFeed feed;
    private final Address contract;

    StorageSubscriptionsITCase() throws Exception {
        token = OcosToken.deploy(
                        customer.web3j(),
                        customer.transactions(),
                        customer.gas(),
                        customer.address().toString(),
                        TokenAmount.ocos(100_000).wei())
                .send();
        // 0.25 USD
        feed = LocalPriceFeed.deploy(admin.web3j(), admin.transactions(), admin.gas(), BigInteger.valueOf(25_000_000))
                .send();
        contract = Address.parse(StorageSubscriptions.deploy(
                        admin.web3j(),
                        admin.transactions(),
                        admin.gas(),
                        token.getContractAddress(),
                        admin.address().toString(),
                        treasury.toString(),
                        feed.getContractAddress(),
                        new StorageSubscriptions.FeedBounds(
                                BigInteger.valueOf(MAX_AGE.toSeconds()),
                                BigInteger.valueOf(1_000_000),
                                BigInteger.valueOf(10_000_000_000L)),
                        List.of(STANDARD, PREMIUM),
                        List.of(BigInteger.valueOf(500_000_000), BigInteger.valueOf(900_000_000)))
                .send()
                .getContractAddress());
        token.approve(contract.toString(), TokenAmount.ocos(100_000).wei()).send();
    }

    @AfterEach
    void close() {
        admin.close();
        customer.close();
    }

    private StorageSubscriptions as(EvmClient client) {
        return StorageSubscriptions.load(contract.toString(), client.web3j(), client.transactions(), client.gas());
    }

    private StorageSubscriptions.SubscribedEventResponse subscribe(byte[] plan, long periods) throws Exception {
        // Time passes between tests of this chain: the feed answers anew.
        feed.update(feed.latestRoundData().send().component2()).send();
        TransactionReceipt receipt =
                as(customer).subscribe(plan, BigInteger.valueOf(periods), MAX).send();
        return StorageSubscriptions.getSubscribedEvents(receipt).get(0);
    }

    @Test
    void aPlanIsPaidInAdvanceAtTheFeedsPriceAndExtended() throws Exception {
        StorageSubscriptions.SubscribedEventResponse first = subscribe(STANDARD, 2);
        long now = TestChain.now(customer);
        assertThat(first.account).isEqualTo(customer.address().toString());
        assertThat(first.plan).isEqualTo(STANDARD);
        assertThat(first.validFrom).isEqualTo(now);
        assertThat(first.validUntil).isEqualTo(now + 2 * PERIOD);
        // 2 periods of 5 USD at 0.25 USD.
        assertThat(first.paid).isEqualTo(TokenAmount.ocos(40).wei());
        assertThat(token.balanceOf(treasury.toString()).send()).isEqualTo(first.paid);

        StorageSubscriptions.SubscribedEventResponse second = subscribe(STANDARD, 1);
        assertThat(second.validFrom).isEqualTo(first.validUntil);
        assertThat(second.validUntil).isEqualTo(now + 3 * PERIOD);
        assertThat(second.paid).isEqualTo(TokenAmount.ocos(20).wei());
        // When it has ended, the next one starts when it is bought.
        TestChain.increaseTime(Duration.ofSeconds(3 * PERIOD));
        StorageSubscriptions.SubscribedEventResponse third = subscribe(STANDARD, 1);
        assertThat(third.validFrom).isEqualTo(TestChain.now(customer));
    }

    @Test
    void aDearerPlanStartsAtOnceAndTheRestOfTheOldOneIsSetOff() throws Exception {
        StorageSubscriptions.SubscribedEventResponse standard = subscribe(STANDARD, 2);
        TestChain.increaseTime(Duration.ofSeconds(PERIOD));
        StorageSubscriptions.SubscribedEventResponse premium = subscribe(PREMIUM, 1);
        long now = TestChain.now(customer);
        assertThat(premium.validFrom).isEqualTo(now);
        assertThat(premium.validUntil).isEqualTo(now + PERIOD);
        BigInteger left = standard.validUntil.subtract(BigInteger.valueOf(now));
        BigInteger credit = left.multiply(BigInteger.valueOf(500_000_000)).divide(BigInteger.valueOf(PERIOD));
        // USD with 8 decimals to wei at 0.25 USD: times 4 · 10^10.
        assertThat(premium.paid)
                .isEqualTo(
                        BigInteger.valueOf(900_000_000).subtract(credit).multiply(BigInteger.valueOf(40_000_000_000L)));
        // The cheaper one waits until the dearer one has ended.
        assertReverts(() -> as(customer).subscribe(STANDARD, ONE, MAX).send(), "PlanStillActive(bytes32,uint256)");
        TestChain.increaseTime(Duration.ofSeconds(PERIOD));
        assertThat(subscribe(STANDARD, 1).validFrom).isEqualTo(TestChain.now(customer));
    }

    @Test
    void whatIsLeftIsWorthNoMoreThanWasPaidForIt() throws Exception {
        subscribe(STANDARD, 1);
        as(admin).setPlanPrice(STANDARD, BigInteger.valueOf(800_000_000)).send();
        StorageSubscriptions.SubscribedEventResponse extended = subscribe(STANDARD, 1);
        assertThat(extended.paid).isEqualTo(TokenAmount.ocos(32).wei());
        assertThat(as(customer).subscriptionOf(customer.address().toString()).send().usdPerPeriod)
                .isEqualTo(500_000_000);
        StorageSubscriptions.SubscribedEventResponse premium = subscribe(PREMIUM, 1);
        BigInteger left = extended.validUntil.subtract(BigInteger.valueOf(TestChain.now(customer)));
        BigInteger credit = left.multiply(BigInteger.valueOf(500_000_000)).divide(BigInteger.valueOf(PERIOD));
        assertThat(premium.paid)
                .isEqualTo(BigInteger.valueOf(900_000_000)
                        .subtract(credit)
                        .max(BigInteger.ZERO)
                        .multiply(BigInteger.valueOf(40_000_000_000L)));
    }

    @Test
    void pricesAreRoundedUp() throws Exception {
        // 3 USD: 5 / 3 OCOS is no whole number of wei.
        feed.update(BigInteger.valueOf(300_000_000)).send();
        StorageSubscriptions.SubscribedEventResponse event = subscribe(STANDARD, 1);
        assertThat(event.paid).isEqualTo(new BigInteger("1666666666666666667"));
    }

    @Test
    void staleFutureAndUnlikelyAnswersAreRefused() throws Exception {
        long now = TestChain.now(customer);
        BigInteger price = BigInteger.valueOf(25_000_000);
        for (long at : new long[] {0, now - MAX_AGE.toSeconds() - 60, now + 3_600}) {
            feed.updateAt(price, BigInteger.valueOf(at)).send();
            assertReverts(() -> as(customer).subscribe(STANDARD, ONE, MAX).send(), "StaleAnswer(uint256,uint256)");
        }
        feed.updateAt(price, BigInteger.valueOf(now - MAX_AGE.toSeconds() + 600))
                .send();
        as(customer).subscribe(STANDARD, ONE, MAX).send();
        for (BigInteger answer : List.of(
                BigInteger.ZERO,
                BigInteger.ONE.negate(),
                BigInteger.TWO.pow(255).negate(),
                BigInteger.valueOf(999_999),
                BigInteger.valueOf(10_000_000_001L),
                BigInteger.TWO.pow(255).subtract(ONE))) {
            feed.update(answer).send();
            assertReverts(
                    () -> as(customer).subscribe(STANDARD, ONE, MAX).send(),
                    "AnswerOutOfBounds(int256,uint256,uint256)");
        }
        for (long edge : new long[] {1_000_000, 10_000_000_000L}) {
            feed.update(BigInteger.valueOf(edge)).send();
            as(customer).subscribe(STANDARD, ONE, MAX).send();
        }
    }

    @Test
    void purchasesThatCannotBeAreRefused() throws Exception {
        feed.update(BigInteger.valueOf(25_000_000)).send();
        for (long periods : new long[] {0, 37}) {
            assertReverts(
                    () -> as(customer)
                            .subscribe(STANDARD, BigInteger.valueOf(periods), MAX)
                            .send(),
                    "PeriodsOutOfRange(uint256,uint256)");
        }
        assertReverts(
                () -> as(customer)
                        .subscribe(Hash32.ofName("GOLD").toBytes(), ONE, MAX)
                        .send(),
                "UnknownPlan(bytes32)");
        BigInteger price = TokenAmount.ocos(20).wei();
        assertReverts(
                () -> as(customer).subscribe(STANDARD, ONE, price.subtract(ONE)).send(),
                "PriceAboveMaximum(uint256,uint256)");
        assertThat(as(customer)
                        .quote(customer.address().toString(), STANDARD, ONE)
                        .send()
                        .component1())
                .isEqualTo(price);
        as(customer).subscribe(STANDARD, ONE, price).send();
        as(admin).setPlanPrice(STANDARD, BigInteger.ZERO).send();
        assertReverts(() -> as(customer).subscribe(STANDARD, ONE, MAX).send(), "UnknownPlan(bytes32)");
    }

    @Test
    void onlyTheTimelockSetsPricesBoundsAndTreasury() throws Exception {
        StorageSubscriptions.FeedBounds bounds = new StorageSubscriptions.FeedBounds(ONE, ONE, ONE);
        StorageSubscriptions stranger = as(customer);
        assertReverts(() -> stranger.setPlanPrice(STANDARD, ONE).send(), UNAUTHORIZED);
        assertReverts(() -> stranger.setFeedBounds(bounds).send(), UNAUTHORIZED);
        assertReverts(() -> stranger.setTreasury(customer.address().toString()).send(), UNAUTHORIZED);
        assertReverts(
                () -> LocalPriceFeed.load(
                                feed.getContractAddress(), customer.web3j(), customer.transactions(), customer.gas())
                        .update(ONE)
                        .send(),
                "OwnableUnauthorizedAccount(address)");
        StorageSubscriptions timelock = as(admin);
        for (StorageSubscriptions.FeedBounds wrong : List.of(
                new StorageSubscriptions.FeedBounds(BigInteger.ZERO, ONE, ONE),
                new StorageSubscriptions.FeedBounds(
                        BigInteger.valueOf(Duration.ofDays(366).toSeconds()), ONE, ONE),
                new StorageSubscriptions.FeedBounds(ONE, BigInteger.ZERO, ONE),
                new StorageSubscriptions.FeedBounds(ONE, BigInteger.TWO, ONE))) {
            assertReverts(() -> timelock.setFeedBounds(wrong).send(), "InvalidFeedBounds(uint256,uint256,uint256)");
        }
        assertReverts(() -> timelock.setPlanPrice(new byte[32], ONE).send(), "EmptyPlan()");
        assertReverts(() -> timelock.setTreasury(Address.ZERO.toString()).send(), "ZeroAddress()");
    }
}
