package io.ocos.schemas.io;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Keccak;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

class Secp256k1KeysTest {

    private static final BigInteger ORDER =
            new BigInteger("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16);
    /** keccak256("cow"), the key of the example in EIP-712. */
    private static final byte[] COW = Keccak.hash("cow".getBytes(StandardCharsets.US_ASCII));

    @Example
    void addressOfTheCow() {
        assertThat(Secp256k1Keys.address(COW)).isEqualTo(Address.parse("0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"));
    }

    @Property(tries = 100)
    void recoversWhatWasSignedAndRefusesItsTwins(@ForAll @Size(32) byte[] digest) {
        byte[] signature = Secp256k1Keys.sign(digest, COW);
        assertThat(Secp256k1Keys.recover(digest, signature)).contains(Secp256k1Keys.address(COW));

        byte[] highS = signature.clone();
        byte[] s = ORDER.subtract(new BigInteger(1, Arrays.copyOfRange(signature, 32, 64)))
                .toByteArray();
        System.arraycopy(s, s.length - 32, highS, 32, 32);
        highS[64] = (byte) (27 + 28 - signature[64]);
        assertThat(Secp256k1Keys.recover(digest, highS)).isEmpty();

        for (int v : new int[] {0, 1, 26, 29, 255}) {
            byte[] wrong = signature.clone();
            wrong[64] = (byte) v;
            assertThat(Secp256k1Keys.recover(digest, wrong)).isEmpty();
        }
        for (int from : new int[] {0, 32}) {
            byte[] zero = signature.clone();
            Arrays.fill(zero, from, from + 32, (byte) 0);
            assertThat(Secp256k1Keys.recover(digest, zero)).isEmpty();
            byte[] large = signature.clone();
            Arrays.fill(large, from, from + 32, (byte) 0xff);
            assertThat(Secp256k1Keys.recover(digest, large)).isEmpty();
        }
        assertThat(Secp256k1Keys.recover(digest, Arrays.copyOf(signature, 64))).isEmpty();
        assertThat(Secp256k1Keys.recover(digest, Arrays.copyOf(signature, 66))).isEmpty();
    }
}
