package io.ocos.rewardssettlement.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AnvilProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.web3j.abi.FunctionEncoder;
import org.web3j.abi.datatypes.generated.Uint256;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.protocol.core.methods.response.VoidResponse;
import org.web3j.protocol.http.HttpService;

/** One local chain for all tests of this JVM, and what they do with it. Its time only ever goes forward. */
final class TestChain {

    private static final AtomicInteger KEYS = new AtomicInteger(1000);

    private static final AnvilProcess ANVIL = start();

    private TestChain() {}

    private static AnvilProcess start() {
        try {
            Path log = Files.createTempFile("anvil", ".log");
            log.toFile().deleteOnExit();
            return AnvilProcess.start(log, List.of());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where it answers. */
    static String url() {
        return ANVIL.rpcUrl().toString();
    }

    /** A private key that nobody else has. */
    static byte[] newKey() {
        return TokenAmount.wei(KEYS.incrementAndGet()).toBytes();
    }

    /** Somebody new, with gas. */
    static EvmClient client() throws IOException {
        return client(newKey());
    }

    /** Somebody with this key, with gas. */
    static EvmClient client(byte[] key) throws IOException {
        EvmClient client = new EvmClient(ANVIL.rpcUrl(), key);
        rpc("anvil_setBalance", client.address().toString(), "0x56bc75e2d63100000");
        return client;
    }

    /** A plan whose roles beside the slasher are the slasher's too. */
    static ContractDeployer.Plan plan(TokenAmount supply, EvmClient slasher, Map<String, TokenAmount> parameters) {
        Address all = slasher.address();
        return ContractDeployer.Plan.local(
                supply,
                new ContractDeployer.Roles(all, all, all, all, all),
                new ContractDeployer.Settlement(Duration.ofMinutes(2), TokenAmount.ocos(1_000), Duration.ofSeconds(60)),
                new ContractDeployer.Governance(
                        Duration.ofSeconds(30), Duration.ofMinutes(2), TokenAmount.ocos(100), 4, Duration.ofMinutes(1)),
                parameters,
                2);
    }

    /** Deploys a contract of the tests that takes a supply. */
    static Address deployToken(EvmClient client, String name, TokenAmount supply) throws Exception {
        try (InputStream bin = TestChain.class.getResourceAsStream(
                "/io/ocos/rewardssettlement/testcontracts/%s.bin".formatted(name))) {
            String code = new String(bin.readAllBytes(), StandardCharsets.US_ASCII)
                    + FunctionEncoder.encodeConstructor(List.of(new Uint256(supply.wei())));
            return Address.parse(send(client, "", "0x" + code).getContractAddress());
        }
    }

    /** Sends encoded data to an address, or creates a contract of it when there is none. */
    static TransactionReceipt send(EvmClient client, String to, String data) throws Exception {
        TransactionReceipt receipt = send(client, to, data, BigInteger.valueOf(10_000_000));
        assertThat(receipt.isStatusOK()).isTrue();
        return receipt;
    }

    /** Sends encoded data with so much gas, also where that is too little. */
    static TransactionReceipt send(EvmClient client, String to, String data, BigInteger gas) throws Exception {
        String hash = client.transactions()
                .sendTransaction(client.gas().getGasPrice(), gas, to, data, BigInteger.ZERO)
                .getTransactionHash();
        return new ReceiptProcessor(client.web3j(), Duration.ofSeconds(30)).waitForTransactionReceipt(hash);
    }

    static void increaseTime(Duration duration) throws IOException {
        rpc("evm_increaseTime", duration.toSeconds());
        rpc("evm_mine");
    }

    /** Time of the newest block, seconds since the Unix epoch. */
    static long now(EvmClient client) throws IOException {
        return client.web3j()
                .ethGetBlockByNumber(DefaultBlockParameterName.LATEST, false)
                .send()
                .getBlock()
                .getTimestamp()
                .longValueExact();
    }

    static void rpc(String method, Object... parameters) throws IOException {
        HttpService http = new HttpService(ANVIL.rpcUrl().toString());
        Request<?, VoidResponse> request = new Request<>(method, List.of(parameters), http, VoidResponse.class);
        assertThat(request.send().hasError()).as(method).isFalse();
    }

    static void assertReverts(ThrowingCallable call, String error) {
        assertThatThrownBy(call).isInstanceOfSatisfying(RevertedException.class, e -> assertThat(e.error())
                .isEqualTo(error));
    }
}
