// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ExactTransfer} from "./ExactTransfer.sol";

/// @title Registry of nodes and their stake
/// @notice A node is the address of a key that signs telemetry; its owner is who is paid and who may take its stake back.
///
/// Two states of a node's tokens: *stake* counts for rewards; *unbonding* is what was unstaked and waits for its time. Both
/// can be slashed. The contract holds exactly the sum of both over all nodes (and whatever was sent to it by mistake).
/// @dev Every event of SPEC 2.2 carries the state after it, so that a reader needs no arithmetic.
contract NodeRegistry is AccessControl, EIP712, Nonces, Multicall, ReentrancyGuardTransient {
    using ExactTransfer for IERC20;
    using SafeERC20 for IERC20;

    /// @notice May slash: the DAO's timelock, or a dispute contract that it appoints.
    bytes32 public constant SLASHER_ROLE = keccak256("SLASHER_ROLE");

    /// @notice What a node's key signs to be registered (EIP-712).
    bytes32 public constant REGISTRATION_TYPEHASH = keccak256(
        "NodeRegistration(address node,address owner,bytes32 nodeType,uint256 capacityUnits,uint256 nonce,uint256 deadline)"
    );

    /// @notice What is known of a node.
    /// @param owner zero when the node was never registered; kept after it was deregistered, for what is unbonding
    /// @param registered whether it takes part
    /// @param withdrawableAt from when on what is unbonding can be withdrawn, seconds since the Unix epoch
    /// @param stake counts for rewards, wei
    /// @param unbonding unstaked and not yet withdrawn, wei
    /// @param nodeType ASCII name, right-padded with zeros
    /// @param capacityUnits what the owner says that the node can do
    struct Node {
        address owner;
        bool registered;
        uint64 withdrawableAt;
        uint128 stake;
        uint128 unbonding;
        bytes32 nodeType;
        uint256 capacityUnits;
    }

    /// @notice The token that is staked.
    IERC20 public immutable token;

    /// @notice How long unstaked tokens stay locked and slashable, seconds.
    uint64 public immutable unbondingPeriodSeconds;

    /// @notice Receives what is slashed.
    address public treasury;

    mapping(address node => Node) private _nodes;

    /// @notice A node takes part from now on.
    event NodeRegistered(address indexed node, address indexed owner, bytes32 nodeType, uint256 capacityUnits);
    /// @notice A node, with its stake and what is unbonding, has another owner.
    event NodeOwnerChanged(address indexed node, address indexed owner);
    /// @notice A node's owner declared another capacity.
    event NodeCapacityChanged(address indexed node, uint256 capacityUnits);
    /// @notice A node takes part no more.
    event NodeDeregistered(address indexed node);
    /// @notice The stake that counts for rewards changed: by a deposit, or because unbonding began.
    /// @param stake the total after the event, wei
    /// @param change what was added (positive) or began to unbond (negative), wei
    event StakeChanged(address indexed node, uint256 stake, int256 change);
    /// @notice Tokens of a node went to the treasury.
    /// @param amount from stake and unbonding together, wei
    /// @param stake the stake that is left, wei
    /// @param reason for people: the evidence, or where it is found
    event NodeSlashed(address indexed node, uint256 amount, uint256 stake, string reason);
    /// @notice Unbonding began, or began anew with more.
    /// @param unbonding the total that is unbonding, wei
    event UnbondingStarted(address indexed node, uint256 unbonding, uint256 withdrawableAt);
    /// @notice Unbonded tokens went to the owner.
    event Withdrawn(address indexed node, address indexed owner, uint256 amount);
    /// @notice Slashed tokens go to another address from now on.
    event TreasuryChanged(address indexed treasury);

    /// @notice An address that must not be zero is zero.
    error ZeroAddress();
    /// @notice An amount that must not be zero is zero.
    error ZeroAmount();
    /// @notice The node type is all zeros.
    error EmptyNodeType();
    /// @notice The node takes part already.
    error AlreadyRegistered(address node);
    /// @notice The node does not take part.
    error NotRegistered(address node);
    /// @notice The caller does not own the node.
    error NotNodeOwner(address node, address caller);
    /// @notice The signature is not the node key's over exactly this registration.
    error InvalidNodeSignature(address node, address recovered);
    /// @notice The node key's signature was valid until `deadline`, seconds since the Unix epoch.
    error SignatureExpired(uint256 deadline);
    /// @notice Tokens of the owner before are still unbonding: they have to be withdrawn first.
    error StillUnbonding(address node, uint256 unbonding);
    /// @notice More was asked for than is staked.
    error InsufficientStake(address node, uint256 stake, uint256 requested);
    /// @notice Unbonding ends at `withdrawableAt`, seconds since the Unix epoch.
    error NotYetWithdrawable(address node, uint256 withdrawableAt);
    /// @notice The unbonding period is longer than a year.
    error UnbondingPeriodTooLong(uint256 unbondingPeriodSeconds);
    /// @notice The node has neither stake nor unbonding tokens.
    error NothingToSlash(address node);

    modifier onlyNodeOwner(address node) {
        if (_nodes[node].owner != msg.sender) revert NotNodeOwner(node, msg.sender);
        _;
    }

    /// @param token_ that is staked; it must move exactly the amounts that it is asked to
    /// @param admin grants and revokes roles, sets the treasury; holds no slasher role by itself
    /// @param treasury_ receives what is slashed
    /// @param unbondingPeriodSeconds_ 7 days (604800) unless the DAO decided otherwise
    constructor(IERC20 token_, address admin, address treasury_, uint64 unbondingPeriodSeconds_)
        EIP712("OCOS NodeRegistry", "1")
    {
        if (address(token_) == address(0) || admin == address(0)) revert ZeroAddress();
        if (unbondingPeriodSeconds_ > 365 days) revert UnbondingPeriodTooLong(unbondingPeriodSeconds_);
        token = token_;
        unbondingPeriodSeconds = unbondingPeriodSeconds_;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _setTreasury(treasury_);
    }

    /// @notice Registers a node. The node's key has signed who owns it and as what it takes part, so nobody can register a
    /// key that is not theirs, and a signature serves once (`nonces(node)`). Who sends the transaction does not matter, so
    /// neither the node nor its owner needs gas.
    /// @param deadline until when the signature is valid, seconds since the Unix epoch
    /// @param signature by the node's key over `NodeRegistration`, r ‖ s ‖ v
    function register(
        address node,
        address owner,
        bytes32 nodeType,
        uint256 capacityUnits,
        uint256 deadline,
        bytes calldata signature
    ) external {
        if (owner == address(0)) revert ZeroAddress();
        if (nodeType == bytes32(0)) revert EmptyNodeType();
        if (block.timestamp > deadline) revert SignatureExpired(deadline);
        Node storage entry = _nodes[node];
        if (entry.registered) revert AlreadyRegistered(node);
        if (entry.unbonding != 0 && entry.owner != owner) revert StillUnbonding(node, entry.unbonding);

        bytes32 digest = _hashTypedDataV4(
            keccak256(
                abi.encode(REGISTRATION_TYPEHASH, node, owner, nodeType, capacityUnits, _useNonce(node), deadline)
            )
        );
        address recovered = ECDSA.recoverCalldata(digest, signature);
        if (recovered != node) revert InvalidNodeSignature(node, recovered);

        entry.owner = owner;
        entry.registered = true;
        entry.nodeType = nodeType;
        entry.capacityUnits = capacityUnits;
        emit NodeRegistered(node, owner, nodeType, capacityUnits);
    }

    /// @notice Ends a node's part; all of its stake begins to unbond.
    function deregister(address node) external onlyNodeOwner(node) {
        Node storage entry = _registered(node);
        entry.registered = false;
        if (entry.stake != 0) _unbond(node, entry, entry.stake);
        emit NodeDeregistered(node);
    }

    /// @notice Declares another capacity.
    function setCapacity(address node, uint256 capacityUnits) external onlyNodeOwner(node) {
        _registered(node).capacityUnits = capacityUnits;
        emit NodeCapacityChanged(node, capacityUnits);
    }

    /// @notice Gives a node away, with its stake and with what is unbonding.
    function transferNode(address node, address newOwner) external onlyNodeOwner(node) {
        if (newOwner == address(0)) revert ZeroAddress();
        _registered(node).owner = newOwner;
        emit NodeOwnerChanged(node, newOwner);
    }

    /// @notice Stakes tokens of the caller for a node, any registered one: from then on they are its owner's.
    function stake(address node, uint256 amount) external nonReentrant {
        if (amount == 0) revert ZeroAmount();
        Node storage entry = _registered(node);
        uint256 total = entry.stake + amount;
        entry.stake = SafeCast.toUint128(total);
        emit StakeChanged(node, total, SafeCast.toInt256(amount));
        token.pull(msg.sender, address(this), amount);
    }

    /// @notice Begins to unbond. What is unbonding already waits anew: withdraw it first if it is due.
    function requestUnstake(address node, uint256 amount) external onlyNodeOwner(node) {
        if (amount == 0) revert ZeroAmount();
        Node storage entry = _nodes[node];
        if (amount > entry.stake) revert InsufficientStake(node, entry.stake, amount);
        _unbond(node, entry, amount);
    }

    /// @notice Pays out what has unbonded.
    function withdraw(address node) external nonReentrant onlyNodeOwner(node) {
        Node storage entry = _nodes[node];
        uint256 amount = entry.unbonding;
        if (amount == 0) revert ZeroAmount();
        if (block.timestamp < entry.withdrawableAt) revert NotYetWithdrawable(node, entry.withdrawableAt);
        entry.unbonding = 0;
        emit Withdrawn(node, msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @notice Takes tokens of a node: from its stake, then from what is unbonding, and no more than there is (so an owner
    /// cannot make it fail by unstaking first).
    /// @param amount at most, wei
    /// @param reason for people: the evidence, or where it is found
    function slash(address node, uint256 amount, string calldata reason) external nonReentrant onlyRole(SLASHER_ROLE) {
        if (amount == 0) revert ZeroAmount();
        Node storage entry = _nodes[node];
        uint256 fromStake = Math.min(amount, entry.stake);
        uint256 fromUnbonding = Math.min(amount - fromStake, entry.unbonding);
        uint256 taken = fromStake + fromUnbonding;
        if (taken == 0) revert NothingToSlash(node);
        // Neither cast loses bits: each value is at most the one that it is taken from.
        entry.stake -= uint128(fromStake);
        entry.unbonding -= uint128(fromUnbonding);
        emit NodeSlashed(node, taken, entry.stake, reason);
        token.safeTransfer(treasury, taken);
    }

    /// @notice Sends slashed tokens to another address from now on.
    function setTreasury(address newTreasury) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setTreasury(newTreasury);
    }

    /// @notice What is known of a node; all zeros when it was never registered.
    function nodeOf(address node) external view returns (Node memory) {
        return _nodes[node];
    }

    /// @notice The EIP-712 domain separator of registrations.
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    function _registered(address node) private view returns (Node storage entry) {
        entry = _nodes[node];
        if (!entry.registered) revert NotRegistered(node);
    }

    /// @dev `amount` is at most the node's stake, so no cast loses bits.
    function _unbond(address node, Node storage entry, uint256 amount) private {
        uint128 left = entry.stake - uint128(amount);
        uint128 unbonding = entry.unbonding + uint128(amount);
        uint64 withdrawableAt = uint64(block.timestamp) + unbondingPeriodSeconds;
        entry.stake = left;
        entry.unbonding = unbonding;
        entry.withdrawableAt = withdrawableAt;
        emit StakeChanged(node, left, -int256(amount));
        emit UnbondingStarted(node, unbonding, withdrawableAt);
    }

    function _setTreasury(address newTreasury) private {
        if (newTreasury == address(0)) revert ZeroAddress();
        treasury = newTreasury;
        emit TreasuryChanged(newTreasury);
    }
}
