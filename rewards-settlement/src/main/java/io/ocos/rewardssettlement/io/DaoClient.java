package io.ocos.rewardssettlement.io;

import io.ocos.rewardssettlement.contracts.OcosGovernor;
import io.ocos.rewardssettlement.contracts.OcosToken;
import io.ocos.rewardssettlement.contracts.ParameterStore;
import io.ocos.rewardssettlement.contracts.RewardsSettlement;
import io.ocos.rewardssettlement.io.GovernorClient.Action;
import io.ocos.rewardssettlement.io.GovernorClient.Proposal;
import io.ocos.rewardssettlement.io.GovernorClient.State;
import io.ocos.rewardssettlement.io.GovernorClient.Support;
import io.ocos.rewardssettlement.io.OperatorClient.Done;
import io.ocos.rewardssettlement.io.OperatorClient.Intent;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.web3j.abi.EventEncoder;
import org.web3j.abi.FunctionReturnDecoder;
import org.web3j.abi.TypeReference;
import org.web3j.abi.datatypes.Type;
import org.web3j.abi.datatypes.generated.Bytes32;
import org.web3j.abi.datatypes.generated.Uint256;
import org.web3j.protocol.core.methods.response.Log;
import org.web3j.tuples.generated.Tuple3;
import org.web3j.utils.Numeric;

/**
 * Proposals of the DAO, from the first word to their effect. The chain is the only record of them: what was proposed is read
 * from the governor's events. What a step cannot do yet is refused with when it can. Not for use by several threads.
 */
public final class DaoClient {

    private static final int SELECTOR_LENGTH = 10;

    /**
     * A proposal as it stands.
     *
     * @param votingFrom votes count as they were delegated then
     * @param executableFrom when the timelock's delay ends; empty before it is queued
     * @param quorum votes for and abstentions that it takes
     */
    public record View(
            BigInteger id,
            Proposal proposal,
            Address proposer,
            State state,
            Instant votingFrom,
            Instant votingUntil,
            Optional<Instant> executableFrom,
            TokenAmount votesFor,
            TokenAmount votesAgainst,
            TokenAmount votesAbstain,
            TokenAmount quorum) {}

    private final OperatorClient client;
    private final Deployment deployment;
    private final GovernorClient governor;
    private final OcosToken token;
    private final ParameterStore parameters;
    private final RewardsSettlement settlement;

    public DaoClient(OperatorClient client) {
        this.client = client;
        this.deployment = client.deployment();
        EvmClient evm = client.evm();
        this.governor = new GovernorClient(evm, deployment);
        this.token = OcosToken.load(deployment.token().toString(), evm.web3j(), evm.transactions(), evm.gas());
        this.parameters =
                ParameterStore.load(deployment.parameters().toString(), evm.web3j(), evm.transactions(), evm.gas());
        this.settlement =
                RewardsSettlement.load(deployment.settlement().toString(), evm.web3j(), evm.transactions(), evm.gas());
    }

    // What can be proposed.

    /** A parameter of the reward rules (SPEC 4) gets a value, from the first full minute after its execution on. */
    public Action setParameter(String name, BigInteger value) {
        return new Action(
                deployment.parameters(),
                parameters.set(Hash32.ofName(name).toBytes(), value).encodeFunctionCall());
    }

    /** Batches may take so much of the treasury from then on, whatever was approved before. */
    public Action approve(TokenAmount amount) {
        return new Action(
                deployment.token(),
                token.approve(deployment.settlement().toString(), amount.wei()).encodeFunctionCall());
    }

    /** Totals of batches may rise by so much per epoch. */
    public Action setEpochCap(TokenAmount cap) {
        return new Action(
                deployment.settlement(), settlement.setEpochCap(cap.wei()).encodeFunctionCall());
    }

    /** Batches that are proposed from then on wait so long. */
    public Action setChallengePeriod(long seconds) {
        return new Action(
                deployment.settlement(),
                settlement.setChallengePeriod(BigInteger.valueOf(seconds)).encodeFunctionCall());
    }

