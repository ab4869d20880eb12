package io.ocos.rewardssettlement.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.rewardssettlement.contracts.NodeRegistry;
import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.contracts.ParameterStore;
import io.ocos.rewardssettlement.domain.NodeRegistration;
import io.ocos.rewardssettlement.io.NodeRegistryClient.Enrollment;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.Secp256k1Keys;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.web3j.protocol.core.DefaultBlockParameter;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.methods.request.EthFilter;
import org.web3j.protocol.core.methods.response.TransactionReceipt;

/** The contracts on a real EVM: who may do what, where tokens go, what is emitted. */
class ContractsITCase {

    private static final TokenAmount SUPPLY = TokenAmount.ocos(1_000_000_000);
    private static final long FAR_FUTURE = 10_000_000_000L;
    private static final BigInteger TEN = TokenAmount.ocos(10).wei();

    private static EvmClient admin;
    private static EvmClient slasher;
    private static EvmClient owner;
    private static EvmClient stranger;
    private static Deployment deployment;
    private static Address treasury;
    private static NodeRegistryClient asAdmin;
    private static NodeRegistryClient asSlasher;
    private static NodeRegistryClient asOwner;
    private static NodeRegistryClient asStranger;

    @BeforeAll
    static void deploy() throws Exception {
        admin = TestChain.client();
        slasher = TestChain.client();
        owner = TestChain.client();
        stranger = TestChain.client();
        deployment = ContractDeployer.deploy(
                admin,
                TestChain.plan(
                        SUPPLY,
                        slasher,
                        Map.of("reputation.prior", TokenAmount.wei(1), "rate.AI", TokenAmount.ocos(3))));
        treasury = deployment.timelock();
        asAdmin = new NodeRegistryClient(admin, deployment);
        asSlasher = new NodeRegistryClient(slasher, deployment);
        asOwner = new NodeRegistryClient(owner, deployment);
        asStranger = new NodeRegistryClient(stranger, deployment);
    }

    @AfterAll
    static void stop() {
        List.of(admin, slasher, owner, stranger).forEach(EvmClient::close);
    }

    @Test
    void wholeSupplyIsTheTreasurysAndTheOwnerIsNamed() throws Exception {
        OcosToken token = asAdmin.token();
        assertThat(token.totalSupply().send()).isEqualTo(SUPPLY.wei());
        assertThat(token.getOwner().send()).isEqualTo(treasury.toString());
        assertThat(token.symbol().send()).isEqualTo("OCOS");
        assertThat(token.decimals().send()).isEqualTo(18);
    }

