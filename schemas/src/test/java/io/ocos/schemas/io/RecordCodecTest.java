package io.ocos.schemas.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.domain.Address;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RecordCodecTest {

    private static final NodeMinute RECORD = new NodeMinute(29_833_333L, AvroValues.avro(Address.ZERO), "AI", 6);

    @Test
    void readsWhatItWrote() throws MalformedRecordException {
        assertThat(RecordCodec.decode(RecordCodec.encode(RECORD))).isEqualTo(RECORD);
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] encoded = RecordCodec.encode(RECORD);
        for (int length = 0; length < encoded.length; length++) {
            byte[] cut = Arrays.copyOf(encoded, length);
            assertThatThrownBy(() -> RecordCodec.decode(cut)).isInstanceOf(MalformedRecordException.class);
        }
    }

    @Test
    void bytesLeftOverAnUnknownFingerprintAndAnotherTypeAreNamed() {
        byte[] encoded = RecordCodec.encode(RECORD);
        assertThatThrownBy(() -> RecordCodec.decode(Arrays.copyOf(encoded, encoded.length + 1)))
                .isInstanceOfSatisfying(MalformedRecordException.class, e -> assertThat(e.reason())
                        .isEqualTo("TRAILING_BYTES"));
        byte[] foreign = encoded.clone();
        foreign[2] ^= 1;
        assertThatThrownBy(() -> RecordCodec.decode(foreign))
                .isInstanceOfSatisfying(MalformedRecordException.class, e -> assertThat(e.reason())
                        .isEqualTo("UNKNOWN_SCHEMA"));
        assertThatThrownBy(() -> RecordCodec.decode(encoded, TelemetryTick.class))
                .isInstanceOfSatisfying(MalformedRecordException.class, e -> assertThat(e.reason())
                        .isEqualTo("WRONG_TYPE"));
    }
}
