package io.ocos.rewardssettlement.io;

import static io.ocos.rewardssettlement.io.TestChain.assertReverts;
import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.rewardssettlement.contracts.JobEscrow;
import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.datatypes.Bool;
import org.web3j.abi.datatypes.DynamicBytes;
import org.web3j.abi.datatypes.Function;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.utils.Numeric;

/** The escrow of job fees on a real EVM (SPEC 11). */
class JobEscrowITCase {

    private static final String UNAUTHORIZED = "AccessControlUnauthorizedAccount(address,bytes32)";
    private static final Duration GRACE = ContractDeployer.DEFAULT_JOB_GRACE_PERIOD;
    private static final Duration WORK = Duration.ofHours(1);
    private static final byte[] SPEC = Hash32.ofName("spec").toBytes();
    private static final byte[] INFER = Hash32.ofName("INFER").toBytes();
    private static final byte[] CHALLENGE = Hash32.ofName("CHALLENGE").toBytes();
    private static final BigInteger TEN = BigInteger.TEN;
    private static final Address NODE = Address.parse("0x00000000000000000000000000000000000000a1");
    private static final Address OTHER_NODE = Address.parse("0x00000000000000000000000000000000000000a2");

    private final EvmClient admin = TestChain.client();
    private final EvmClient settler = TestChain.client();
    private final EvmClient challenger = TestChain.client();
    private final EvmClient customer = TestChain.client();
    private final Address treasury = SettlementWorld.newPayee();
    private Address token;
    private Address escrow;
    private int salts;

    JobEscrowITCase() throws Exception {
        token = Address.parse(OcosToken.deploy(
                        customer.web3j(),
                        customer.transactions(),
                        customer.gas(),
                        customer.address().toString(),
                        TokenAmount.ocos(1_000).wei())
                .send()
                .getContractAddress());
        escrow = deployEscrow(token);
    }

    @AfterEach
    void close() {
        List.of(admin, settler, challenger, customer).forEach(EvmClient::close);
    }

    private Address deployEscrow(Address ofToken) throws Exception {
        Address deployed = Address.parse(JobEscrow.deploy(
                        admin.web3j(),
                        admin.transactions(),
                        admin.gas(),
                        ofToken.toString(),
                        admin.address().toString(),
                        treasury.toString(),
                        settler.address().toString(),
                        challenger.address().toString(),
                        BigInteger.valueOf(GRACE.toSeconds()))
                .send()
                .getContractAddress());
        OcosToken.load(ofToken.toString(), customer.web3j(), customer.transactions(), customer.gas())
                .approve(deployed.toString(), TokenAmount.ocos(1_000).wei())
                .send();
        return deployed;
    }

    private JobEscrow as(EvmClient client) {
        return JobEscrow.load(escrow.toString(), client.web3j(), client.transactions(), client.gas());
    }

    private byte[] create(BigInteger maxFee) throws Exception {
        byte[] salt = TokenAmount.wei(++salts).toBytes();
        as(customer).createJob(salt, INFER, maxFee, deadline(WORK), SPEC).send();
        return as(customer).jobIdOf(customer.address().toString(), salt).send();
    }

    private BigInteger deadline(Duration fromNow) throws Exception {
        return BigInteger.valueOf(TestChain.now(customer) + fromNow.toSeconds());
    }

    private BigInteger balance(Address address) throws Exception {
        return OcosToken.load(token.toString(), customer.web3j(), customer.transactions(), customer.gas())
                .balanceOf(address.toString())
                .send();
    }