    @Test
    void permitAllowsBySignature() throws Exception {
        byte[] key = TestChain.newKey();
        Address signer = Secp256k1Keys.address(key);
        byte[] struct = Keccak.hash(
                hash("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                word(signer),
                word(stranger.address()),
                new TokenAmount(TEN).toBytes(),
                new byte[32],
                TokenAmount.wei(FAR_FUTURE).toBytes());
        byte[] digest = Keccak.hash(
                new byte[] {0x19, 1}, asStranger.token().DOMAIN_SEPARATOR().send(), struct);
        byte[] signature = Secp256k1Keys.sign(digest, key);

        asStranger
                .token()
                .permit(
                        signer.toString(),
                        stranger.address().toString(),
                        TEN,
                        BigInteger.valueOf(FAR_FUTURE),
                        BigInteger.valueOf(signature[64]),
                        Hash32.of(signature, 0).toBytes(),
                        Hash32.of(signature, 32).toBytes())
                .send();

        assertThat(asStranger
                        .token()
                        .allowance(signer.toString(), stranger.address().toString())
                        .send())
                .isEqualTo(TEN);
    }

    @Test
    void votesFollowDelegationAndAreRememberedByTime() throws Exception {
        OcosToken token = asStranger.token();
        fund(stranger, TEN);
        BigInteger held = token.balanceOf(stranger.address().toString()).send();
        assertThat(token.getVotes(stranger.address().toString()).send()).isZero();
        TransactionReceipt receipt =
                token.delegate(stranger.address().toString()).send();
        assertThat(token.getVotes(stranger.address().toString()).send()).isEqualTo(held);
        assertThat(token.CLOCK_MODE().send()).isEqualTo("mode=timestamp");
        BigInteger delegatedAt = stranger.web3j()
                .ethGetBlockByHash(receipt.getBlockHash(), false)
                .send()
                .getBlock()
                .getTimestamp();
        TestChain.increaseTime(Duration.ofSeconds(10));
        assertThat(token.getPastVotes(stranger.address().toString(), delegatedAt)
                        .send())
                .isEqualTo(held);
        assertThat(token.getPastVotes(stranger.address().toString(), delegatedAt.subtract(BigInteger.ONE))
                        .send())
                .isZero();
    }

    @Test
    void initialParametersAreSetAndOnlySettersSetThem() throws Exception {
        ParameterStore store = parameterStore(admin);
        byte[] prior = Hash32.ofName("reputation.prior").toBytes();
        assertThat(store.get(prior).send()).isEqualTo(BigInteger.ONE);
        assertThat(store.get(Hash32.ofName("rate.AI").toBytes()).send())
                .isEqualTo(TokenAmount.ocos(3).wei());
        // The deployer has handed its roles on.
        for (EvmClient client : List.of(admin, stranger)) {
            TestChain.assertReverts(
                    () -> parameterStore(client).set(prior, BigInteger.ONE).send(),
                    "AccessControlUnauthorizedAccount(address,bytes32)");
        }

        ParameterStore own = ParameterStore.deploy(
                        admin.web3j(),
                        admin.transactions(),
                        admin.gas(),
                        admin.address().toString())
                .send();
        TransactionReceipt receipt = own.set(prior, TokenAmount.MAX.wei()).send();
        assertThat(ParameterStore.getParameterSetEvents(receipt))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.key).isEqualTo(prior);
                    assertThat(event.value).isEqualTo(TokenAmount.MAX.wei());
                });
        TestChain.assertReverts(() -> own.set(new byte[32], BigInteger.ONE).send(), "EmptyKey()");
    }

    @Test
    void registersByConsentOfTheNodesKeyWhoeverSendsIt() throws Exception {
        byte[] key = TestChain.newKey();
        Enrollment enrollment = enrollment(key, owner.address(), 0, TokenAmount.ZERO);
        TransactionReceipt receipt = register(asStranger, enrollment);
        String node = enrollment.registration().node().toString();
        assertThat(NodeRegistry.getNodeRegisteredEvents(receipt))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.node).isEqualTo(node);
                    assertThat(event.owner).isEqualTo(owner.address().toString());
                    assertThat(event.nodeType).isEqualTo(NodeType.WASM.onChain().toBytes());
                    assertThat(event.capacityUnits).isEqualTo(BigInteger.valueOf(5));
                });
        NodeRegistry.Node entry = asStranger.registry().nodeOf(node).send();
        assertThat(entry.owner).isEqualTo(owner.address().toString());
        assertThat(entry.registered).isTrue();
        TestChain.assertReverts(() -> register(asStranger, enrollment), "AlreadyRegistered(address)");
    }

    @Test
    void refusesRegistrationsThatTheKeyDidNotSign() {
        byte[] key = TestChain.newKey();
        Enrollment signed = enrollment(key, owner.address(), 0, TokenAmount.ZERO);
        NodeRegistration honest = signed.registration();
        NodeRegistration stolen = new NodeRegistration(
                honest.node(), stranger.address(), honest.type(), honest.capacityUnits(), 0, FAR_FUTURE);
        TestChain.assertReverts(
                () -> register(asStranger, new Enrollment(stolen, signed.signature(), TokenAmount.ZERO)),
                "InvalidNodeSignature(address,address)");
        TestChain.assertReverts(
                () -> register(asStranger, new Enrollment(honest, "0x1234", TokenAmount.ZERO)),
                "ECDSAInvalidSignatureLength(uint256)");
        Enrollment laterNonce = enrollment(key, owner.address(), 1, TokenAmount.ZERO);
        TestChain.assertReverts(() -> register(asStranger, laterNonce), "InvalidNodeSignature(address,address)");
        NodeRegistration expired =
                new NodeRegistration(honest.node(), honest.owner(), honest.type(), honest.capacityUnits(), 0, 1);
        TestChain.assertReverts(
                () -> register(asStranger, NodeRegistryClient.sign(expired, TokenAmount.ZERO, key, deployment)),
                "SignatureExpired(uint256)");
        NodeRegistration unowned =
                new NodeRegistration(honest.node(), Address.ZERO, honest.type(), honest.capacityUnits(), 0, FAR_FUTURE);
        TestChain.assertReverts(
                () -> register(asStranger, NodeRegistryClient.sign(unowned, TokenAmount.ZERO, key, deployment)),
                "ZeroAddress()");
    }

    @Test
    void consentServesOnce() throws Exception {
        byte[] key = TestChain.newKey();
        Enrollment enrollment = enrollment(key, owner.address(), 0, TokenAmount.ZERO);
        String node = enrollment.registration().node().toString();
        register(asStranger, enrollment);
        TransactionReceipt receipt = asOwner.registry().deregister(node).send();
        assertThat(NodeRegistry.getNodeDeregisteredEvents(receipt))
                .extracting(event -> event.node)
                .containsExactly(node);
        TestChain.assertReverts(() -> register(asStranger, enrollment), "InvalidNodeSignature(address,address)");
        register(asStranger, enrollment(key, owner.address(), 1, TokenAmount.ZERO));
        assertThat(asStranger.registry().nonces(node).send()).isEqualTo(BigInteger.TWO);
    }

    @Test
    void ownerAloneChangesCapacityAndOwner() throws Exception {
        String node = staked(TokenAmount.ZERO);
        TransactionReceipt capacity =
                asOwner.registry().setCapacity(node, BigInteger.valueOf(9)).send();
        assertThat(NodeRegistry.getNodeCapacityChangedEvents(capacity))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.node).isEqualTo(node);
                    assertThat(event.capacityUnits).isEqualTo(BigInteger.valueOf(9));
                });
        TestChain.assertReverts(
                () -> asStranger.registry().setCapacity(node, BigInteger.ONE).send(), "NotNodeOwner(address,address)");
        TestChain.assertReverts(
                () -> asStranger
                        .registry()
                        .transferNode(node, stranger.address().toString())
                        .send(),
                "NotNodeOwner(address,address)");
        TestChain.assertReverts(() -> asStranger.registry().deregister(node).send(), "NotNodeOwner(address,address)");

        TransactionReceipt transferred = asOwner.registry()
                .transferNode(node, stranger.address().toString())
                .send();
        assertThat(NodeRegistry.getNodeOwnerChangedEvents(transferred))
                .singleElement()
                .satisfies(event ->
                        assertThat(event.owner).isEqualTo(stranger.address().toString()));
        TestChain.assertReverts(() -> asOwner.registry().deregister(node).send(), "NotNodeOwner(address,address)");
    }

    @Test
    void stakeIsTakenFromTheCallerAndCountsAtOnce() throws Exception {
        String node = staked(TokenAmount.ZERO);
        fund(stranger, TEN);
        BigInteger before =
                asStranger.token().balanceOf(stranger.address().toString()).send();
        asStranger.token().approve(deployment.registry().toString(), TEN).send();
        TransactionReceipt receipt = asStranger.registry().stake(node, TEN).send();
        assertThat(NodeRegistry.getStakeChangedEvents(receipt)).singleElement().satisfies(event -> {
            assertThat(event.node).isEqualTo(node);
            assertThat(event.stake).isEqualTo(TEN);
            assertThat(event.change).isEqualTo(TEN);
        });
        assertThat(asStranger.token().balanceOf(stranger.address().toString()).send())
                .isEqualTo(before.subtract(TEN));
        TestChain.assertReverts(
                () -> asStranger.registry().stake(node, BigInteger.ZERO).send(), "ZeroAmount()");
        TestChain.assertReverts(
                () -> asStranger.registry().stake(node, BigInteger.ONE).send(),
                "ERC20InsufficientAllowance(address,uint256,uint256)");
        TestChain.assertReverts(
                () -> asStranger
                        .registry()
                        .stake(treasury.toString(), BigInteger.ONE)
                        .send(),
                "NotRegistered(address)");
    }

    @Test
    void unstakedTokensWaitForTheUnbondingPeriod() throws Exception {
        String node = staked(new TokenAmount(TEN));
        BigInteger four = TokenAmount.ocos(4).wei();
        TransactionReceipt receipt =
                asOwner.registry().requestUnstake(node, four).send();
        assertThat(NodeRegistry.getStakeChangedEvents(receipt)).singleElement().satisfies(event -> {
            assertThat(event.stake).isEqualTo(TokenAmount.ocos(6).wei());
            assertThat(event.change).isEqualTo(four.negate());
        });
        TestChain.assertReverts(() -> asOwner.registry().withdraw(node).send(), "NotYetWithdrawable(address,uint256)");
        TestChain.assertReverts(
                () -> asOwner.registry().requestUnstake(node, TEN).send(),
                "InsufficientStake(address,uint256,uint256)");
        TestChain.increaseTime(ContractDeployer.DEFAULT_UNBONDING_PERIOD.minusSeconds(60));
        TestChain.assertReverts(() -> asOwner.registry().withdraw(node).send(), "NotYetWithdrawable(address,uint256)");
        TestChain.increaseTime(Duration.ofSeconds(60));
        TestChain.assertReverts(() -> asStranger.registry().withdraw(node).send(), "NotNodeOwner(address,address)");

        BigInteger before =
                asOwner.token().balanceOf(owner.address().toString()).send();
        asOwner.registry().withdraw(node).send();
        assertThat(asOwner.token().balanceOf(owner.address().toString()).send()).isEqualTo(before.add(four));
        TestChain.assertReverts(() -> asOwner.registry().withdraw(node).send(), "ZeroAmount()");
    }

    @Test
    void anotherRequestMakesAllUnbondingTokensWaitAnew() throws Exception {
        String node = staked(new TokenAmount(TEN));
        asOwner.registry().requestUnstake(node, BigInteger.ONE).send();
        TestChain.increaseTime(ContractDeployer.DEFAULT_UNBONDING_PERIOD.minusSeconds(60));
        asOwner.registry().requestUnstake(node, BigInteger.ONE).send();
        TestChain.increaseTime(Duration.ofMinutes(2));
        TestChain.assertReverts(() -> asOwner.registry().withdraw(node).send(), "NotYetWithdrawable(address,uint256)");
        assertThat(asOwner.registry().nodeOf(node).send().unbonding).isEqualTo(BigInteger.TWO);
    }

    @Test
    void slashingTakesStakeThenUnbondingAndPaysTheTreasury() throws Exception {
        String node = staked(new TokenAmount(TEN));
        asOwner.registry().requestUnstake(node, TokenAmount.ocos(7).wei()).send();
        BigInteger before = asOwner.token().balanceOf(treasury.toString()).send();

        TransactionReceipt receipt = asSlasher
                .registry()
                .slash(node, TokenAmount.ocos(5).wei(), "double signing, case 7")
                .send();

        assertThat(NodeRegistry.getNodeSlashedEvents(receipt)).singleElement().satisfies(event -> {
            assertThat(event.node).isEqualTo(node);
            assertThat(event.amount).isEqualTo(TokenAmount.ocos(5).wei());
            assertThat(event.stake).isZero();
            assertThat(event.reason).isEqualTo("double signing, case 7");
        });
        assertThat(asOwner.token().balanceOf(treasury.toString()).send())
                .isEqualTo(before.add(TokenAmount.ocos(5).wei()));
        NodeRegistry.Node entry = asOwner.registry().nodeOf(node).send();
        assertThat(entry.stake).isZero();
        assertThat(entry.unbonding).isEqualTo(TokenAmount.ocos(5).wei());
    }

    @Test
    void slashingTakesNoMoreThanThereIsAndReachesDeregisteredNodes() throws Exception {
        String node = staked(new TokenAmount(TEN));
        TransactionReceipt left = asOwner.registry().deregister(node).send();
        assertThat(NodeRegistry.getStakeChangedEvents(left)).singleElement().satisfies(event -> {
            assertThat(event.stake).isZero();
            assertThat(event.change).isEqualTo(TEN.negate());
        });
        TransactionReceipt receipt = asSlasher
                .registry()
                .slash(node, TokenAmount.ocos(500).wei(), "all")
                .send();
        assertThat(NodeRegistry.getNodeSlashedEvents(receipt))
                .extracting(event -> event.amount)
                .containsExactly(TEN);
        TestChain.assertReverts(
                () -> asSlasher.registry().slash(node, BigInteger.ONE, "again").send(), "NothingToSlash(address)");
        TestChain.assertReverts(
                () -> asSlasher
                        .registry()
                        .slash(node, BigInteger.ZERO, "nothing")
                        .send(),
                "ZeroAmount()");
    }

    @Test
    void onlySlashersSlashAndOnlyTheAdminNamesThem() throws Exception {
        String node = staked(new TokenAmount(TEN));
        TestChain.assertReverts(
                () -> asAdmin.registry().slash(node, BigInteger.ONE, "no role").send(),
                "AccessControlUnauthorizedAccount(address,bytes32)");
        byte[] role = asStranger.registry().SLASHER_ROLE().send();
        TestChain.assertReverts(
                () -> asStranger
                        .registry()
                        .grantRole(role, stranger.address().toString())
                        .send(),
                "AccessControlUnauthorizedAccount(address,bytes32)");
        TestChain.assertReverts(
                () -> asStranger
                        .registry()
                        .setTreasury(stranger.address().toString())
                        .send(),
                "AccessControlUnauthorizedAccount(address,bytes32)");
    }

    @Test
    void anotherOwnerCannotTakeOverWhatIsUnbonding() throws Exception {
        byte[] key = TestChain.newKey();
        asAdmin.enroll(List.of(enrollment(key, owner.address(), 0, new TokenAmount(TEN))));
        String node = Secp256k1Keys.address(key).toString();
        asOwner.registry().deregister(node).send();
        TestChain.assertReverts(
                () -> register(asStranger, enrollment(key, stranger.address(), 1, TokenAmount.ZERO)),
                "StillUnbonding(address,uint256)");
        TestChain.increaseTime(ContractDeployer.DEFAULT_UNBONDING_PERIOD);
        asOwner.registry().withdraw(node).send();
        register(asStranger, enrollment(key, stranger.address(), 1, TokenAmount.ZERO));
        assertThat(asOwner.registry().nodeOf(node).send().owner)
                .isEqualTo(stranger.address().toString());
    }

    @Test
    void twoHundredNodesAreEnrolledInSixTransactions() throws Exception {
        List<Enrollment> enrollments = IntStream.range(0, 200)
                .mapToObj(i -> enrollment(TestChain.newKey(), owner.address(), 0, TokenAmount.ocos(1000)))
                .toList();
        BigInteger held =
                asAdmin.token().balanceOf(deployment.registry().toString()).send();
        BigInteger from = admin.web3j().ethBlockNumber().send().getBlockNumber();
        long transactions = transactionsOf(admin);
        asAdmin.enroll(enrollments);

        EthFilter filter = new EthFilter(
                DefaultBlockParameter.valueOf(from.add(BigInteger.ONE)),
                DefaultBlockParameterName.LATEST,
                deployment.registry().toString());
        assertThat(admin.web3j().ethGetLogs(filter).send().getLogs()).hasSize(400);
        assertThat(asAdmin.token().balanceOf(deployment.registry().toString()).send())
                .isEqualTo(held.add(TokenAmount.ocos(200_000).wei()));
        assertThat(transactionsOf(admin)).isEqualTo(transactions + 6);
    }

    @Test
    void unbondingPeriodsOfMoreThanAYearAreRefused() {
        BigInteger tooLong = BigInteger.valueOf(Duration.ofDays(366).toSeconds());
        assertThatThrownBy(() -> NodeRegistry.deploy(
                                admin.web3j(),
                                admin.transactions(),
                                admin.gas(),
                                deployment.token().toString(),
                                admin.address().toString(),
                                treasury.toString(),
                                tooLong)
                        .send())
                .hasRootCauseInstanceOf(RevertedException.class)
                .hasMessageContaining("UnbondingPeriodTooLong(unbondingPeriodSeconds 31622400)");
    }

    /** A new node of {@link #owner}, staked by the admin. */
    private static String staked(TokenAmount stake) throws Exception {
        byte[] key = TestChain.newKey();
        asAdmin.enroll(List.of(enrollment(key, owner.address(), 0, stake)));
        return Secp256k1Keys.address(key).toString();
    }

    private static Enrollment enrollment(byte[] nodeKey, Address nodeOwner, long nonce, TokenAmount stake) {
        NodeRegistration registration = new NodeRegistration(
                Secp256k1Keys.address(nodeKey), nodeOwner, NodeType.WASM, BigInteger.valueOf(5), nonce, FAR_FUTURE);
        return NodeRegistryClient.sign(registration, stake, nodeKey, deployment);
    }

    private static TransactionReceipt register(NodeRegistryClient sender, Enrollment enrollment) throws Exception {
        NodeRegistration registration = enrollment.registration();
        return sender.registry()
                .register(
                        registration.node().toString(),
                        registration.owner().toString(),
                        registration.type().onChain().toBytes(),
                        registration.capacityUnits(),
                        BigInteger.valueOf(registration.deadline()),
                        Hex.parse(enrollment.signature()))
                .send();
    }

    private static long transactionsOf(EvmClient client) throws Exception {
        return client.web3j()
                .ethGetTransactionCount(client.address().toString(), DefaultBlockParameterName.LATEST)
                .send()
                .getTransactionCount()
                .longValueExact();
    }

    private static void fund(EvmClient client, BigInteger amount) throws Exception {
        asAdmin.token().transfer(client.address().toString(), amount).send();
    }

    private static ParameterStore parameterStore(EvmClient client) {
        return ParameterStore.load(
                deployment.parameters().toString(), client.web3j(), client.transactions(), client.gas());
    }

    private static byte[] word(Address address) {
        byte[] word = new byte[32];
        System.arraycopy(address.toBytes(), 0, word, 12, 20);
        return word;
    }

    private static byte[] hash(String text) {
        return Keccak.hash(text.getBytes(StandardCharsets.US_ASCII));
    }
}
