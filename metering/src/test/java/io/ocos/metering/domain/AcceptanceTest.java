package io.ocos.metering.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.io.Secp256k1Keys;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcceptanceTest {

    private static final Address REGISTRY = Address.parse("0x00000000000000000000000000000000000000aa");
    private static final EnvelopeDomain DOMAIN = new EnvelopeDomain(56, REGISTRY);
    private static final byte[] KEY = Keccak.hash("cow".getBytes(StandardCharsets.US_ASCII));
    private static final long SENT_AT = 1_790_000_000_000L;
    private static final byte[] EMPTY_BATCH = new byte[3];

    private final Acceptance acceptance = new Acceptance(DOMAIN);

    /** Signed by an independent implementation. */
    @Test
    void acceptsAKnownEnvelope() {
        Envelope envelope = new Envelope(
                Address.parse("0x03b686658D7e4472ef6E28F60beEA6e577227404"),
                121,
                1790001219054L,
                1257,
                Hash32.parse("0x00000000000000000000000000000000000000000000000000000000000004e9"),
                Hex.parse("0x0290fc97c69868a0c105d2e635dce00f0080897af6afc6e6010e80a188c59868000000"),
                Hex.parse(
                        "0xd7880a685f62554be321528bc18df76e09744b7cf96c22349f56ec6f145fa0d74586257036f12f437a47744a0187ab26187afc2918ba74990bc9b0d2505a360c1c"));
        assertThat(acceptance.refusal(envelope, envelope.sentAt())).isEmpty();
    }

    @Test
    void acceptsWhatTheNodeSigned() {
        assertThat(acceptance.refusal(signed(DOMAIN, EMPTY_BATCH), SENT_AT)).isEmpty();
    }

    @Test
    void refusesTheSignatureOfAnotherDomainNodeOrPayload() {
        assertThat(rule(signed(new EnvelopeDomain(57, REGISTRY), EMPTY_BATCH), SENT_AT))
                .contains(Rule.E1);
        assertThat(rule(signed(new EnvelopeDomain(56, Address.ZERO), EMPTY_BATCH), SENT_AT))
                .contains(Rule.E1);
        Envelope good = signed(DOMAIN, EMPTY_BATCH);
        assertThat(rule(
                        new Envelope(
                                REGISTRY,
                                good.sequence(),
                                SENT_AT,
                                good.beaconBlock(),
                                good.beaconHash(),
                                EMPTY_BATCH,
                                good.signature()),
                        SENT_AT))
                .contains(Rule.E1);
        assertThat(rule(
                        new Envelope(
                                good.node(),
                                good.sequence(),
                                SENT_AT,
                                good.beaconBlock(),
                                good.beaconHash(),
                                new byte[4],
                                good.signature()),
                        SENT_AT))
                .contains(Rule.E1);
    }

    @ParameterizedTest
    @CsvSource({"-30001,E2", "-30000,", "0,", "900000,", "900001,E2"})
    void theDelayIsBounded(long delayMillis, Rule expected) {
        assertThat(rule(signed(DOMAIN, EMPTY_BATCH), SENT_AT + delayMillis)).isEqualTo(Optional.ofNullable(expected));
    }

    @Test
    void theFirstRuleThatFailsNamesTheReject() {
        Envelope badPayload = signed(DOMAIN, new byte[4]);
        assertThat(rule(badPayload, SENT_AT)).contains(Rule.E3);
        assertThat(rule(badPayload, SENT_AT + 900_001)).contains(Rule.E2);
        assertThat(new Acceptance(DOMAIN, false).refusal(signed(new EnvelopeDomain(1, REGISTRY), EMPTY_BATCH), SENT_AT))
                .isEmpty();
    }

    @Test
    void entriesAndUptimeHaveTheirWindows() {
        assertThat(Acceptance.entryCounts(SENT_AT, SENT_AT)).isTrue();
        assertThat(Acceptance.entryCounts(SENT_AT, SENT_AT + 1)).isFalse();
        assertThat(Acceptance.entryCounts(SENT_AT, SENT_AT - 900_000)).isTrue();
        assertThat(Acceptance.entryCounts(SENT_AT, SENT_AT - 900_001)).isFalse();
        assertThat(Acceptance.countsForUptime(SENT_AT, SENT_AT + 30_000)).isTrue();
        assertThat(Acceptance.countsForUptime(SENT_AT, SENT_AT + 30_001)).isFalse();
        assertThat(Acceptance.countsForUptime(SENT_AT, SENT_AT - 30_000)).isTrue();
        assertThat(Acceptance.countsForUptime(SENT_AT, SENT_AT - 30_001)).isFalse();
    }

    private Optional<Rule> rule(Envelope envelope, long receivedAt) {
        return acceptance.refusal(envelope, receivedAt).map(Acceptance.Refusal::rule);
    }

    private static Envelope signed(EnvelopeDomain domain, byte[] payload) {
        Address node = Secp256k1Keys.address(KEY);
        Envelope unsigned = new Envelope(node, 7, SENT_AT, 1000, Hash32.ZERO, payload, new byte[0]);
        byte[] signature = Secp256k1Keys.sign(domain.digest(unsigned), KEY);
        return new Envelope(node, 7, SENT_AT, 1000, Hash32.ZERO, payload, signature);
    }
}