    @Test
    void aJobIsCreatedSettledAndClosed() throws Exception {
        byte[] salt = Hash32.ofName("salt").toBytes();
        byte[] id = as(customer).jobIdOf(customer.address().toString(), salt).send();
        BigInteger deadline = deadline(WORK);
        BigInteger before = balance(customer.address());
        TransactionReceipt created =
                as(customer).createJob(salt, INFER, TEN, deadline, SPEC).send();
        assertThat(JobEscrow.getJobCreatedEvents(created)).singleElement().satisfies(event -> {
            assertThat(event.jobId).isEqualTo(id);
            assertThat(event.customer).isEqualTo(customer.address().toString());
            assertThat(event.kind).isEqualTo(INFER);
            assertThat(event.maxFee).isEqualTo(TEN);
            assertThat(event.deadline).isEqualTo(deadline);
            assertThat(event.specDigest).isEqualTo(SPEC);
        });
        assertReverts(
                () -> as(customer).createJob(salt, INFER, TEN, deadline, SPEC).send(), "JobExists(bytes32)");
        assertThat(balance(customer.address())).isEqualTo(before.subtract(TEN));

        TransactionReceipt settled =
                as(settler).settle(id, NODE.toString(), BigInteger.valueOf(4)).send();
        assertThat(JobEscrow.getJobSettledEvents(settled)).singleElement().satisfies(event -> {
            assertThat(event.jobId).isEqualTo(id);
            assertThat(event.node).isEqualTo(NODE.toString());
            assertThat(event.fee).isEqualTo(4);
        });
        // Never to a node.
        assertThat(balance(treasury)).isEqualTo(4);
        assertThat(balance(NODE)).isZero();
        assertReverts(
                () -> as(settler).settle(id, NODE.toString(), BigInteger.ONE).send(),
                "AlreadySettled(bytes32,address)");
        assertReverts(
                () -> as(settler)
                        .settle(id, OTHER_NODE.toString(), BigInteger.valueOf(7))
                        .send(),
                "FeeAboveMaximum(bytes32,uint256,uint256)");
        as(settler).settle(id, OTHER_NODE.toString(), BigInteger.valueOf(6)).send();
        assertReverts(
                () -> as(settler)
                        .settle(id, Address.ZERO.toString(), BigInteger.ZERO)
                        .send(),
                "ZeroAddress()");

        byte[] second = create(TEN);
        as(settler).settle(second, NODE.toString(), BigInteger.ONE).send();
        TransactionReceipt closed = as(settler).close(second).send();
        assertThat(JobEscrow.getJobClosedEvents(closed)).singleElement().satisfies(event -> assertThat(event.returned)
                .isEqualTo(9));
        assertThat(balance(customer.address())).isEqualTo(before.subtract(BigInteger.valueOf(11)));
        for (byte[] unknown : List.of(second, Hash32.ofName("nothing").toBytes())) {
            assertReverts(
                    () -> as(settler)
                            .settle(unknown, OTHER_NODE.toString(), BigInteger.ONE)
                            .send(),
                    "JobNotOpen(bytes32)");
            assertReverts(() -> as(settler).close(unknown).send(), "JobNotOpen(bytes32)");
            assertReverts(() -> as(customer).refund(unknown).send(), "JobNotOpen(bytes32)");
        }
    }

    @Test
    void settleManySkipsWhatIsSettledAndMovesTheRestAtOnce() throws Exception {
        byte[] a = create(TEN);
        byte[] b = create(TEN);
        as(settler).settle(a, NODE.toString(), BigInteger.TWO).send();
        List<byte[]> ids = List.of(a, a, b, b);
        List<String> nodes = List.of(NODE.toString(), OTHER_NODE.toString(), NODE.toString(), NODE.toString());
        List<BigInteger> fees =
                List.of(BigInteger.TWO, BigInteger.valueOf(3), BigInteger.valueOf(5), BigInteger.valueOf(5));
        TransactionReceipt receipt = as(settler).settleMany(ids, nodes, fees).send();
        assertThat(JobEscrow.getJobSettledEvents(receipt))
                .extracting(event -> event.fee.intValueExact())
                .containsExactly(3, 5);
        assertThat(balance(treasury)).isEqualTo(10);
        // Repeated after an answer was lost: nothing happens.
        assertThat(as(settler).settleMany(ids, nodes, fees).send().getLogs()).isEmpty();
        assertThat(balance(treasury)).isEqualTo(10);
        assertReverts(
                () -> as(settler).settleMany(ids, nodes, fees.subList(0, 3)).send(),
                "LengthMismatch(uint256,uint256,uint256)");
        // One that cannot be settled leaves all unsettled.
        byte[] c = create(TEN);
        assertReverts(
                () -> as(settler)
                        .settleMany(
                                List.of(c, c),
                                List.of(NODE.toString(), OTHER_NODE.toString()),
                                List.of(TEN, BigInteger.ONE))
                        .send(),
                "FeeAboveMaximum(bytes32,uint256,uint256)");
        assertThat(as(settler).isSettled(c, NODE.toString()).send()).isFalse();
    }