    /** An action in words. */
    public String describe(Action action) {
        String selector = action.call().length() < SELECTOR_LENGTH
                ? action.call()
                : action.call().substring(0, SELECTOR_LENGTH);
        if (action.target().equals(deployment.parameters())
                && selector.equals(selector(setParameter("any", BigInteger.ONE)))) {
            List<Object> values = decode(action, new TypeReference<Bytes32>() {}, new TypeReference<Uint256>() {});
            String name = new String((byte[]) values.get(0), StandardCharsets.US_ASCII).replace("\0", "");
            return "%s = %s".formatted(name, values.get(1));
        }
        if (action.target().equals(deployment.token()) && selector.equals(selector(approve(TokenAmount.ZERO)))) {
            List<Object> values = decode(
                    action, new TypeReference<org.web3j.abi.datatypes.Address>() {}, new TypeReference<Uint256>() {});
            return "%s may take %s OCOS of the treasury"
                    .formatted(
                            deployment.settlement().toString().equals(values.get(0))
                                    ? "RewardsSettlement"
                                    : values.get(0),
                            new TokenAmount((BigInteger) values.get(1)).toOcos());
        }
        if (action.target().equals(deployment.settlement())) {
            if (selector.equals(selector(setEpochCap(TokenAmount.ZERO)))) {
                return "epoch cap = %s OCOS"
                        .formatted(new TokenAmount((BigInteger) decode(action, new TypeReference<Uint256>() {})
                                        .get(0))
                                .toOcos());
            }
            if (selector.equals(selector(setChallengePeriod(0)))) {
                return "challenge period = %s s"
                        .formatted(
                                decode(action, new TypeReference<Uint256>() {}).get(0));
            }
        }
        String name = deployment.contracts().entrySet().stream()
                .filter(entry -> entry.getValue().equals(action.target()))
                .findFirst()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .orElse(action.target().toString());
        return "call of %s: %s".formatted(name, action.call());
    }

    private static String selector(Action action) {
        return action.call().substring(0, SELECTOR_LENGTH);
    }

    @SuppressWarnings({"rawtypes", "unchecked"}) // web3j's own signatures.
    private static List<Object> decode(Action action, TypeReference<?>... types) {
        List<TypeReference<Type>> expected = new ArrayList<>();
        for (TypeReference<?> type : types) {
            expected.add((TypeReference<Type>) (TypeReference) type);
        }
        List<Object> values = new ArrayList<>();
        FunctionReturnDecoder.decode("0x" + action.call().substring(SELECTOR_LENGTH), expected)
                .forEach(value -> values.add(value.getValue()));
        return values;
    }

    /** What a parameter was last set to; {@code its default} before. */
    public String parameter(String name) {
        List<Log> set = client.logs(
                deployment.parameters(),
                EventEncoder.encode(ParameterStore.PARAMETERSET_EVENT),
                Hash32.ofName(name).toString());
        return set.isEmpty()
                ? "its default"
                : ParameterStore.getParameterSetEventFromLog(set.get(set.size() - 1))
                        .value
                        .toString();
    }

    // What was proposed.

    /** All proposals, newest first. */
    public List<View> proposals() {
        List<View> views = new ArrayList<>();
        for (Log log : client.logs(deployment.governor(), EventEncoder.encode(OcosGovernor.PROPOSALCREATED_EVENT))) {
            views.add(view(OcosGovernor.getProposalCreatedEventFromLog(log)));
        }
        Collections.reverse(views);
        return views;
    }

    /** The proposal of an id; empty when there is none. */
    public Optional<View> find(BigInteger id) {
        return proposals().stream().filter(view -> view.id().equals(id)).findFirst();
    }

