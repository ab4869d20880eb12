package io.ocos.ingest.io;

import io.ocos.ingest.io.EnvelopeSigner.Beacon;
import io.ocos.schemas.domain.Hash32;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import okhttp3.OkHttpClient;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.DefaultBlockParameter;
import org.web3j.protocol.core.methods.response.EthBlock;
import org.web3j.protocol.http.HttpService;

/** The beacon from a chain node of the operator's own: a block some way behind its head, so that gateways know it already. */
final class RpcBeacon implements BeaconSource, AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final Web3j chain;
    private final String url;
    private final int blocksBehind;

    RpcBeacon(String url, int blocksBehind) {
        this.url = url;
        this.blocksBehind = blocksBehind;
        this.chain = Web3j.build(new HttpService(
                url, new OkHttpClient.Builder().callTimeout(TIMEOUT).build()));
    }

    @Override
    public Beacon recent(int gateway) throws IOException {
        BigInteger head = chain.ethBlockNumber().send().getBlockNumber();
        BigInteger number = head.subtract(BigInteger.valueOf(blocksBehind)).max(BigInteger.ZERO);
        EthBlock answer = chain.ethGetBlockByNumber(DefaultBlockParameter.valueOf(number), false)
                .send();
        if (answer.hasError() || answer.getBlock() == null) {
            throw new IOException("%s: block %s: %s"
                    .formatted(
                            url, number, answer.hasError() ? answer.getError().getMessage() : "is not there"));
        }
        try {
            return new Beacon(
                    number.longValueExact(), Hash32.parse(answer.getBlock().getHash()));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new IOException("%s: block %s: %s".formatted(url, number, e.getMessage()), e);
        }
    }

    @Override
    public void close() {
        chain.shutdown();
    }
}