    @Test
    void whatIsNotSettledIsRefundedAfterTheGracePeriodAndNotBefore() throws Exception {
        byte[] id = create(TEN);
        as(settler).settle(id, NODE.toString(), BigInteger.ONE).send();
        BigInteger before = balance(customer.address());
        assertReverts(() -> as(customer).refund(id).send(), "NotYetRefundable(bytes32,uint256)");
        TestChain.increaseTime(WORK.plus(GRACE).minusMinutes(1));
        assertReverts(() -> as(customer).refund(id).send(), "NotYetRefundable(bytes32,uint256)");
        as(settler).settle(id, OTHER_NODE.toString(), BigInteger.ONE).send();
        TestChain.increaseTime(Duration.ofMinutes(1));
        assertReverts(
                () -> as(settler)
                        .settle(id, SettlementWorld.newPayee().toString(), BigInteger.ONE)
                        .send(),
                "JobExpired(bytes32,uint256)");
        // Anyone sends it; the customer gets it.
        assertThat(JobEscrow.getJobRefundedEvents(as(admin).refund(id).send()))
                .singleElement()
                .satisfies(event -> assertThat(event.jobId).isEqualTo(id));
        assertThat(balance(customer.address())).isEqualTo(before.add(BigInteger.valueOf(8)));
        assertReverts(() -> as(admin).refund(id).send(), "JobNotOpen(bytes32)");
    }

    @Test
    void jobsThatCannotBeAreRefused() throws Exception {
        byte[] salt = Hash32.ofName("bad").toBytes();
        BigInteger deadline = deadline(WORK);
        for (String kind : List.of("TRAINING", "infer", "")) {
            byte[] padded = kind.isEmpty() ? new byte[32] : Hash32.ofName(kind).toBytes();
            assertReverts(
                    () -> as(customer)
                            .createJob(salt, padded, TEN, deadline, SPEC)
                            .send(),
                    "UnknownKind(bytes32)");
        }
        for (BigInteger refused : List.of(BigInteger.ZERO, deadline(Duration.ZERO), deadline(Duration.ofDays(366)))) {
            assertReverts(
                    () -> as(customer)
                            .createJob(salt, INFER, TEN, refused, SPEC)
                            .send(),
                    "DeadlineOutOfRange(uint256,uint256)");
        }
        assertReverts(
                () -> as(customer)
                        .createJob(salt, INFER, TEN, deadline, new byte[32])
                        .send(),
                "EmptySpecDigest()");
        assertReverts(
                () -> as(customer)
                        .createJob(salt, INFER, TokenAmount.MAX.wei(), deadline, SPEC)
                        .send(),
                "SafeCastOverflowedUintDowncast(uint8,uint256)");
        assertReverts(
                () -> as(customer)
                        .createJob(salt, INFER, TokenAmount.ocos(1_001).wei(), deadline, SPEC)
                        .send(),
                "ERC20InsufficientAllowance(address,uint256,uint256)");
        // The same salt is another job of another customer, so nobody can take an id away.
        as(customer).createJob(salt, INFER, BigInteger.ZERO, deadline, SPEC).send();
        as(challenger).createJob(salt, INFER, BigInteger.ZERO, deadline, SPEC).send();
    }

