package io.ocos.schemas.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {

    @ParameterizedTest
    @ValueSource(
            strings = { // the examples of EIP-55
                "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
                "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
                "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
                "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"
            })
    void readsChecksummed(String text) {
        Address address = Address.parse(text);
        assertThat(address.toChecksummed()).isEqualTo(text);
        assertThat(address).hasToString(text.toLowerCase(Locale.ROOT));
        assertThat(Address.parse("0x" + text.substring(2).toUpperCase(Locale.ROOT)))
                .isEqualTo(address);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0x",
                "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
                "0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
                "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
                "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae",
                "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaedd",
                "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae\u0000",
                "0x5аaeb6053f3e94c9b9a09f33669435e7ef1beaed"
            })
    void refusesAnythingElse(String text) {
        assertThatThrownBy(() -> Address.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("address");
    }

    @Test
    void aLongTextIsShortenedInTheMessage() {
        assertThatThrownBy(() -> Address.parse("x".repeat(1 << 20)))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
    }

    @Property
    void orderIsThatOfUnsignedBytes(@ForAll @Size(20) byte[] x, @ForAll @Size(20) byte[] y) {
        assertThat(Integer.signum(Address.of(x).compareTo(Address.of(y))))
                .isEqualTo(Integer.signum(Arrays.compareUnsigned(x, y)));
        assertThat(Address.of(x).toBytes()).isEqualTo(x);
    }

    @Property
    void valuesOf32BytesAreOrderedAlike(@ForAll @Size(32) byte[] x, @ForAll @Size(32) byte[] y) {
        assertThat(Integer.signum(Hash32.of(x).compareTo(Hash32.of(y))))
                .isEqualTo(Integer.signum(Arrays.compareUnsigned(x, y)));
        assertThat(Hash32.of(x).toBytes()).isEqualTo(x);
    }
}
