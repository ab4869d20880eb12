package io.ocos.ingest.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.io.Secp256k1Keys;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Set;
import org.web3j.crypto.ECKeyPair;
import org.web3j.crypto.Wallet;
import org.web3j.crypto.WalletFile;
import org.web3j.crypto.exception.CipherException;
import org.web3j.utils.Numeric;

/**
 * A secp256k1 key of a node or gateway, kept in an encrypted Web3 Secret Storage file (version 3), the format of geth,
 * clef and most wallets. The private key is never printed.
 */
public final class NodeKeys {

    /** How costly the file's password is to try out; both are the usual values of wallets. */
    public enum Strength {
        /** scrypt N = 262 144: 256 MiB and about a second to open. */
        STANDARD,
        /** scrypt N = 4 096: 4 MiB; for simulated nodes and local stacks. */
        LIGHT
    }

    private static final ObjectMapper JSON =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
    private static final BigInteger ORDER =
            new BigInteger("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16);

    private final byte[] privateKey;
    private final Address address;

    private NodeKeys(byte[] privateKey) {
        this.privateKey = privateKey;
        this.address = Secp256k1Keys.address(privateKey);
    }

    /**
     * The key of a 32-byte private key.
     *
     * @throws IllegalArgumentException when it is not in 1 … n − 1
     */
    public static NodeKeys of(byte[] privateKey) {
        BigInteger value = new BigInteger(1, privateKey);
        if (privateKey.length != 32 || value.signum() == 0 || value.compareTo(ORDER) >= 0) {
            throw new IllegalArgumentException(
                    "private key of %d bytes: expected 32 bytes, as a number in 1 … n − 1 of secp256k1"
                            .formatted(privateKey.length));
        }
        return new NodeKeys(privateKey.clone());
    }

    /** A new random key. */
    public static NodeKeys generate() {
        SecureRandom random = new SecureRandom();
        byte[] bytes = new byte[32];
        BigInteger value;
        do {
            random.nextBytes(bytes);
            value = new BigInteger(1, bytes);
        } while (value.signum() == 0 || value.compareTo(ORDER) >= 0);
        return new NodeKeys(bytes);
    }

    /**
     * Opens a keystore file with the password in another file (one line break at its end is not part of it).
     *
     * @throws ConfigException in one line: no such file, no keystore, wrong password, or too little memory to open it
     */
    public static NodeKeys load(Path keystore, Path passwordFile) {
        return load(keystore, readPassword(passwordFile));
    }

    /** As {@link #load(Path, Path)}, the password given. */
    public static NodeKeys load(Path keystore, String password) {
        WalletFile wallet = read(keystore);
        requireMemory(keystore, wallet);
        try {
            ECKeyPair pair = Wallet.decrypt(password, wallet);
            return of(Numeric.toBytesPadded(pair.getPrivateKey(), 32));
        } catch (CipherException | RuntimeException e) {
            throw new ConfigException(
                    "keystore %s: %s"
                            .formatted(
                                    keystore,
                                    "Invalid password provided".equals(e.getMessage())
                                            ? "wrong password"
                                            : "cannot be opened: " + e.getMessage()),
                    e);
        }
    }

    /** The address that a keystore file says it holds, without opening it; unproven until it is opened. */
    public static Address addressOf(Path keystore) {
        String address = read(keystore).getAddress();
        if (address == null) {
            throw new ConfigException(
                    "keystore %s: names no address; it must be opened to know it".formatted(keystore));
        }
        try {
            return Address.parse(address.startsWith("0x") ? address : "0x" + address);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("keystore %s: %s".formatted(keystore, e.getMessage()), e);
        }
    }

    /**
     * Reads a password: the file's text without one line break at its end.
     *
     * @throws ConfigException when it cannot be read or is empty
     */
    public static String readPassword(Path passwordFile) {
        String text;
        try {
            text = Files.readString(passwordFile);
        } catch (IOException e) {
            throw new ConfigException("passwordFile %s: no such file, or it cannot be read".formatted(passwordFile), e);
        }
        String password = text.replaceFirst("\\r?\\n\\z", "");
        if (password.isEmpty()) {
            throw new ConfigException(
                    "passwordFile %s: is empty, expected the keystore's password".formatted(passwordFile));
        }
        return password;
    }

    /**
     * Writes an encrypted keystore file, readable by its owner only.
     *
     * @throws ConfigException when the file exists (a key is never overwritten) or cannot be written
     */
    public void save(Path keystore, String password, Strength strength) {
        try {
            ECKeyPair pair = ECKeyPair.create(privateKey);
            WalletFile wallet = strength == Strength.LIGHT
                    ? Wallet.createLight(password, pair)
                    : Wallet.createStandard(password, pair);
            Path directory = keystore.toAbsolutePath().getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
            try (var channel = Files.newByteChannel(
                    keystore, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly)) {
                channel.write(StandardCharsets.UTF_8.encode(JSON.writeValueAsString(wallet) + "\n"));
            }
        } catch (FileAlreadyExistsException e) {
            throw new ConfigException("keystore %s: exists; a key is never overwritten".formatted(keystore), e);
        } catch (IOException | CipherException e) {
            throw new ConfigException("keystore %s: cannot be written: %s".formatted(keystore, e.getMessage()), e);
        }
    }

    /** The address of the public key. */
    public Address address() {
        return address;
    }

    /** A copy of the 32 bytes of the private key. */
    public byte[] privateKey() {
        return privateKey.clone();
    }

    /** Signs a 32-byte digest: r ‖ s ‖ v, 65 bytes (SPEC 3, E1). */
    public byte[] sign(byte[] digest) {
        return Secp256k1Keys.sign(digest, privateKey);
    }

    /** The address; never the key. */
    @Override
    public String toString() {
        return address.toString();
    }

    private static WalletFile read(Path keystore) {
        try {
            WalletFile wallet = JSON.readValue(Files.readAllBytes(keystore), WalletFile.class);
            if (wallet == null || wallet.getCrypto() == null || wallet.getVersion() != 3) {
                throw new ConfigException(
                        "keystore %s: expected an encrypted Web3 Secret Storage file of version 3".formatted(keystore));
            }
            return wallet;
        } catch (JsonProcessingException e) {
            throw new ConfigException(
                    "keystore %s: is no Web3 Secret Storage file: %s".formatted(keystore, e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new ConfigException("keystore %s: no such file, or it cannot be read".formatted(keystore), e);
        }
    }

    /** scrypt takes 128·N·r bytes at once: better one clear line than an OutOfMemoryError. */
    private static void requireMemory(Path keystore, WalletFile wallet) {
        if (wallet.getCrypto().getKdfparams() instanceof WalletFile.ScryptKdfParams scrypt) {
            long needed = 128L * scrypt.getN() * scrypt.getR();
            long available = Runtime.getRuntime().maxMemory();
            if (needed > available * 9 / 10) {
                throw new ConfigException(
                        "keystore %s: needs %d MiB to open (scrypt n = %d, r = %d), this process has at most %d MiB; start it with a larger -Xmx"
                                .formatted(keystore, needed >> 20, scrypt.getN(), scrypt.getR(), available >> 20));
            }
        }
    }
}
