package io.ocos.rewardssettlement.io;

import io.ocos.rewardssettlement.contracts.NodeRegistry;
import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.domain.NodeRegistration;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.Secp256k1Keys;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.web3j.protocol.exceptions.TransactionException;
import org.web3j.utils.Numeric;

/** Registers nodes and handles their stake with one operator's key. */
public final class NodeRegistryClient {

    /** Nodes per transaction: about 10 million gas. */
    private static final int BATCH_NODES = 40;

    private final EvmClient client;
    private final Deployment deployment;
    private final NodeRegistry registry;
    private final OcosToken token;

    public NodeRegistryClient(EvmClient client, Deployment deployment) {
        this.client = client;
        this.deployment = deployment;
        this.registry = NodeRegistry.load(
                deployment.registry().toString(), client.web3j(), client.transactions(), client.gas());
        this.token = OcosToken.load(deployment.token().toString(), client.web3j(), client.transactions(), client.gas());
    }

    /**
     * A node that is registered with a first stake.
     *
     * @param signature by the node's key, 0x-hex; see {@link #sign}
     * @param stake 0 for none
     */
    public record Enrollment(NodeRegistration registration, String signature, TokenAmount stake) {}

    /** The contract, for single calls. */
    public NodeRegistry registry() {
        return registry;
    }

    /** The token that is staked, for single calls. */
    public OcosToken token() {
        return token;
    }

    /**
     * The consent of a node's key, for a registry.
     *
     * @param nodeKey the node's private key, 32 bytes
     */
    public static Enrollment sign(
            NodeRegistration registration, TokenAmount stake, byte[] nodeKey, Deployment deployment) {
        byte[] digest = registration.digest(deployment.chainId(), deployment.registry());
        return new Enrollment(registration, Hex.format(Secp256k1Keys.sign(digest, nodeKey)), stake);
    }

    /**
     * Registers nodes and stakes the caller's tokens for them, many in one transaction.
     *
     * @throws RevertedException when the registry refuses one of them; then nothing was registered
     */
    public void enroll(List<Enrollment> enrollments) throws IOException, TransactionException {
        BigInteger total =
                enrollments.stream().map(entry -> entry.stake().wei()).reduce(BigInteger.ZERO, BigInteger::add);
        if (total.signum() > 0) {
            client.sendAll(
                    deployment.token(),
                    List.of(token.approve(deployment.registry().toString(), total)
                            .encodeFunctionCall()));
        }
        List<String> transactions = new ArrayList<>();
        for (int from = 0; from < enrollments.size(); from += BATCH_NODES) {
            List<Enrollment> batch = enrollments.subList(from, Math.min(from + BATCH_NODES, enrollments.size()));
            List<byte[]> calls =
                    batch.stream().flatMap(entry -> calls(entry).stream()).toList();
            transactions.add(registry.multicall(calls).encodeFunctionCall());
        }
        client.sendAll(deployment.registry(), transactions);
    }

    private List<byte[]> calls(Enrollment enrollment) {
        NodeRegistration registration = enrollment.registration();
        String node = registration.node().toString();
        List<byte[]> calls = new ArrayList<>();
        calls.add(Numeric.hexStringToByteArray(registry.register(
                        node,
                        registration.owner().toString(),
                        registration.type().onChain().toBytes(),
                        registration.capacityUnits(),
                        BigInteger.valueOf(registration.deadline()),
                        Hex.parse(enrollment.signature()))
                .encodeFunctionCall()));
        if (enrollment.stake().wei().signum() > 0) {
            calls.add(Numeric.hexStringToByteArray(
                    registry.stake(node, enrollment.stake().wei()).encodeFunctionCall()));
        }
        return calls;
    }
}
