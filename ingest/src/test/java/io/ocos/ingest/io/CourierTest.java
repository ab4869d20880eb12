package io.ocos.ingest.io;

import static io.ocos.ingest.io.RunningGateway.BLOCK;
import static io.ocos.ingest.io.RunningGateway.BLOCK_HASH;
import static io.ocos.ingest.io.RunningGateway.CHAIN_ID;
import static io.ocos.ingest.io.RunningGateway.DOMAIN;
import static io.ocos.ingest.io.RunningGateway.NOW;
import static io.ocos.ingest.io.RunningGateway.REGISTRY;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ocos.ingest.config.IngestMetrics;
import io.ocos.ingest.domain.ReceiptDomain;
import io.ocos.ingest.io.Courier.Result;
import io.ocos.ingest.io.EnvelopeSigner.Beacon;
import io.ocos.metering.domain.PayloadException;
import io.ocos.metering.domain.TelemetryPayload;
import io.ocos.metering.domain.TelemetryPayload.Entry;
import io.ocos.metering.domain.TelemetryPayload.Sample;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.io.AvroValues;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an agent sends, against gateways that run. */
class CourierTest {

    private static final Duration BUDGET = Duration.ofSeconds(20);
    /** Enough for one attempt, seldom for more. */
    private static final Duration SHORT = Duration.ofMillis(2);

    private static final String NOBODY = "http://127.0.0.1:1";
    private static final TestNode NODE = TestNode.named("node", DOMAIN);

    @TempDir
    private Path directory;

    private final MovableClock clock = new MovableClock(NOW);
    private final ExecutorService http = Executors.newSingleThreadExecutor();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final ClockWatch clockWatch = new ClockWatch();
    private RunningGateway gateway = new RunningGateway(Map.of(), clock, NODE);

    @AfterEach
    void stop() {
        gateway.close();
        http.shutdownNow();
    }

    /** The state of an agent, opened as a start does and closed as its end does. */
    private final class Node implements AutoCloseable {

        private final StateFiles state = StateFiles.take(directory);
        private final AgentMeters meters = new AgentMeters(metrics);
        private final SequenceFile sequence = SequenceFile.open(directory, NODE.address(), 100);
        private final EntryBuffer buffer = EntryBuffer.open(state.file("buffer"), 8 << 20, meters::dropped);
        private final ReceiptLog receipts = ReceiptLog.open(state, 1 << 20);
        private final Courier courier;

        Node(List<String> urls, Set<Address> gatewayAddresses) {
            this(urls, gatewayAddresses, null);
        }

        Node(List<String> urls, Set<Address> gatewayAddresses, @Nullable BeaconSource beacons) {
            GatewayClient gateways = new GatewayClient(urls, Duration.ofSeconds(10), http);
            courier = new Courier(
                    clock,
                    NODE.address(),
                    new EnvelopeSigner(DOMAIN, NODE.keys()),
                    sequence,
                    buffer,
                    gateways,
                    beacons == null ? gateways::beacon : beacons,
                    new ReceiptDomain(CHAIN_ID, REGISTRY),
                    gatewayAddresses,
                    receipts,
                    meters,
                    clockWatch,
                    Duration.ofMillis(1));
        }

        void measure(int count) throws IOException {
            List<Sample> samples = IntStream.range(0, count)
                    .mapToObj(i -> new Sample(clock.millis() - count + 1 + i, i, 0, 0, 0, 0, 0, 0, 1))
                    .toList();
            buffer.append(samples);
        }

        @Override
        public void close() throws IOException {
            receipts.close();
            buffer.close();
            sequence.close();
            state.close();
        }
    }

    @Test
    void sendsWhatWaitsAndKeepsTheReceipt() throws Exception {
        try (Node node = node()) {
            node.measure(3);
            assertThat(node.courier.round(BUDGET)).isEqualTo(Result.ACCEPTED);
            assertThat(node.buffer.entries()).isZero();
            assertThat(entries(0)).extracting(Entry::at).containsExactly(NOW - 2, NOW - 1, NOW);
            assertThat(gateway.log.envelopes.get(0).getSequence()).isEqualTo(100);
            SignedReceipt receipt = SignedReceipt.parse(receiptLines().get(0));
            assertThat(receipt.receipt().sequence()).isEqualTo(100);
            assertThat(receipt.signer()).isEqualTo(gateway.keys.address());
            assertThat(receipt.isSigned(new ReceiptDomain(CHAIN_ID, REGISTRY))).isTrue();
            assertThat(envelopes("accepted")).isEqualTo(1);
            assertThat(node.courier.lastFailure()).isNull();
        }
    }

