package io.ocos.schemas.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.BigRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenAmountTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-0",
                "-1",
                "+1",
                "01",
                "1.0",
                "1e3",
                " 1",
                "0x1",
                "١",
                "115792089237316195423570985008687907853269984665640564039457584007913129639936"
            })
    void refuses(String text) {
        assertThatThrownBy(() -> TokenAmount.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theLargestIsReadAndOneMoreThrows() {
        assertThat(TokenAmount.parse(TokenAmount.MAX.toString())).isEqualTo(TokenAmount.MAX);
        assertThatThrownBy(() -> TokenAmount.MAX.plus(TokenAmount.wei(1))).isInstanceOf(IllegalArgumentException.class);
        assertThat(TokenAmount.MAX.plusSaturating(TokenAmount.wei(1))).isEqualTo(TokenAmount.MAX);
    }

    @Property
    void textAndBytesRoundTrip(@ForAll @BigRange(min = "0") BigInteger wei) {
        TokenAmount amount = new TokenAmount(wei);
        assertThat(TokenAmount.parse(amount.toString())).isEqualTo(amount);
        assertThat(TokenAmount.of(amount.toBytes())).isEqualTo(amount);
    }

    @Test
    void forPeople() {
        assertThat(TokenAmount.parse("1500000000000000000").toOcos()).isEqualTo("1.5");
        assertThat(TokenAmount.ocos(1000).toOcos()).isEqualTo("1000");
    }
}