    @Test
    void rolesAreEnforced() throws Exception {
        byte[] id = create(TEN);
        String self = customer.address().toString();
        byte[] settlerRole = as(customer).SETTLER_ROLE().send();
        for (EvmClient client : List.of(customer, admin, challenger)) {
            assertReverts(
                    () -> as(client).settle(id, NODE.toString(), BigInteger.ONE).send(), UNAUTHORIZED);
            assertReverts(
                    () -> as(client)
                            .settleMany(List.of(id), List.of(NODE.toString()), List.of(BigInteger.ONE))
                            .send(),
                    UNAUTHORIZED);
            assertReverts(() -> as(client).close(id).send(), UNAUTHORIZED);
        }
        for (EvmClient client : List.of(customer, settler, challenger)) {
            assertReverts(() -> as(client).setTreasury(self).send(), UNAUTHORIZED);
            assertReverts(() -> as(client).grantRole(settlerRole, self).send(), UNAUTHORIZED);
        }
        BigInteger deadline = deadline(WORK);
        for (EvmClient client : List.of(customer, settler, admin)) {
            assertReverts(
                    () -> as(client)
                            .createJob(Hash32.ZERO.toBytes(), CHALLENGE, BigInteger.ZERO, deadline, SPEC)
                            .send(),
                    UNAUTHORIZED);
        }
        assertThat(JobEscrow.getJobCreatedEvents(as(challenger)
                        .createJob(Hash32.ZERO.toBytes(), CHALLENGE, BigInteger.ZERO, deadline, SPEC)
                        .send()))
                .hasSize(1);
        assertReverts(() -> as(admin).setTreasury(Address.ZERO.toString()).send(), "ZeroAddress()");
        Address next = SettlementWorld.newPayee();
        as(admin).setTreasury(next.toString()).send();
        as(settler).settle(id, NODE.toString(), TEN).send();
        assertThat(balance(next)).isEqualTo(TEN);
    }

    @Test
    void tokensThatTakeAFeeOrCallBackAreRefused() throws Exception {
        token = TestChain.deployToken(customer, "FeeOnTransferToken", TokenAmount.ocos(1_000));
        escrow = deployEscrow(token);
        BigInteger thousand = BigInteger.valueOf(1_000);
        assertReverts(() -> create(thousand), "UnexpectedTokenAmount(uint256,uint256)");

        token = TestChain.deployToken(customer, "ReentrantToken", TokenAmount.ocos(1_000));
        escrow = deployEscrow(token);
        byte[] id = create(TEN);
        TestChain.increaseTime(WORK.plus(GRACE));
        String again = as(customer).refund(id).encodeFunctionCall();
        arm(again, true);
        assertReverts(() -> as(customer).refund(id).send(), "ReentrancyGuardReentrantCall()");
        arm(again, false);
        BigInteger before = balance(customer.address());
        as(customer).refund(id).send();
        assertThat(balance(customer.address())).isEqualTo(before.add(TEN));
        assertThat(balance(escrow)).isZero();
    }

    private void arm(String call, boolean bubble) throws Exception {
        TestChain.send(
                customer,
                token.toString(),
                FunctionEncoder.encode(new Function(
                        "arm",
                        List.of(
                                new org.web3j.abi.datatypes.Address(escrow.toString()),
                                new DynamicBytes(Numeric.hexStringToByteArray(call)),
                                new Bool(bubble)),
                        List.of())));
    }

    /** The escrow as plainly as it can be said. */
    private static final class Model {

        private record Job(BigInteger maxFee, long deadline) {}

        final Map<Hash32, Job> open = new HashMap<>();
        final Map<Hash32, BigInteger> settled = new HashMap<>();
        final Set<String> counted = new HashSet<>();
        BigInteger treasury = BigInteger.ZERO;
        BigInteger returned = BigInteger.ZERO;
        BigInteger deposited = BigInteger.ZERO;

