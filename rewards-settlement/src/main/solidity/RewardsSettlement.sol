// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ExactTransfer} from "./ExactTransfer.sol";

/// @title Settlement of rewards in batches
/// @notice A batch is a Merkle root over `(payee, cumulative)`: what every payee has earned since the beginning (SPEC 10, 11).
/// It is proposed, can be vetoed while its challenge window is open and until somebody finalizes it, and is funded by the
/// treasury when it is finalized. Since amounts are cumulative, a newer batch stands for all older ones: a number that was
/// skipped or vetoed loses nothing, and a root that is finalized twice pays nothing twice.
///
/// What holds at any time: paid + swept ≤ finalized ≤ pulled from the treasury; and the contract holds at least
/// finalized − paid − swept.
/// @dev Totals have 120 bits, so that they share a slot with the two flags and a claim touches three slots: 1.3·10^18 OCOS,
/// a billion times the supply. Every event carries the state after it, so that a reader needs no arithmetic.
contract RewardsSettlement is AccessControl, ReentrancyGuardTransient {
    using ExactTransfer for IERC20;
    using SafeERC20 for IERC20;

    /// @notice May propose batches: the submitter's key.
    bytes32 public constant PROPOSER_ROLE = keccak256("PROPOSER_ROLE");

    /// @notice May veto, pause, resume, withhold, release and adjust: a multisig that the DAO's timelock appoints.
    bytes32 public constant GUARDIAN_ROLE = keccak256("GUARDIAN_ROLE");

    /// @notice The longest challenge window, seconds.
    uint64 public constant MAX_CHALLENGE_PERIOD_SECONDS = 30 days;

    /// @notice What became of a batch number.
    enum State {
        NONE,
        PENDING,
        VETOED,
        FINALIZED
    }

    /// @notice A batch that was proposed.
    /// @param root over all payees with a cumulative amount above 0
    /// @param cumulativeTotal Σ cumulative, wei
    /// @param epoch at whose end it was made
    /// @param challengeEndsAt from when on it can be finalized, seconds since the Unix epoch
    struct Batch {
        bytes32 root;
        uint120 cumulativeTotal;
        uint64 epoch;
        uint48 challengeEndsAt;
        State state;
    }

    /// @notice What one payee was paid, and what the guardian holds back.
    /// @param claimed paid or swept, wei
    /// @param withheld not to be paid, wei; may be more than what is owed now, it then holds back what comes
    struct Account {
        uint128 claimed;
        uint128 withheld;
    }

    /// @notice The token that is paid.
    IERC20 public immutable token;

    /// @notice Length of an epoch, seconds. An epoch e covers [e · epochSeconds, (e + 1) · epochSeconds).
    uint64 public immutable epochSeconds;

    /// @notice Funds batches when they are finalized and takes back what is swept. It has to approve this contract.
    address public treasury;

    /// @notice How long a proposal waits before it can be finalized, seconds.
    uint64 public challengePeriodSeconds;

    /// @notice By how much the total may rise per epoch, wei; also the largest single adjustment.
    uint256 public epochCap;

    /// @notice The root that can be claimed from; zero before the first batch is finalized.
    bytes32 public root;

    uint120 private _finalizedTotal;
    uint120 private _disbursedTotal;
    bool private _paused;
    bool private _proposalsHalted;

    uint64 private _lastProposed;
    uint64 private _lastFinalized;
    uint64 private _finalizedEpoch;
    bool private _pending;

    uint120 private _sweptTotal;

    mapping(uint64 number => Batch) private _batches;
    mapping(address payee => Account) private _accounts;

    /// @notice A batch waits for its challenge window to end.
    /// @param cumulativeTotal Σ cumulative, wei
    /// @param artifactDigest SHA-256 of the artifact, the digest in its CID
    /// @param inputsDigest SHA-256 of the manifest of the archived inputs up to the end of the epoch
    /// @param challengeEndsAt from when on it can be finalized, seconds since the Unix epoch
    event BatchProposed(
        uint64 indexed number,
        uint64 indexed epoch,
        bytes32 root,
        uint256 cumulativeTotal,
        bytes32 artifactDigest,
        bytes32 inputsDigest,
        uint256 challengeEndsAt
    );
    /// @notice A batch was refused. Its number is spent, and nothing can be proposed before `resume`.
    event BatchVetoed(uint64 indexed number, address indexed guardian);
    /// @notice A batch is funded and its root claimable.
    /// @param cumulativeTotal all that was finalized so far, wei
    /// @param funded what the treasury paid for this batch, wei
    event BatchFinalized(
        uint64 indexed number, uint64 indexed epoch, bytes32 root, uint256 cumulativeTotal, uint256 funded
    );
    /// @notice A payee was paid.
    /// @param amount wei
    /// @param claimed paid or swept for this payee so far, wei
    event Claimed(address indexed payee, uint256 amount, uint256 claimed);
    /// @notice `claimMany` left a payee out: the token refused to pay it, or what went there would be lost. What it is owed
    /// stays owed.
    event ClaimSkipped(address indexed payee, uint256 amount);
    /// @notice The guardian holds back more of a payee's amount.
    /// @param amount by how much more, wei
    /// @param withheld the total that is held back, wei
    /// @param reason for people: the evidence, or where it is found
    event Withheld(address indexed payee, uint256 amount, uint256 withheld, string reason);
    /// @notice The guardian holds back less of a payee's amount.
    /// @param amount by how much less, wei
    /// @param withheld the total that is held back, wei
    event Released(address indexed payee, uint256 amount, uint256 withheld);
    /// @notice What was held back went to the treasury.
    /// @param amount wei
    /// @param claimed paid or swept for this payee so far, wei
    /// @param withheld the total that is held back still, wei
    event Swept(address indexed payee, uint256 amount, uint256 claimed, uint256 withheld);
    /// @notice A reward by decision, counted by the pipeline in this event's effective minute (SPEC 9).
    /// @param amount wei
    /// @param reason for people: the decision, or where it is found
    event RewardAdjusted(address indexed payee, uint256 amount, string reason);
    /// @notice Nothing can be proposed, finalized or claimed.
    event Paused(address indexed guardian);
    /// @notice Everything works again, proposals too.
    event Resumed(address indexed guardian);
    /// @notice The total may rise by another amount per epoch from now on.
    event EpochCapChanged(uint256 epochCap);
    /// @notice Proposals from now on wait for another time.
    event ChallengePeriodChanged(uint256 challengePeriodSeconds);
    /// @notice Another address funds batches and takes what is swept from now on.
    event TreasuryChanged(address indexed treasury);

    /// @notice An address that must not be zero is zero.
    error ZeroAddress();
    /// @notice An amount that must not be zero is zero.
    error ZeroAmount();
    /// @notice The epoch length is zero.
    error ZeroEpochLength();
    /// @notice The root or a digest is all zeros.
    error EmptyHash();
    /// @notice The challenge period is not within 1 … `maximum` seconds.
    error ChallengePeriodOutOfRange(uint256 challengePeriodSeconds, uint256 maximum);
    /// @notice The guardian has paused the contract.
    error SettlementPaused();
    /// @notice A veto stopped proposals; the guardian has to `resume` them.
    error ProposalsHalted();
    /// @notice Neither paused nor halted.
    error NothingToResume();
    /// @notice The number is not above the last one that was proposed.
    error NumberSpent(uint64 number, uint64 lastProposed);
    /// @notice Another batch is pending; it has to be finalized or vetoed first.
    error BatchPending(uint64 number);
    /// @notice The batch is not pending: it was never proposed, or was vetoed or finalized.
    error BatchNotPending(uint64 number);
    /// @notice The epoch is not above the last one that was finalized.
    error EpochSpent(uint64 epoch, uint64 finalizedEpoch);
    /// @notice The epoch ends at `endsAt`, seconds since the Unix epoch.
    error EpochNotOver(uint64 epoch, uint256 endsAt);
    /// @notice The total is less than what was finalized: totals never fall.
    error TotalBelowFinalized(uint256 cumulativeTotal, uint256 finalizedTotal);
    /// @notice The total rises by more than the epochs since the last finalized one allow.
    error TotalAboveCap(uint256 cumulativeTotal, uint256 maximum);
    /// @notice The challenge window ends at `challengeEndsAt`, seconds since the Unix epoch.
    error ChallengeWindowOpen(uint64 number, uint256 challengeEndsAt);
    /// @notice The proof does not lead from this payee and amount to the finalized root.
    error InvalidProof(address payee, uint256 cumulative);
    /// @notice The proof does not lead from these leaves, in this order, to the finalized root.
    error InvalidMultiProof();
    /// @notice The tree owes more than its batch was funded with: it is wrong, whatever its root.
    error ExceedsFinalized(address payee, uint256 amount, uint256 available);
    /// @notice What went there would be lost: it is the token, this contract, or the zero address.
    error UnpayablePayee(address payee);
    /// @notice The lists of `claimMany` have different lengths.
    error LengthMismatch(uint256 payees, uint256 cumulatives);
    /// @notice More was to be released than is held back.
    error ReleaseAboveWithheld(address payee, uint256 amount, uint256 withheld);
    /// @notice An adjustment of more than the epoch cap: amounts never fall, so a slip could never be settled.
    error AdjustmentAboveCap(uint256 amount, uint256 epochCap);

    /// @param token_ that is paid; it must move exactly the amounts that it is asked to
    /// @param admin the DAO's timelock: grants and revokes roles, sets treasury, cap and challenge period; may do nothing
    /// else by itself
    /// @param treasury_ funds batches and takes back what is swept
    /// @param proposer may propose batches
    /// @param guardian may veto, pause, resume, withhold, release and adjust
    /// @param epochSeconds_ length of an epoch
    /// @param startEpoch counts as the last finalized one, with a total of 0: the cap is counted from its end
    /// @param epochCap_ by how much the total may rise per epoch, wei
    /// @param challengePeriodSeconds_ how long a proposal waits
    constructor(
        IERC20 token_,
        address admin,
        address treasury_,
        address proposer,
        address guardian,
        uint64 epochSeconds_,
        uint64 startEpoch,
        uint256 epochCap_,
        uint64 challengePeriodSeconds_
    ) {
        if (address(token_) == address(0) || admin == address(0)) revert ZeroAddress();
        if (proposer == address(0) || guardian == address(0)) revert ZeroAddress();
        if (epochSeconds_ == 0) revert ZeroEpochLength();
        token = token_;
        epochSeconds = epochSeconds_;
        _finalizedEpoch = startEpoch;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(PROPOSER_ROLE, proposer);
        _grantRole(GUARDIAN_ROLE, guardian);
        _setTreasury(treasury_);
        _setEpochCap(epochCap_);
        _setChallengePeriod(challengePeriodSeconds_);
    }

    modifier whenNotPaused() {
        if (_paused) revert SettlementPaused();
        _;
    }

    /// @notice Proposes a batch; its challenge window opens.
    /// @param number above the last one that was proposed; it may skip
    /// @param epoch above the last finalized one, and over
    /// @param root_ over all payees with a cumulative amount above 0
    /// @param cumulativeTotal Σ cumulative, wei
    /// @param artifactDigest SHA-256 of the artifact
    /// @param inputsDigest SHA-256 of the manifest of the archived inputs up to the end of the epoch
    function propose(
        uint64 number,
        uint64 epoch,
        bytes32 root_,
        uint256 cumulativeTotal,
        bytes32 artifactDigest,
        bytes32 inputsDigest
    ) external whenNotPaused onlyRole(PROPOSER_ROLE) {
        if (_proposalsHalted) revert ProposalsHalted();
        if (_pending) revert BatchPending(_lastProposed);
        if (number <= _lastProposed) revert NumberSpent(number, _lastProposed);
        if (root_ == bytes32(0) || artifactDigest == bytes32(0) || inputsDigest == bytes32(0)) revert EmptyHash();
        if (epoch <= _finalizedEpoch) revert EpochSpent(epoch, _finalizedEpoch);
        uint256 endsAt = (uint256(epoch) + 1) * epochSeconds;
        if (block.timestamp < endsAt) revert EpochNotOver(epoch, endsAt);
        if (cumulativeTotal < _finalizedTotal) revert TotalBelowFinalized(cumulativeTotal, _finalizedTotal);
        uint256 maximum = maximumTotal(epoch);
        if (cumulativeTotal > maximum) revert TotalAboveCap(cumulativeTotal, maximum);

        uint48 challengeEndsAt = uint48(block.timestamp) + uint48(challengePeriodSeconds);
        _lastProposed = number;
        _pending = true;
        _batches[number] =
            Batch(root_, SafeCast.toUint120(cumulativeTotal), epoch, challengeEndsAt, State.PENDING);
        emit BatchProposed(number, epoch, root_, cumulativeTotal, artifactDigest, inputsDigest, challengeEndsAt);
    }

    /// @notice Refuses a pending batch, also after its window and while paused. Nothing can be proposed before `resume`.
    function veto(uint64 number) external onlyRole(GUARDIAN_ROLE) {
        Batch storage batch = _pendingBatch(number);
        batch.state = State.VETOED;
        _pending = false;
        _proposalsHalted = true;
        emit BatchVetoed(number, msg.sender);
    }

    /// @notice Makes a batch claimable after its window: the treasury pays what its total is above the last one.
    /// Anyone may send it. Reverts, and changes nothing, if the treasury has not approved that much or holds too little.
    function finalize(uint64 number) external nonReentrant whenNotPaused {
        Batch storage batch = _pendingBatch(number);
        if (block.timestamp < batch.challengeEndsAt) revert ChallengeWindowOpen(number, batch.challengeEndsAt);
        batch.state = State.FINALIZED;
        uint120 cumulativeTotal = batch.cumulativeTotal;
        uint256 funded = cumulativeTotal - _finalizedTotal;
        _pending = false;
        _lastFinalized = number;
        _finalizedEpoch = batch.epoch;
        _finalizedTotal = cumulativeTotal;
        root = batch.root;
        emit BatchFinalized(number, batch.epoch, batch.root, cumulativeTotal, funded);
        token.pull(treasury, address(this), funded);
    }

    /// @notice Pays a payee what the finalized batch owes it and it has not had: `cumulative` − claimed − withheld, nothing if
    /// that is not above 0. Anyone may send it; the payee is paid.
    /// @param cumulative as in the tree, wei
    /// @param proof from the leaf's sibling up
    /// @return amount that was paid, wei
    function claim(address payee, uint256 cumulative, bytes32[] calldata proof)
        external
        nonReentrant
        whenNotPaused
        returns (uint256 amount)
    {
        _verify(payee, cumulative, proof);
        Account storage account = _accounts[payee];
        uint256 claimed = account.claimed;
        amount = Math.saturatingSub(cumulative, claimed + account.withheld);
        if (amount == 0) return 0;
        if (_unpayable(payee)) revert UnpayablePayee(payee);
        _disburse(payee, amount);
        // No cast loses bits: all that was ever claimed is at most the finalized total.
        account.claimed = uint128(claimed + amount);
        emit Claimed(payee, amount, claimed + amount);
        token.safeTransfer(payee, amount);
    }

    /// @notice Pays many payees with one proof for all: neighbours in the tree share most of it. One that is owed nothing is
    /// skipped, and so is one that the token refuses to pay: what it is owed stays owed. An invalid proof reverts all.
    /// @param payees who is paid, in the order of their leaves: the largest index in the tree first
    /// @param cumulatives as in the tree, wei, in the order of payees
    /// @param proof nodes that cannot be computed from the leaves, in the order in which they are needed
    /// @param flags for each hash: whether both its children are computed (true), or the second comes from the proof
    /// @return total that was paid, wei
    function claimMany(
        address[] calldata payees,
        uint256[] calldata cumulatives,
        bytes32[] calldata proof,
        bool[] calldata flags
    ) external nonReentrant whenNotPaused returns (uint256 total) {
        uint256 length = payees.length;
        if (length != cumulatives.length) revert LengthMismatch(length, cumulatives.length);
        bytes32[] memory leaves = new bytes32[](length);
        for (uint256 i = 0; i < length; ++i) {
            leaves[i] = _leaf(payees[i], cumulatives[i]);
        }
        if (!MerkleProof.multiProofVerifyCalldata(proof, flags, root, leaves)) revert InvalidMultiProof();
        uint256 available = _finalizedTotal - _disbursedTotal;
        for (uint256 i = 0; i < length; ++i) {
            total += _claimOne(payees[i], cumulatives[i], available - total);
        }
        if (total != 0) _disbursedTotal += uint120(total);
    }

    /// @notice Moves what is withheld of a payee, as far as the finalized batch covers it, back to the treasury, and counts
    /// it as claimed. Anyone may send it, also while paused.
    /// @param cumulative as in the tree, wei
    /// @param proof from the leaf's sibling up
    /// @return amount that was moved, wei
    function sweep(address payee, uint256 cumulative, bytes32[] calldata proof)
        external
        nonReentrant
        returns (uint256 amount)
    {
        _verify(payee, cumulative, proof);
        Account storage account = _accounts[payee];
        amount = Math.min(account.withheld, Math.saturatingSub(cumulative, account.claimed));
        if (amount == 0) return 0;
        _disburse(payee, amount);
        _sweptTotal += uint120(amount);
        account.claimed += uint128(amount);
        account.withheld -= uint128(amount);
        emit Swept(payee, amount, account.claimed, account.withheld);
        token.safeTransfer(treasury, amount);
    }

    /// @notice Holds back an amount of what a payee is or will be owed.
    /// @param amount more than before, wei
    /// @param reason for people: the evidence, or where it is found
    function withhold(address payee, uint256 amount, string calldata reason) external onlyRole(GUARDIAN_ROLE) {
        if (payee == address(0)) revert ZeroAddress();
        if (amount == 0) revert ZeroAmount();
        Account storage account = _accounts[payee];
        uint128 withheld = SafeCast.toUint128(account.withheld + amount);
        account.withheld = withheld;
        emit Withheld(payee, amount, withheld, reason);
    }

    /// @notice Holds back less.
    /// @param amount less than before, wei
    function release(address payee, uint256 amount) external onlyRole(GUARDIAN_ROLE) {
        if (amount == 0) revert ZeroAmount();
        Account storage account = _accounts[payee];
        if (amount > account.withheld) revert ReleaseAboveWithheld(payee, amount, account.withheld);
        uint128 withheld = account.withheld - uint128(amount);
        account.withheld = withheld;
        emit Released(payee, amount, withheld);
    }

    /// @notice Grants a reward by decision; the pipeline counts it into a batch to come.
    /// @param amount wei, at most the epoch cap
    /// @param reason for people: the decision, or where it is found
    function adjust(address payee, uint256 amount, string calldata reason) external onlyRole(GUARDIAN_ROLE) {
        if (payee == address(0)) revert ZeroAddress();
        if (amount > epochCap) revert AdjustmentAboveCap(amount, epochCap);
        emit RewardAdjusted(payee, amount, reason);
    }

    /// @notice Stops proposing, finalizing and claiming. Vetoing, withholding and sweeping stay possible.
    function pause() external whenNotPaused onlyRole(GUARDIAN_ROLE) {
        _paused = true;
        emit Paused(msg.sender);
    }

    /// @notice Ends a pause, and lets proposals be made again after a veto.
    function resume() external onlyRole(GUARDIAN_ROLE) {
        if (!_paused && !_proposalsHalted) revert NothingToResume();
        _paused = false;
        _proposalsHalted = false;
        emit Resumed(msg.sender);
    }

    /// @notice Lets the total rise by another amount per epoch.
    function setEpochCap(uint256 newEpochCap) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setEpochCap(newEpochCap);
    }

    /// @notice Lets proposals from now on wait for another time, 1 second … 30 days.
    function setChallengePeriod(uint64 newChallengePeriodSeconds) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setChallengePeriod(newChallengePeriodSeconds);
    }

    /// @notice Lets another address fund batches and take what is swept.
    function setTreasury(address newTreasury) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setTreasury(newTreasury);
    }

    /// @notice The largest total that a batch of an epoch may have now, wei.
    function maximumTotal(uint64 epoch) public view returns (uint256) {
        uint256 epochs = Math.saturatingSub(epoch, _finalizedEpoch);
        return Math.saturatingAdd(_finalizedTotal, Math.saturatingMul(epochCap, epochs));
    }

    /// @notice What is known of a batch number; its state is NONE when it was never proposed.
    function batchOf(uint64 number) external view returns (Batch memory) {
        return _batches[number];
    }

    /// @notice What a payee was paid, and what is held back.
    function accountOf(address payee) external view returns (Account memory) {
        return _accounts[payee];
    }

    /// @notice The number of the batch that waits, 0 when none does.
    function pendingNumber() external view returns (uint64) {
        return _pending ? _lastProposed : 0;
    }

    /// @notice The last number that was proposed, 0 when none was.
    function lastProposedNumber() external view returns (uint64) {
        return _lastProposed;
    }

    /// @notice The last number that was finalized, 0 when none was.
    function lastFinalizedNumber() external view returns (uint64) {
        return _lastFinalized;
    }

    /// @notice The epoch of the last finalized batch, the start epoch when there is none.
    function lastFinalizedEpoch() external view returns (uint64) {
        return _finalizedEpoch;
    }

    /// @notice All that was finalized, and so pulled from the treasury, wei.
    function finalizedTotal() external view returns (uint256) {
        return _finalizedTotal;
    }

    /// @notice All that was paid to payees, wei.
    function paidTotal() external view returns (uint256) {
        return _disbursedTotal - _sweptTotal;
    }

    /// @notice All that went back to the treasury, wei.
    function sweptTotal() external view returns (uint256) {
        return _sweptTotal;
    }

    /// @notice Whether proposing, finalizing and claiming are stopped.
    function paused() external view returns (bool) {
        return _paused;
    }

    /// @notice Whether a veto stopped proposals.
    function proposalsHalted() external view returns (bool) {
        return _proposalsHalted;
    }

    /// @dev Pays one of many, whose leaf was proven. State is written before the token is called, and written back if it
    /// refuses.
    function _claimOne(address payee, uint256 cumulative, uint256 available) private returns (uint256 amount) {
        Account storage account = _accounts[payee];
        uint256 claimed = account.claimed;
        amount = Math.saturatingSub(cumulative, claimed + account.withheld);
        if (amount == 0) return 0;
        if (amount > available) revert ExceedsFinalized(payee, amount, available);
        if (!_unpayable(payee)) {
            account.claimed = uint128(claimed + amount);
            if (token.trySafeTransfer(payee, amount)) {
                emit Claimed(payee, amount, claimed + amount);
                return amount;
            }
            account.claimed = uint128(claimed);
        }
        emit ClaimSkipped(payee, amount);
        return 0;
    }

    /// @dev Counts tokens that leave; the one place that holds paid + swept ≤ finalized, beside `claimMany`.
    function _disburse(address payee, uint256 amount) private {
        uint256 available = _finalizedTotal - _disbursedTotal;
        if (amount > available) revert ExceedsFinalized(payee, amount, available);
        _disbursedTotal += uint120(amount);
    }

    function _pendingBatch(uint64 number) private view returns (Batch storage batch) {
        batch = _batches[number];
        if (batch.state != State.PENDING) revert BatchNotPending(number);
    }

    function _unpayable(address payee) private view returns (bool) {
        return payee == address(0) || payee == address(this) || payee == address(token);
    }

    /// @dev Hashed twice, so that no inner node can be taken for a leaf. A root of zero has no leaf.
    function _leaf(address payee, uint256 cumulative) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(payee, cumulative))));
    }

    function _verify(address payee, uint256 cumulative, bytes32[] calldata proof) private view {
        if (!MerkleProof.verifyCalldata(proof, root, _leaf(payee, cumulative))) revert InvalidProof(payee, cumulative);
    }

    function _setEpochCap(uint256 newEpochCap) private {
        epochCap = newEpochCap;
        emit EpochCapChanged(newEpochCap);
    }

    function _setChallengePeriod(uint64 newChallengePeriodSeconds) private {
        if (newChallengePeriodSeconds == 0 || newChallengePeriodSeconds > MAX_CHALLENGE_PERIOD_SECONDS) {
            revert ChallengePeriodOutOfRange(newChallengePeriodSeconds, MAX_CHALLENGE_PERIOD_SECONDS);
        }
        challengePeriodSeconds = newChallengePeriodSeconds;
        emit ChallengePeriodChanged(newChallengePeriodSeconds);
    }

    function _setTreasury(address newTreasury) private {
        if (_unpayable(newTreasury)) revert UnpayablePayee(newTreasury);
        treasury = newTreasury;
        emit TreasuryChanged(newTreasury);
    }
}