    private View view(OcosGovernor.ProposalCreatedEventResponse created) {
        List<Action> actions = new ArrayList<>();
        for (int i = 0; i < created.targets.size(); i++) {
            actions.add(
                    new Action(Address.parse(created.targets.get(i)), Numeric.toHexString(created.calldatas.get(i))));
        }
        OcosGovernor contract = governor.contract();
        BigInteger id = created.proposalId;
        Tuple3<BigInteger, BigInteger, BigInteger> votes = client.ask(contract.proposalVotes(id));
        BigInteger eta = client.ask(contract.proposalEta(id));
        BigInteger now = BigInteger.valueOf(client.now().getEpochSecond());
        BigInteger quorumAt = created.voteStart.min(now.subtract(BigInteger.ONE));
        return new View(
                id,
                new Proposal(actions, created.description),
                Address.parse(created.proposer),
                GovernorClient.state(client.ask(contract.state(id)).intValueExact()),
                instant(created.voteStart),
                instant(created.voteEnd),
                eta.signum() == 0 ? Optional.empty() : Optional.of(instant(eta)),
                new TokenAmount(votes.component2()),
                new TokenAmount(votes.component1()),
                new TokenAmount(votes.component3()),
                new TokenAmount(client.ask(contract.quorum(quorumAt))));
    }

    private static Instant instant(BigInteger seconds) {
        return Instant.ofEpochSecond(seconds.longValueExact());
    }

    // What is done about it.

    /**
     * Proposes; the votes that count are those that are delegated when the voting delay ends.
     *
     * @return its id
     * @throws RefusedException when the account has too few votes to propose, or the same was proposed before
     */
    public BigInteger propose(List<Action> actions, String description, Consumer<String> progress) {
        Proposal proposal = new Proposal(actions, description);
        BigInteger id = idOf(proposal);
        if (find(id).isPresent()) {
            throw new RefusedException("the same was proposed before, as %s; give another description".formatted(id));
        }
        client.send(
                Intent.ofAnyone(
                        "proposal '%s'".formatted(description), deployment.governor(), governor.propose(proposal)),
                progress);
        return id;
    }

    /** The id that a proposal has or would have. */
    public BigInteger idOf(Proposal proposal) {
        return client.ask(governor.hash(proposal));
    }

    /** Votes, with all votes that the account had when voting began. */
    public Done vote(View view, Support support, Consumer<String> progress) {
        require(view, State.ACTIVE, view.state() == State.PENDING ? "voting begins at " + view.votingFrom() : "");
        TokenAmount votes = new TokenAmount(client.ask(governor.contract()
                .getVotes(
                        client.address().toString(),
                        BigInteger.valueOf(view.votingFrom().getEpochSecond()))));
        if (votes.wei().signum() == 0) {
            throw new RefusedException(
                    "%s had no votes at %s: OCOS count only when they are delegated before voting begins"
                            .formatted(client.address(), view.votingFrom()));
        }
        return client.send(
                Intent.ofAnyone(
                        "vote %s with %s OCOS".formatted(support, votes.toOcos()),
                        deployment.governor(),
                        governor.vote(view.id(), support)),
                progress);
    }

    /** Whether the account has voted on it. */
    public boolean hasVoted(View view) {
        return client.ask(
                governor.contract().hasVoted(view.id(), client.address().toString()));
    }

    /** Schedules what was decided. */
    public Done queue(View view, Consumer<String> progress) {
        require(
                view,
                State.SUCCEEDED,
                view.state() == State.PENDING || view.state() == State.ACTIVE
                        ? "voting ends at " + view.votingUntil()
                        : "");
        return client.send(Intent.ofAnyone("queue", deployment.governor(), governor.queue(view.proposal())), progress);
    }

    /** Does what was decided, once its delay is over. */
    public Done execute(View view, Consumer<String> progress) {
        require(view, State.QUEUED, "");
        Instant now = client.now();
        Instant from = view.executableFrom().orElse(now);
        if (now.isBefore(from)) {
            throw new RefusedException(
                    "proposal %s is QUEUED; it can be executed from %s on".formatted(view.id(), from));
        }
        return client.send(
                Intent.ofAnyone("execution", deployment.governor(), governor.execute(view.proposal())), progress);
    }

    /** Gives the votes of the account's OCOS to somebody; to itself, so that they count at all. */
    public Done delegate(Address to, Consumer<String> progress) {
        return client.send(
                Intent.ofAnyone("delegation to " + to, deployment.token(), token.delegate(to.toString())), progress);
    }

    private static void require(View view, State expected, String when) {
        if (view.state() != expected) {
            throw new RefusedException("proposal %s is %s, expected %s%s"
                    .formatted(view.id(), view.state(), expected, when.isEmpty() ? "" : "; " + when));
        }
    }
}
