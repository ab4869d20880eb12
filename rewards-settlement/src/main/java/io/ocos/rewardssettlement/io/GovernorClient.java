package io.ocos.rewardssettlement.io;

import io.ocos.rewardssettlement.contracts.OcosGovernor;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Keccak;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.web3j.protocol.core.RemoteFunctionCall;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.utils.Numeric;

/** Takes proposals of the DAO through their steps with one voter's key: propose, vote, queue, execute. */
public final class GovernorClient {

    private final OcosGovernor contract;

    public GovernorClient(EvmClient client, Deployment deployment) {
        this.contract = OcosGovernor.load(
                deployment.governor().toString(), client.web3j(), client.transactions(), client.gas());
    }

    /**
     * A call that the timelock makes.
     *
     * @param call encoded, 0x-hex
     */
    public record Action(Address target, String call) {}

    /**
     * What is proposed. The same actions with the same description are the same proposal.
     *
     * @param description for people; names the proposal, beside its actions
     */
    public record Proposal(List<Action> actions, String description) {

        public Proposal {
            actions = List.copyOf(actions);
        }

        private List<String> targets() {
            return actions.stream().map(action -> action.target().toString()).toList();
        }

        private List<BigInteger> values() {
            return Collections.nCopies(actions.size(), BigInteger.ZERO);
        }

        private List<byte[]> calls() {
            return actions.stream()
                    .map(action -> Numeric.hexStringToByteArray(action.call()))
                    .toList();
        }

        private byte[] descriptionHash() {
            return Keccak.hash(description.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Where a proposal stands; in the order of the contract. */
    public enum State {
        PENDING,
        ACTIVE,
        CANCELED,
        DEFEATED,
        SUCCEEDED,
        QUEUED,
        EXPIRED,
        EXECUTED
    }

    /** A vote. */
    public enum Support {
        AGAINST(0),
        FOR(1),
        ABSTAIN(2);

        private final int onChain;

        Support(int onChain) {
            this.onChain = onChain;
        }
    }

    /** The contract, for single calls. */
    public OcosGovernor contract() {
        return contract;
    }

    /** The id that a proposal has, also before it is made. */
    public BigInteger id(Proposal proposal) throws Exception {
        return hash(proposal).send();
    }

    /** The question for its id. */
    RemoteFunctionCall<BigInteger> hash(Proposal proposal) {
        return contract.hashProposal(
                proposal.targets(), proposal.values(), proposal.calls(), proposal.descriptionHash());
    }

    /** Where a proposal stands. */
    public State state(BigInteger id) throws Exception {
        return state(contract.state(id).send().intValueExact());
    }

    /** The state that the contract means by a number. */
    static State state(int onChain) {
        return State.values()[onChain];
    }

    /** Proposes; votes are counted as they stand when the voting delay ends. */
    public RemoteFunctionCall<TransactionReceipt> propose(Proposal proposal) {
        return contract.propose(proposal.targets(), proposal.values(), proposal.calls(), proposal.description());
    }

    /** Votes. */
    public RemoteFunctionCall<TransactionReceipt> vote(BigInteger id, Support support) {
        return contract.castVote(id, BigInteger.valueOf(support.onChain));
    }

    /** Schedules what was decided; the timelock's delay begins. */
    public RemoteFunctionCall<TransactionReceipt> queue(Proposal proposal) {
        return contract.queue(proposal.targets(), proposal.values(), proposal.calls(), proposal.descriptionHash());
    }

    /** Does what was decided, after the delay. */
    public RemoteFunctionCall<TransactionReceipt> execute(Proposal proposal) {
        return contract.execute(
                proposal.targets(), proposal.values(), proposal.calls(), proposal.descriptionHash(), BigInteger.ZERO);
    }
}
