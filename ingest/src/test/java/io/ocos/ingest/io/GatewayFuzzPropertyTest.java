package io.ocos.ingest.io;

import static io.ocos.ingest.io.RunningGateway.BLOCK;
import static io.ocos.ingest.io.RunningGateway.BLOCK_HASH;
import static io.ocos.ingest.io.RunningGateway.DOMAIN;
import static io.ocos.ingest.io.RunningGateway.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.ingest.io.RunningGateway.Reply;
import io.ocos.schemas.io.RecordCodec;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;

/** Whatever is sent, a running gateway answers with a problem of the sender's, and nothing gets into the log. */
class GatewayFuzzPropertyTest {

    private static final TestNode NODE = TestNode.named("node", DOMAIN);

    private RunningGateway gateway = started();

    private static RunningGateway started() {
        return new RunningGateway(
                Map.of("limits.clientRequestsPerSecond", "1000000", "limits.clientBurst", "1000000"), NODE);
    }

    @BeforeProperty
    void start() {
        gateway.close();
        gateway = started();
    }

    @AfterProperty
    void stop() {
        assertThat(gateway.metric("ocos_gateway_rejected_total"))
                .isEqualTo(gateway.metric("ocos_gateway_requests_total"));
        assertThat(gateway.metric("ocos_gateway_body_bytes")).isZero();
        gateway.close();
    }

    @Property(tries = 300)
    void changedBodies(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] body = TestNode.body(NODE.sign(random.nextInt(1_000), NOW, BLOCK, BLOCK_HASH, Payloads.samplesAt(NOW)));
        byte[] changed = random.nextBoolean() ? Arrays.copyOf(body, body.length + random.nextInt(3) - 1) : body.clone();
        // Behind the header, so that the decoder is reached.
        for (int i = 0; i <= random.nextInt(4); i++) {
            changed[RecordCodec.HEADER_BYTES + random.nextInt(changed.length - RecordCodec.HEADER_BYTES)] ^=
                    (byte) (1 << random.nextInt(8));
        }
        if (!Arrays.equals(changed, body)) {
            refused(gateway.post(changed));
        }
    }

    @Property(tries = 200)
    void anyBytesAfterTheHeader(@ForAll byte[] bytes) {
        byte[] valid = TestNode.body(NODE.sign(1, NOW, BLOCK, BLOCK_HASH, TestNode.EMPTY_PAYLOAD));
        byte[] body = Arrays.copyOf(valid, RecordCodec.HEADER_BYTES + bytes.length);
        System.arraycopy(bytes, 0, body, RecordCodec.HEADER_BYTES, bytes.length);
        refused(gateway.post(body));
    }

    @Property(tries = 300)
    void signedPayloadsOfAnyBytes(@ForAll byte[] payload) {
        Reply reply = gateway.post(NODE.sign(1, NOW, BLOCK, BLOCK_HASH, payload));
        if (!Arrays.equals(payload, TestNode.EMPTY_PAYLOAD)) {
            refused(reply);
        }
    }

    private void refused(Reply reply) {
        assertThat(reply.status()).isIn(400, 401, 403);
        assertThat(reply.text("type")).startsWith("urn:ocos:problem:");
        assertThat(gateway.log.envelopes).isEmpty();
    }
}
