package io.ocos.ingest.domain;

import java.util.Arrays;
import java.util.List;

/**
 * The contracts that are followed and the events that are taken from each (SPEC 2.2, 11), declared as in Solidity. Other
 * events of theirs, such as {@code Approval}, are not looked at. A test of module {@code jobs} compares this with the compiled
 * contracts.
 */
public enum FollowedContract {
    NODE_REGISTRY(
            "NodeRegistry",
            "NodeRegistered(address indexed node, address indexed owner, bytes32 nodeType, uint256 capacityUnits)",
            "NodeOwnerChanged(address indexed node, address indexed owner)",
            "NodeCapacityChanged(address indexed node, uint256 capacityUnits)",
            "NodeDeregistered(address indexed node)",
            "StakeChanged(address indexed node, uint256 stake, int256 change)",
            "NodeSlashed(address indexed node, uint256 amount, uint256 stake, string reason)"),
    PARAMETER_STORE("ParameterStore", "ParameterSet(bytes32 indexed key, uint256 value)"),
    COMPUTE_STAKING("ComputeStaking", "CustomerStakeChanged(address indexed customer, uint256 stake, int256 change)"),
    JOB_ESCROW(
            "JobEscrow",
            "JobCreated(bytes32 indexed jobId, address indexed customer, bytes32 indexed kind, uint256 maxFee,"
                    + " uint256 deadline, bytes32 specDigest)",
            "JobSettled(bytes32 indexed jobId, address indexed node, uint256 fee)",
            "JobRefunded(bytes32 indexed jobId)"),
    REWARDS_SETTLEMENT(
            "RewardsSettlement",
            "RewardAdjusted(address indexed payee, uint256 amount, string reason)",
            "BatchProposed(uint64 indexed number, uint64 indexed epoch, bytes32 root, uint256 cumulativeTotal,"
                    + " bytes32 artifactDigest, bytes32 inputsDigest, uint256 challengeEndsAt)",
            "BatchVetoed(uint64 indexed number, address indexed guardian)",
            "BatchFinalized(uint64 indexed number, uint64 indexed epoch, bytes32 root, uint256 cumulativeTotal,"
                    + " uint256 funded)",
            "Claimed(address indexed payee, uint256 amount, uint256 claimed)",
            "Withheld(address indexed payee, uint256 amount, uint256 withheld, string reason)",
            "Released(address indexed payee, uint256 amount, uint256 withheld)",
            "Swept(address indexed payee, uint256 amount, uint256 claimed, uint256 withheld)"),
    STORAGE_SUBSCRIPTIONS(
            "StorageSubscriptions",
            "Subscribed(address indexed account, bytes32 indexed plan, uint256 validFrom, uint256 validUntil,"
                    + " uint256 paid)"),
    OCOS_TOKEN(
            "OcosToken",
            "Transfer(address indexed from, address indexed to, uint256 value)",
            "DelegateVotesChanged(address indexed delegate, uint256 previousVotes, uint256 newVotes)"),
    OCOS_GOVERNOR(
            "OcosGovernor",
            "ProposalCreated(uint256 proposalId, address proposer, address[] targets, uint256[] values,"
                    + " string[] signatures, bytes[] calldatas, uint256 voteStart, uint256 voteEnd, string description)",
            "VoteCast(address indexed voter, uint256 proposalId, uint8 support, uint256 weight, string reason)",
            "ProposalExecuted(uint256 proposalId)"),
    PRICE_FEED("PriceFeed", "AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt)");

    private final String contractName;

    @SuppressWarnings("ImmutableEnumChecker") // Stream.toList is unmodifiable, and so are its records.
    private final List<EventSignature> events;

    FollowedContract(String contractName, String... events) {
        this.contractName = contractName;
        this.events = Arrays.stream(events).map(EventSignature::parse).toList();
    }

    /** The name in the configuration; but for the price feed also the name of the Solidity contract. */
    public String contractName() {
        return contractName;
    }

    /** The events that are taken. */
    public List<EventSignature> events() {
        return events;
    }

    /**
     * The contract of that name.
     *
     * @throws IllegalArgumentException for a name that is none of them
     */
    public static FollowedContract ofName(String name) {
        return Arrays.stream(values())
                .filter(contract -> contract.contractName.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("contract '%s', expected one of %s"
                        .formatted(
                                name,
                                Arrays.stream(values())
                                        .map(FollowedContract::contractName)
                                        .toList())));
    }
}
