package io.ocos.ingest.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.ingest.io.NodeKeys.Strength;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.io.Secp256k1Keys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeKeysTest {

    /** Test vector of the Web3 Secret Storage definition (ethereum.org), PBKDF2. */
    private static final String OFFICIAL = """
            {"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},
            "ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2",
            "kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256",
            "salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
            "mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},
            "id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}
            """;

    @TempDir
    Path directory;

    @Test
    void keystoreRoundTrip() throws Exception {
        NodeKeys keys = NodeKeys.generate();
        Path keystore = directory.resolve("keys/node.json");
        keys.save(keystore, "a pass phrase", Strength.LIGHT);
        Path passwordFile = Files.writeString(directory.resolve("password"), "a pass phrase\n");

        NodeKeys loaded = NodeKeys.load(keystore, passwordFile);

        assertThat(loaded.address()).isEqualTo(keys.address());
        assertThat(NodeKeys.addressOf(keystore)).isEqualTo(keys.address());
        byte[] digest = Keccak.hash(new byte[] {1});
        assertThat(Secp256k1Keys.recover(digest, loaded.sign(digest))).contains(keys.address());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keystore)))
                .isEqualTo("rw-------");
        assertThat(Files.readString(keystore))
                .doesNotContain(Hex.format(keys.privateKey()).substring(2));
        assertThat(keys).hasToString(keys.address().toString());
    }

    @Test
    void opensTheOfficialTestVector() throws Exception {
        Path keystore = Files.writeString(directory.resolve("official.json"), OFFICIAL);

        NodeKeys keys = NodeKeys.load(keystore, "testpassword");

        assertThat(Hex.format(keys.privateKey()))
                .isEqualTo("0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d");
        assertThat(keys.address()).isEqualTo(Address.parse("0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b"));
    }

    @Test
    void wrongPasswordIsOneClearLine() {
        Path keystore = directory.resolve("node.json");
        NodeKeys.generate().save(keystore, "right", Strength.LIGHT);

        assertThatThrownBy(() -> NodeKeys.load(keystore, "wrong"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("keystore %s: wrong password", keystore);
    }

    @Test
    void neverOverwritesAKey() {
        Path keystore = directory.resolve("node.json");
        NodeKeys first = NodeKeys.generate();
        first.save(keystore, "p", Strength.LIGHT);

        assertThatThrownBy(() -> NodeKeys.generate().save(keystore, "p", Strength.LIGHT))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("never overwritten");
        assertThat(NodeKeys.addressOf(keystore)).isEqualTo(first.address());
    }

    @Test
    void unusableFilesAreOneClearLine() throws Exception {
        Path noKeystore = Files.writeString(directory.resolve("no.json"), "{\"version\":3}");
        Path noJson = Files.writeString(directory.resolve("text"), "not json");
        Path empty = Files.writeString(directory.resolve("empty"), "\n");
        Path absent = directory.resolve("absent");
        Path huge = directory.resolve("huge.json");
        NodeKeys.generate().save(huge, "p", Strength.LIGHT);
        Files.writeString(huge, Files.readString(huge).replace("\"n\":4096", "\"n\":1073741824"));

        assertThatThrownBy(() -> NodeKeys.load(noKeystore, "p"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("Web3 Secret Storage");
        assertThatThrownBy(() -> NodeKeys.load(noJson, "p"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("Web3 Secret Storage");
        assertThatThrownBy(() -> NodeKeys.load(absent, "p"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("no such file");
        assertThatThrownBy(() -> NodeKeys.readPassword(empty))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("is empty");
        assertThatThrownBy(() -> NodeKeys.load(huge, "p"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("-Xmx");
    }

    @Test
    void refusesPrivateKeysOutsideTheGroup() {
        assertThatThrownBy(() -> NodeKeys.of(new byte[32])).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> NodeKeys.of(new byte[31])).isInstanceOf(IllegalArgumentException.class);
        byte[] order = Hex.parse("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
        assertThatThrownBy(() -> NodeKeys.of(order)).isInstanceOf(IllegalArgumentException.class);
    }
}
