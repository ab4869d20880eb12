package io.ocos.ingest.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.ingest.io.EnvelopeSigner.Beacon;
import io.ocos.schemas.io.AnvilProcess;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.DefaultBlockParameter;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.methods.response.VoidResponse;
import org.web3j.protocol.http.HttpService;

class RpcBeaconITCase {

    @TempDir
    private Path directory;

    @Test
    void givesABlockSomeWayBehindTheHead() throws Exception {
        try (AnvilProcess anvil = AnvilProcess.start(directory.resolve("anvil.log"), List.of())) {
            HttpService service = new HttpService(anvil.rpcUrl().toString());
            Web3j chain = Web3j.build(service);
            try (RpcBeacon beacons = new RpcBeacon(anvil.rpcUrl().toString(), 5)) {
                // Of a chain that is younger than that, the first.
                assertThat(beacons.recent(0).block()).isZero();
                new Request<>("anvil_mine", List.of("0xc"), service, VoidResponse.class).send();
                Beacon beacon = beacons.recent(0);
                assertThat(beacon.block()).isEqualTo(7);
                String hash = chain.ethGetBlockByNumber(DefaultBlockParameter.valueOf(BigInteger.valueOf(7)), false)
                        .send()
                        .getBlock()
                        .getHash();
                assertThat(beacon.hash().toString()).isEqualTo(hash);
            } finally {
                chain.shutdown();
            }
        }
    }

    @Test
    void chainNodeThatIsAwayIsAnIoException() {
        RpcBeacon beacons = new RpcBeacon("http://127.0.0.1:1", 5);
        assertThatThrownBy(() -> beacons.recent(0)).isInstanceOf(IOException.class);
    }
}