    @Test
    void sendsAnEnvelopeAlsoWhenNothingWasMeasured() throws Exception {
        try (Node node = node()) {
            assertThat(node.courier.round(BUDGET)).isEqualTo(Result.ACCEPTED);
            assertThat(entries(0)).isEmpty();
        }
    }

    @Test
    void catchesUpAfterAnOutageWithWhatStillCountsAndFreshSequences() throws Exception {
        try (Node node = node()) {
            gateway.close();
            // 20 minutes without a gateway, a sample every 10 s.
            for (int slot = 0; slot < 120; slot++) {
                node.measure(1);
                assertThat(node.courier.round(SHORT)).isEqualTo(Result.NOT_ACCEPTED);
                clock.advance(10_000);
            }
            assertThat(envelopes("accepted")).isZero();
            restartGateway();
        }
        try (Node again = node()) {
            assertThat(again.courier.round(BUDGET)).isEqualTo(Result.ACCEPTED);
            // Those of the last 900 s; the others are counted as too old.
            assertThat(entries(0)).hasSize(90).allMatch(entry -> entry.at() >= clock.millis() - 900_000);
            assertThat(dropped("too_old")).isEqualTo(30);
            assertThat(again.buffer.entries()).isZero();
        }
    }

    @Test
    void backlogComesInEnvelopesOfAtMostAThousand() throws Exception {
        try (Node node = node()) {
            node.measure(2_100);
            assertThat(node.courier.round(BUDGET)).isEqualTo(Result.ACCEPTED_WITH_MORE);
            assertThat(node.courier.round(BUDGET)).isEqualTo(Result.ACCEPTED_WITH_MORE);
            assertThat(node.courier.round(BUDGET)).isEqualTo(Result.ACCEPTED);
            assertThat(IntStream.range(0, 3).mapToObj(i -> entries(i).size())).containsExactly(1_000, 1_000, 100);
            assertThat(IntStream.range(0, 3).boxed().flatMap(i -> entries(i).stream()
                            .map(Entry::at)))
                    .isSorted()
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void repeatsTheSameEnvelopeUntilItIsDurable() throws Exception {
        try (Node node = node()) {
            int[] refusals = {3};
            gateway.log.instead = () -> {
                if (--refusals[0] == 0) {
                    gateway.log.instead = null;
                }
                return CompletableFuture.failedFuture(new IOException("disk full"));
            };
            node.measure(1);
            assertThat(node.courier.round(BUDGET)).isEqualTo(Result.ACCEPTED);
            assertThat(gateway.log.envelopes).hasSize(1);
            assertThat(gateway.log.envelopes.get(0).getSequence()).isEqualTo(100);
            assertThat(node.sequence.last()).isEqualTo(100);
        }
    }

    @Test
    void sequenceGoesOnAfterARestartAlsoWhenNothingWasAccepted() throws Exception {
        try (Node node = node()) {
            gateway.log.instead = () -> CompletableFuture.failedFuture(new IOException("disk full"));
            assertThat(node.courier.round(SHORT)).isEqualTo(Result.NOT_ACCEPTED);
            assertThat(node.sequence.last()).isEqualTo(100);
        }
        gateway.log.instead = null;
        try (Node again = node()) {
            assertThat(again.courier.round(BUDGET)).isEqualTo(Result.ACCEPTED);
            assertThat(gateway.log.envelopes.get(0).getSequence()).isEqualTo(101);
        }
    }

    @Test
    void noSequenceIsUsedUpWhileThereIsNoBeacon() throws Exception {
        try (Node node = new Node(List.of(NOBODY), Set.of())) {
            node.measure(1);
            assertThat(node.courier.round(SHORT)).isEqualTo(Result.NOT_ACCEPTED);
            assertThat(node.sequence.last()).isEqualTo(99);
            assertThat(node.buffer.entries()).isEqualTo(1);
            assertThat(node.courier.lastFailure()).contains("127.0.0.1:1");
        }
    }

    @Test
    void goesToTheNextGatewayWhenOneIsAway() throws Exception {
        try (Node node = new Node(List.of(NOBODY, url(gateway)), Set.of())) {
            node.measure(1);
            assertThat(node.courier.round(BUDGET)).isEqualTo(Result.ACCEPTED);
            assertThat(gateway.log.envelopes).hasSize(1);
        }
    }

    @Test
    void signsAnewWhenTheBeaconIsRefused() throws Exception {
        List<Beacon> given = new ArrayList<>(
                List.of(new Beacon(BLOCK, Hash32.ZERO), new Beacon(BLOCK, BLOCK_HASH), new Beacon(BLOCK, Hash32.ZERO)));
        try (Node node = new Node(List.of(url(gateway)), Set.of(), turn -> given.remove(0))) {
            node.measure(1);
            assertThat(node.courier.round(BUDGET)).isEqualTo(Result.ACCEPTED);
            assertThat(given).hasSize(1);
            assertThat(gateway.log.envelopes.get(0).getSequence()).isEqualTo(101);
            assertThat(envelopes("refused")).isEqualTo(1);
            // The good one is used as long as it is fresh.
            clock.advance(10_000);
            assertThat(node.courier.round(BUDGET)).isEqualTo(Result.ACCEPTED);
            assertThat(given).hasSize(1);
        }
    }

    @Test
    void refusedNodeKeepsItsEntries() throws Exception {
        try (RunningGateway strict =
                        new RunningGateway(Map.of("deniedNodes", NODE.address().toString()), clock, NODE);
                Node node = new Node(List.of(url(strict)), Set.of())) {
            node.measure(2);
            assertThat(node.courier.round(BUDGET)).isEqualTo(Result.NOT_ACCEPTED);
            assertThat(node.buffer.entries()).isEqualTo(2);
            assertThat(envelopes("refused")).isEqualTo(1);
            assertThat(node.courier.lastFailure()).contains("deny list");
        }
    }

    @Test
    void payloadThatIsRefusedDoesNotHoldUpWhatFollows() throws Exception {
        try (Node node = node()) {
            // What no measurement gives: a share of more than a million ppm.
            node.buffer.append(List.of(new Sample(NOW, 2_000_000, 0, 0, 0, 0, 0, 0, 1)));
            assertThat(node.courier.round(BUDGET)).isEqualTo(Result.NOT_ACCEPTED);
            assertThat(node.courier.lastFailure()).contains("bad-payload");
            node.measure(1);
            assertThat(node.courier.round(BUDGET)).isEqualTo(Result.ACCEPTED);
            assertThat(dropped("refused")).isEqualTo(1);
        }
    }

    @Test
    void receiptOfAnotherKeyThanExpectedIsNoAcceptance() throws Exception {
        try (RunningGateway impostor = new RunningGateway(Map.of(), clock, NODE);
                Node node = new Node(List.of(url(impostor), url(gateway)), Set.of(gateway.keys.address()))) {
            node.measure(1);
            assertThat(node.courier.round(BUDGET)).isEqualTo(Result.ACCEPTED);
            assertThat(impostor.log.envelopes).hasSize(1);
            assertThat(gateway.log.envelopes).hasSize(1);
            assertThat(receiptLines())
                    .hasSize(1)
                    .allMatch(line -> SignedReceipt.parse(line).signer().equals(gateway.keys.address()));
        }
    }

    @Test
    void wrongClockIsSeenInTheReceipts() throws Exception {
        MovableClock gatewayClock = new MovableClock(NOW - 20_000);
        gateway.close();
        gateway = new RunningGateway(Map.of(), gatewayClock, NODE);
        try (Node node = node()) {
            assertThat(node.courier.round(BUDGET)).isEqualTo(Result.ACCEPTED);
            assertThat(clockWatch.offMillis()).isEqualTo(20_000);
            assertThat(clockWatch.isTooFarOff()).isFalse();
            gatewayClock.set(NOW + 31_000);
            assertThat(node.courier.round(BUDGET)).isEqualTo(Result.ACCEPTED);
            assertThat(clockWatch.offMillis()).isEqualTo(-31_000);
            assertThat(clockWatch.isTooFarOff()).isTrue();
            gatewayClock.set(NOW);
            assertThat(node.courier.round(BUDGET)).isEqualTo(Result.ACCEPTED);
            assertThat(clockWatch.offMillis()).isZero();
        }
    }

    private Node node() {
        return new Node(List.of(url(gateway)), Set.of(gateway.keys.address()));
    }

    private void restartGateway() {
        gateway = new RunningGateway(Map.of(), clock, NODE);
        gateway.block(BLOCK + 1, BLOCK_HASH, clock.millis() / 1_000);
    }

    private static String url(RunningGateway gateway) {
        return gateway.uri("").toString();
    }

    private List<Entry> entries(int envelope) {
        SignedEnvelope written = gateway.log.envelopes.get(envelope);
        try {
            return TelemetryPayload.read(AvroValues.bytes(written.getPayload()))
                    .entries()
                    .toList();
        } catch (PayloadException e) {
            throw new AssertionError(e);
        }
    }

    private List<String> receiptLines() throws IOException {
        return Files.readAllLines(directory.resolve("receipts.jsonl"));
    }

    private double envelopes(String outcome) {
        return metrics.counter(IngestMetrics.AGENT_ENVELOPES, IngestMetrics.TAG_OUTCOME, outcome)
                .count();
    }

    private double dropped(String reason) {
        return metrics.counter(IngestMetrics.AGENT_ENTRIES_DROPPED, IngestMetrics.TAG_REASON, reason)
                .count();
    }
}
