package io.ocos.schemas.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonRecordsTest {

    private static final String HASH = "0x" + "0".repeat(63) + "1";
    private static final String NODE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    private static final String ENVELOPE =
            ("{'node':'%s','sequence':7,'sentAt':1000,'beaconBlock':5,'beaconHash':'%s','payload':'0x000000',"
                            + "'signature':'0x','receivedAt':9223372036854775807,'gateway':'g','later':[1.5]}")
                    .formatted(NODE, HASH);
    private static final String EVENT =
            ("{'blockNumber':1,'blockHash':'%s','blockTime':60,'transactionHash':'%s','logIndex':0,'contract':'%s',"
                            + "'name':'StakeChanged','args':{'node':'%s','stake':'10','change':-1}}")
                    .formatted(HASH, HASH, NODE, NODE);
    private static final String JOB =
            "{'type':'VERIFIED','jobId':'%s','node':'%s','at':1,'recordedAt':2}".formatted(HASH, NODE);

    private static byte[] line(String text) {
        return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void readsAnEnvelope() throws MalformedRecordException {
        SignedEnvelope envelope = JsonRecords.envelope(line(ENVELOPE));
        assertThat(AvroValues.address(envelope.getNode())).isEqualTo(Address.parse(NODE));
        assertThat(envelope.getPayload()).isEqualTo(ByteBuffer.wrap(new byte[3]));
        assertThat(envelope.getSignature()).isEqualTo(ByteBuffer.allocate(0));
        assertThat(envelope.getReceivedAt()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void readsAnEventWithArgumentsOfAnyKindWhereTheyAreNotLookedAt() throws MalformedRecordException {
        ChainEvent event = JsonRecords.chainEvent(line(EVENT));
        assertThat(event.getArgs()).containsEntry("stake", "10").containsKey("change");
        assertThat(JsonRecords.chainEvent(
                                line(EVENT.replace("StakeChanged", "Transfer").replace("'10'", "[]")))
                        .getName())
                .isEqualTo("Transfer");
        assertThat(JsonRecords.chainEvent(line(EVENT.replace("'logIndex':0", "'logIndex':-1")))
                        .getLogIndex())
                .isEqualTo(-1);
    }

    @Test
    void readsAJobEvent() throws MalformedRecordException {
        assertThat(JsonRecords.jobEvent(line(JOB)))
                .isEqualTo(new JobEvent(
                        JobEventType.VERIFIED,
                        AvroValues.avro(Hash32.parse(HASH)),
                        AvroValues.avro(Address.parse(NODE)),
                        1L,
                        2L));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "'sequence':7 | 'sequence':-1",
                "'sequence':7 | 'sequence':7.0",
                "'sequence':7 | 'sequence':7e0",
                "'sequence':7 | 'sequence':'7'",
                "'sequence':7 | 'sequence':9223372036854775808",
                "'sequence':7 | 'sequence':null",
                "'sequence':7 | 'sequence':07",
                "'sentAt':1000, |^^",
                "'sentAt':1000 | 'sentAt':-1",
                "5aAeb | 5AAeb",
                "5aAeb | 5aAe",
                "'0x000000' | '0x00000'",
                "'0x000000' | '000000'",
                "'gateway':'g' | 'gateway':1",
                "0001' | 01'",
            })
    void anEnvelopeWithABadFieldIsUnreadable(String good, String bad) {
        unreadable(() -> JsonRecords.envelope(line(ENVELOPE.replace(good, bad))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "'blockNumber':1 | 'blockNumber':-1",
                "'logIndex':0 | 'logIndex':-2",
                "'blockTime':60 | 'blockTime':-60",
                "'10' | '010'",
                "'10' | '+10'",
                "'10' | 10",
                "'10' | '115792089237316195423570985008687907853269984665640564039457584007913129639936'",
                "'stake' | 'steak'",
                "'args':{ | 'args':7,'other':{",
                "'name':'StakeChanged', |^^",
            })
    void anEventWithABadFieldIsUnreadable(String good, String bad) {
        unreadable(() -> JsonRecords.chainEvent(line(EVENT.replace(good, bad))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {"VERIFIED | verified", "'at':1 | 'at':-1", "'recordedAt':2 | 'recordedAt':2.5", "0001' | 00012'"})
    void aJobEventWithABadFieldIsUnreadable(String good, String bad) {
        unreadable(() -> JsonRecords.jobEvent(line(JOB.replace(good, bad))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "[]", "7", "{", "{} {}", "\uFEFF{}", "null"})
    void whatIsNoObjectIsUnreadable(String text) {
        unreadable(() -> JsonRecords.jobEvent(line(text)));
    }

    @Test
    void whatIsNotUtf8IsUnreadable() {
        byte[] line = line(ENVELOPE.replace("'g'", "'gg'"));
        String hex = HexFormat.of().formatHex(line).replace("226767", "22ff67");
        unreadable(() -> JsonRecords.envelope(HexFormat.of().parseHex(hex)));
    }

    @Test
    void unknownFieldsMayHaveAnySize() throws MalformedRecordException {
        String deep = "[".repeat(5_000) + "]".repeat(5_000);
        String line = JOB.replace("'at'", "'x':%s,'y':%s,'at'".formatted(deep, "9".repeat(5_000)));
        assertThat(JsonRecords.jobEvent(line(line)).getAt()).isEqualTo(1);
    }

    private static void unreadable(ThrowingCallable read) {
        assertThatThrownBy(read).isInstanceOfSatisfying(MalformedRecordException.class, e -> assertThat(e.reason())
                .isEqualTo("UNREADABLE"));
    }
}
