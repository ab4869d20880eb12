package io.ocos.schemas.domain;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MinutesTest {

    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "59,1", "60,1", "61,2", "120,2"})
    void anEventActsFromTheFirstMinuteThatBeginsAtOrAfterIt(long blockTime, long minute) {
        assertThat(Minutes.effective(blockTime)).isEqualTo(minute);
    }

    @ParameterizedTest
    @CsvSource({"0,0,0", "9999,0,0", "10000,0,1", "59999,0,5", "60000,1,0"})
    void slots(long millis, long minute, int slot) {
        assertThat(Minutes.of(millis)).isEqualTo(minute);
        assertThat(Minutes.slot(millis)).isEqualTo(slot);
    }
}
