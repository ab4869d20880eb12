// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ExactTransfer} from "./ExactTransfer.sol";

/// @title Escrow of job fees
/// @notice A customer deposits the most that a job may cost. What nodes earned for it goes to the treasury, never to a node:
/// nodes are paid by batches (SPEC 9, 11). The rest goes back to the customer, when the job is closed or, if nobody did
/// that, a grace period after its deadline.
/// @dev The contract holds at least Σ (maxFee − settled) over all open jobs.
contract JobEscrow is AccessControl, ReentrancyGuardTransient {
    using ExactTransfer for IERC20;
    using SafeERC20 for IERC20;

    /// @notice May settle and close jobs: the submitter's key.
    bytes32 public constant SETTLER_ROLE = keccak256("SETTLER_ROLE");

    /// @notice May create jobs of kind CHALLENGE, which prove what a node can do.
    bytes32 public constant CHALLENGER_ROLE = keccak256("CHALLENGER_ROLE");

    /// @notice Fits parameters of a model.
    bytes32 public constant TRAIN = "TRAIN";
    /// @notice Measures a model.
    bytes32 public constant EVALUATE = "EVALUATE";
    /// @notice Applies a model.
    bytes32 public constant INFER = "INFER";
    /// @notice Proves what a node can do.
    bytes32 public constant CHALLENGE = "CHALLENGE";

    /// @notice The latest deadline, seconds from now.
    uint256 public constant MAX_DURATION_SECONDS = 365 days;

    /// @notice Where a job stands.
    enum State {
        NONE,
        OPEN,
        CLOSED,
        REFUNDED
    }

    /// @notice What is known of a job.
    /// @param customer who paid, and who gets the rest
    /// @param deadline until when nodes work on it, seconds since the Unix epoch
    /// @param maxFee that was deposited, wei
    /// @param settled that went to the treasury, wei
    struct Job {
        address customer;
        uint64 deadline;
        State state;
        uint128 maxFee;
        uint128 settled;
    }

    /// @notice The token that fees are paid in.
    IERC20 public immutable token;

    /// @notice How long after its deadline a job can still be settled, seconds; from then on it can be refunded.
    uint64 public immutable gracePeriodSeconds;

    /// @notice Receives what is settled.
    address public treasury;

    mapping(bytes32 jobId => Job) private _jobs;
    mapping(bytes32 jobId => mapping(address node => bool)) private _settled;

    /// @notice A job is paid for.
    /// @param kind ASCII name, right-padded with zeros
    /// @param maxFee the most that it may cost, wei
    /// @param deadline seconds since the Unix epoch
    /// @param specDigest SHA-256 of the job's specification
    event JobCreated(
        bytes32 indexed jobId,
        address indexed customer,
        bytes32 indexed kind,
        uint256 maxFee,
        uint256 deadline,
        bytes32 specDigest
    );
    /// @notice A node earned a fee; once per job and node.
    /// @param fee wei
    event JobSettled(bytes32 indexed jobId, address indexed node, uint256 fee);
    /// @notice The job is done; the rest went back to the customer.
    /// @param returned wei
    event JobClosed(bytes32 indexed jobId, uint256 returned);
    /// @notice The job was not closed in time; what was not settled went back to the customer.
    event JobRefunded(bytes32 indexed jobId);
    /// @notice Settled fees go to another address from now on.
    event TreasuryChanged(address indexed treasury);

    /// @notice An address that must not be zero is zero.
    error ZeroAddress();
    /// @notice The kind is none of TRAIN, EVALUATE, INFER, CHALLENGE.
    error UnknownKind(bytes32 kind);
    /// @notice The deadline is not within now … now + a year.
    error DeadlineOutOfRange(uint256 deadline, uint256 latest);
    /// @notice The specification's digest is all zeros.
    error EmptySpecDigest();
    /// @notice The customer has used this salt.
    error JobExists(bytes32 jobId);
    /// @notice The job was never created, or was closed or refunded.
    error JobNotOpen(bytes32 jobId);
    /// @notice The job could be settled until `until`, seconds since the Unix epoch.
    error JobExpired(bytes32 jobId, uint256 until);
    /// @notice The job can be refunded from `from` on, seconds since the Unix epoch.
    error NotYetRefundable(bytes32 jobId, uint256 from);
    /// @notice The node was paid for this job.
    error AlreadySettled(bytes32 jobId, address node);
    /// @notice More than the customer deposited.
    error FeeAboveMaximum(bytes32 jobId, uint256 fee, uint256 available);
    /// @notice The lists of `settleMany` have different lengths.
    error LengthMismatch(uint256 jobIds, uint256 nodes, uint256 fees);
    /// @notice The grace period is longer than a year.
    error GracePeriodTooLong(uint256 gracePeriodSeconds);

    /// @param token_ that fees are paid in; it must move exactly the amounts that it is asked to
    /// @param admin the DAO's timelock: grants and revokes roles, sets the treasury
    /// @param treasury_ receives what is settled
    /// @param settler may settle and close jobs
    /// @param challenger may create jobs of kind CHALLENGE
    /// @param gracePeriodSeconds_ 30 days (2592000), as long as evidence of a job counts (SPEC 6)
    constructor(
        IERC20 token_,
        address admin,
        address treasury_,
        address settler,
        address challenger,
        uint64 gracePeriodSeconds_
    ) {
        if (address(token_) == address(0) || admin == address(0)) revert ZeroAddress();
        if (settler == address(0) || challenger == address(0)) revert ZeroAddress();
        if (gracePeriodSeconds_ > 365 days) revert GracePeriodTooLong(gracePeriodSeconds_);
        token = token_;
        gracePeriodSeconds = gracePeriodSeconds_;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(SETTLER_ROLE, settler);
        _grantRole(CHALLENGER_ROLE, challenger);
        _setTreasury(treasury_);
    }

    /// @notice The id that a customer's job has, also before it is created. Nobody else can take it.
    function jobIdOf(address customer, bytes32 salt) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), customer, salt));
    }

    /// @notice Creates a job and deposits the most that it may cost.
    /// @param salt chosen by the customer, a new one for each job
    /// @param kind TRAIN, EVALUATE or INFER; CHALLENGE for challengers only
    /// @param maxFee wei; may be 0
    /// @param deadline seconds since the Unix epoch, at most a year from now
    /// @param specDigest SHA-256 of the job's specification
    function createJob(bytes32 salt, bytes32 kind, uint256 maxFee, uint64 deadline, bytes32 specDigest)
        external
        nonReentrant
        returns (bytes32 jobId)
    {
        if (kind == CHALLENGE) {
            _checkRole(CHALLENGER_ROLE);
        } else if (kind != TRAIN && kind != EVALUATE && kind != INFER) {
            revert UnknownKind(kind);
        }
        uint256 latest = block.timestamp + MAX_DURATION_SECONDS;
        if (deadline <= block.timestamp || deadline > latest) revert DeadlineOutOfRange(deadline, latest);
        if (specDigest == bytes32(0)) revert EmptySpecDigest();
        jobId = jobIdOf(msg.sender, salt);
        if (_jobs[jobId].state != State.NONE) revert JobExists(jobId);

        _jobs[jobId] = Job(msg.sender, deadline, State.OPEN, SafeCast.toUint128(maxFee), 0);
        emit JobCreated(jobId, msg.sender, kind, maxFee, deadline, specDigest);
        token.pull(msg.sender, address(this), maxFee);
    }

    /// @notice Counts a fee that a node earned for a job, and moves it to the treasury.
    /// @param fee wei; may be 0
    function settle(bytes32 jobId, address node, uint256 fee) external nonReentrant onlyRole(SETTLER_ROLE) {
        if (_settled[jobId][node]) revert AlreadySettled(jobId, node);
        _settle(jobId, node, fee);
        if (fee != 0) token.safeTransfer(treasury, fee);
    }

    /// @notice Counts many fees. What is settled already is skipped, so that a repeated list settles what is missing.
    /// @param jobIds one for each fee; a job may come more than once
    /// @param nodes in the order of the jobs
    /// @param fees wei, in the order of the jobs
    function settleMany(bytes32[] calldata jobIds, address[] calldata nodes, uint256[] calldata fees)
        external
        nonReentrant
        onlyRole(SETTLER_ROLE)
    {
        uint256 length = jobIds.length;
        if (length != nodes.length || length != fees.length) {
            revert LengthMismatch(length, nodes.length, fees.length);
        }
        uint256 total = 0;
        for (uint256 i = 0; i < length; ++i) {
            if (_settled[jobIds[i]][nodes[i]]) continue;
            _settle(jobIds[i], nodes[i], fees[i]);
            total += fees[i];
        }
        if (total != 0) token.safeTransfer(treasury, total);
    }

    /// @notice Ends a job: the rest goes back to the customer.
    function close(bytes32 jobId) external nonReentrant onlyRole(SETTLER_ROLE) {
        Job storage job = _open(jobId);
        job.state = State.CLOSED;
        uint256 rest = job.maxFee - job.settled;
        emit JobClosed(jobId, rest);
        if (rest != 0) token.safeTransfer(job.customer, rest);
    }

    /// @notice Returns to the customer what was not settled, a grace period after the deadline. Anyone may send it.
    function refund(bytes32 jobId) external nonReentrant {
        Job storage job = _open(jobId);
        uint256 from = uint256(job.deadline) + gracePeriodSeconds;
        if (block.timestamp < from) revert NotYetRefundable(jobId, from);
        job.state = State.REFUNDED;
        uint256 rest = job.maxFee - job.settled;
        emit JobRefunded(jobId);
        if (rest != 0) token.safeTransfer(job.customer, rest);
    }

    /// @notice Sends settled fees to another address from now on.
    function setTreasury(address newTreasury) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setTreasury(newTreasury);
    }

    /// @notice What is known of a job; all zeros when it was never created.
    function jobOf(bytes32 jobId) external view returns (Job memory) {
        return _jobs[jobId];
    }

    /// @notice Whether a node's fee for a job was counted.
    function isSettled(bytes32 jobId, address node) external view returns (bool) {
        return _settled[jobId][node];
    }

    function _settle(bytes32 jobId, address node, uint256 fee) private {
        if (node == address(0)) revert ZeroAddress();
        Job storage job = _open(jobId);
        uint256 until = uint256(job.deadline) + gracePeriodSeconds;
        if (block.timestamp >= until) revert JobExpired(jobId, until);
        uint256 available = job.maxFee - job.settled;
        if (fee > available) revert FeeAboveMaximum(jobId, fee, available);
        job.settled += uint128(fee);
        _settled[jobId][node] = true;
        emit JobSettled(jobId, node, fee);
    }

    function _open(bytes32 jobId) private view returns (Job storage job) {
        job = _jobs[jobId];
        if (job.state != State.OPEN) revert JobNotOpen(jobId);
    }

    function _setTreasury(address newTreasury) private {
        if (newTreasury == address(0)) revert ZeroAddress();
        treasury = newTreasury;
        emit TreasuryChanged(newTreasury);
    }
}
