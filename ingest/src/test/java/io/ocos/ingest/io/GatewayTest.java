package io.ocos.ingest.io;

import static io.ocos.ingest.io.RunningGateway.valid;
import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.ingest.domain.Receipt;
import io.ocos.ingest.domain.ReceiptDomain;
import io.ocos.ingest.io.RunningGateway.Reply;
import io.ocos.ingest.io.TelemetryLog.Position;
import io.ocos.metering.domain.Envelope;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.io.Secp256k1Keys;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A running gateway over HTTP: what it accepts, and that it never says so before the log has it. */
class GatewayTest {

    private final TestNode node = TestNode.named("node", RunningGateway.DOMAIN);
    private final RunningGateway gateway = new RunningGateway(Map.of(), node);

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void acceptedEnvelopeIsInTheLogVerbatimAndItsReceiptIsSigned() {
        Envelope envelope = valid(node, 1);
        Reply reply = gateway.post(envelope);

        assertThat(reply.status()).isEqualTo(202);
        assertThat(reply.text("status")).isEqualTo("accepted");
        assertThat(reply.body().path("countsForUptime").asBoolean()).isTrue();
        assertThat(gateway.log.envelopes).hasSize(1);
        SignedEnvelope written = gateway.log.envelopes.get(0);
        assertThat(written.getNode().bytes()).isEqualTo(node.address().toBytes());
        assertThat(written.getPayload().array()).isEqualTo(TestNode.EMPTY_PAYLOAD);
        assertThat(written.getSignature().array()).isEqualTo(envelope.signature());
        assertThat(written.getReceivedAt()).isEqualTo(RunningGateway.NOW);
        assertThat(written.getGateway()).isEqualTo(RunningGateway.ID);
        assertThat(signerOf(reply)).isEqualTo(gateway.keys.address());
    }

    @Test
    void receiptSaysWhatDoesNotCount() {
        byte[] payload = Payloads.samplesAt(RunningGateway.NOW - 900_001, RunningGateway.NOW - 31_000);
        Reply reply = gateway.post(
                node.sign(1, RunningGateway.NOW - 30_001, RunningGateway.BLOCK, RunningGateway.BLOCK_HASH, payload));

        assertThat(reply.status()).isEqualTo(202);
        assertThat(reply.body().path("countsForUptime").asBoolean(true)).isFalse();
        assertThat(reply.body().path("droppedEntries").asInt()).isZero();
        Reply late = gateway.post(
                node.sign(2, RunningGateway.NOW, RunningGateway.BLOCK, RunningGateway.BLOCK_HASH, payload));
        assertThat(late.body().path("droppedEntries").asInt()).isEqualTo(1);
    }

    @Test
    void withoutConfirmationThereIsNoReceiptAndTheSameEnvelopeCanComeAgain() {
        gateway.log.instead = () -> CompletableFuture.failedFuture(new TimeoutException("no answer"));
        Reply refused = gateway.post(valid(node, 1));
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.text("type")).isEqualTo("urn:ocos:problem:not-durable");
        assertThat(refused.http().headers().firstValue("Retry-After")).contains("1");

        gateway.log.instead = null;
        assertThat(gateway.post(valid(node, 1)).status()).isEqualTo(202);
    }

    @Test
    void repeatOfAnEnvelopeOnItsWayWaitsForTheSameConfirmation() throws Exception {
        CompletableFuture<Position> confirmation = new CompletableFuture<>();
        CompletableFuture<Void> appended = new CompletableFuture<>();
        gateway.log.instead = () -> {
            appended.complete(null);
            return confirmation;
        };
        CompletableFuture<Integer> first = gateway.postLater(valid(node, 1));
        appended.get();
        CompletableFuture<Integer> repeat = gateway.postLater(valid(node, 1));
        assertThat(gateway.get("/v1/beacon").status()).isEqualTo(200);
        assertThat(repeat).isNotDone();

        confirmation.complete(new Position(3, 77));
        assertThat(first.get()).isEqualTo(202);
        assertThat(repeat.get()).isEqualTo(200);
        assertThat(gateway.metric("ocos_gateway_accepted_total")).isEqualTo(1);
        assertThat(gateway.metric("ocos_gateway_duplicate_total")).isEqualTo(1);
    }

    @Test
    void beaconIsTheNewestKnownBlock() {
        gateway.block(RunningGateway.BLOCK + 1, new Hash32(9, 9, 9, 9), RunningGateway.NOW / 1_000 + 3);
        Reply reply = gateway.get("/v1/beacon");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body().path("blockNumber").asLong()).isEqualTo(RunningGateway.BLOCK + 1);
        assertThat(reply.text("blockHash")).isEqualTo(new Hash32(9, 9, 9, 9).toString());
        assertThat(reply.body().path("blockTime").asLong()).isEqualTo(RunningGateway.NOW / 1_000 + 3);
    }

    @Test
    void healthReadinessAndTicks() {
        assertThat(gateway.get("/health").status()).isEqualTo(200);
        assertThat(gateway.get("/ready").status()).isEqualTo(200);
        Eventually.that(() -> !gateway.log.ticks.isEmpty());
        assertThat(gateway.log.ticks.get(0)).isEqualTo(RunningGateway.NOW);
    }

    @Test
    void unknownPathsAndMethodsAreProblemsToo() {
        Reply path = gateway.get("/v2/telemetry");
        assertThat(path.status()).isEqualTo(404);
        assertThat(path.text("type")).isEqualTo("urn:ocos:problem:not-found");
        Reply method = gateway.get("/v1/telemetry");
        assertThat(method.status()).isEqualTo(405);
        assertThat(method.http().headers().firstValue("Content-Type")).contains("application/problem+json");
    }

    private static Address signerOf(Reply reply) {
        Receipt receipt = new Receipt(
                Address.parse(reply.text("node")),
                reply.body().path("sequence").asLong(),
                Hash32.parse(reply.text("payloadHash")),
                reply.body().path("receivedAt").asLong(),
                reply.text("gateway"),
                reply.body().path("partition").asInt(),
                reply.body().path("offset").asLong());
        assertThat(receipt.payloadHash()).isEqualTo(Hash32.of(Keccak.hash(TestNode.EMPTY_PAYLOAD)));
        byte[] digest = new ReceiptDomain(RunningGateway.CHAIN_ID, RunningGateway.REGISTRY).digest(receipt);
        return Secp256k1Keys.recover(digest, Hex.parse(reply.text("signature"))).orElseThrow();
    }
}
