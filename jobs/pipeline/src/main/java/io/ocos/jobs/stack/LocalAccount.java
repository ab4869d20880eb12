package io.ocos.jobs.stack;

import io.ocos.ingest.io.NodeKeys;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hex;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Who acts on the local chain: the development accounts of anvil (and of Hardhat), in order, which have coin for gas there.
 * Their keys are public, so they are worth something there only. A key of its own for each process that sends transactions, and
 * for each role that a person has; {@code keys/NAME.json} in the stack's directory.
 */
public enum LocalAccount {
    /** Deploys and enrolls, and has no role afterwards. */
    DEPLOYER("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"),
    SLASHER("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
    /** The submitter's. */
    PROPOSER("0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"),
    /** Of the DAO: vetoes, pauses, withholds, adjusts. */
    GUARDIAN("0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"),
    SETTLER("0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a"),
    CHALLENGER("0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba"),
    /** Of the DAO: holds a tenth of the supply and votes with it. */
    MEMBER("0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e"),
    /** Of this machine's own node: each stack makes another one, and gives it coin for gas. */
    OWNER(null);

    private final @Nullable String privateKey;

    LocalAccount(@Nullable String privateKey) {
        this.privateKey = privateKey;
    }

    /** Whether it is one of the chain's own, the same in each stack. */
    boolean isOfChain() {
        return privateKey != null;
    }

    /** The key of an account of the chain. */
    NodeKeys keys() {
        if (privateKey == null) {
            throw new IllegalStateException(name() + " is no account of the chain");
        }
        return NodeKeys.of(Hex.parse(privateKey));
    }

    Address address() {
        return keys().address();
    }

    byte[] privateKey() {
        return keys().privateKey();
    }

    /** Name of its keystore in the stack's directory. */
    String keystore() {
        return name().toLowerCase(Locale.ROOT) + ".json";
    }

    /**
     * Its key in a stack.
     *
     * @throws ConfigException when the stack was never started, or is of a version without this account
     */
    public NodeKeys load(StackDirectory directory) {
        return NodeKeys.load(directory.key(keystore()), directory.key(StackParts.PASSWORD));
    }
}