        @Nullable
        String settle(Hash32 id, Address node, BigInteger fee, long now, boolean many) {
            if (counted.contains(id + "/" + node)) {
                return many ? null : "AlreadySettled";
            }
            Job job = open.get(id);
            if (job == null) {
                return "JobNotOpen";
            } else if (now >= job.deadline() + GRACE.toSeconds()) {
                return "JobExpired";
            } else if (fee.compareTo(rest(id, job)) > 0) {
                return "FeeAboveMaximum";
            }
            counted.add(id + "/" + node);
            settled.merge(id, fee, BigInteger::add);
            treasury = treasury.add(fee);
            return null;
        }

        @Nullable
        String end(Hash32 id, long from) {
            Job job = open.get(id);
            if (job == null) {
                return "JobNotOpen";
            } else if (from < job.deadline() + GRACE.toSeconds()) {
                return "NotYetRefundable";
            }
            returned = returned.add(rest(id, job));
            open.remove(id);
            return null;
        }

        private BigInteger rest(Hash32 id, Job job) {
            return job.maxFee().subtract(settled.getOrDefault(id, BigInteger.ZERO));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void contractAndModelAnswerAlike(long seed) throws Exception {
        Random random = new Random(seed);
        Model model = new Model();
        List<Hash32> ids = new ArrayList<>();
        BigInteger start = balance(customer.address());
        for (int step = 0; step < 120; step++) {
            Address node = random.nextBoolean() ? NODE : OTHER_NODE;
            BigInteger fee = BigInteger.valueOf(random.nextInt(7));
            Hash32 id = ids.isEmpty() ? Hash32.ZERO : ids.get(random.nextInt(ids.size()));
            long now = TestChain.now(customer);
            String expected = null;
            String operation;
            String actual = null;
            try {
                switch (random.nextInt(8)) {
                    case 0, 1 -> {
                        operation = "create";
                        BigInteger maxFee = BigInteger.valueOf(random.nextInt(12));
                        Hash32 created = Hash32.of(create(maxFee));
                        ids.add(created);
                        long deadline = as(customer)
                                .jobOf(created.toBytes())
                                .send()
                                .deadline
                                .longValueExact();
                        model.open.put(created, new Model.Job(maxFee, deadline));
                        model.deposited = model.deposited.add(maxFee);
                    }
                    case 2, 3 -> {
                        operation = "settle";
                        expected = model.settle(id, node, fee, now, false);
                        as(settler).settle(id.toBytes(), node.toString(), fee).send();
                    }
                    case 4, 5 -> {
                        operation = "settleMany";
                        expected = model.settle(id, node, fee, now, true);
                        as(settler)
                                .settleMany(List.of(id.toBytes()), List.of(node.toString()), List.of(fee))
                                .send();
                    }
                    case 6 -> {
                        operation = "end";
                        boolean refund = random.nextBoolean();
                        expected = model.end(id, refund ? now : Long.MAX_VALUE);
                        if (refund) {
                            as(customer).refund(id.toBytes()).send();
                        } else {
                            as(settler).close(id.toBytes()).send();
                        }
                    }
                    default -> {
                        operation = "time";
                        if (random.nextInt(4) == 0) {
                            TestChain.increaseTime(GRACE.plus(WORK));
                        }
                    }
                }
            } catch (RevertedException e) {
                operation = "refused";
                actual = e.error().replaceFirst("\\(.*", "");
            }
            String where = "seed %d, step %d: %s".formatted(seed, step, operation);
            assertThat(actual).as(where).isEqualTo(expected);
            assertThat(balance(treasury)).as(where).isEqualTo(model.treasury);
            BigInteger held = model.deposited.subtract(model.treasury).subtract(model.returned);
            assertThat(balance(escrow)).as(where).isEqualTo(held);
            assertThat(balance(customer.address()))
                    .as(where)
                    .isEqualTo(start.subtract(model.deposited).add(model.returned));
        }
    }
}
