// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ExactTransfer} from "./ExactTransfer.sol";

/// @title Customers' stake
/// @notice What a customer stakes unlocks node time (SPEC 12, compute quota). Nobody but the customer ever gets it: nobody
/// has a role here, and nothing is slashed.
/// @dev The contract holds exactly Σ (stake + unbonding), and whatever was sent to it by mistake.
contract ComputeStaking is ReentrancyGuardTransient {
    using ExactTransfer for IERC20;
    using SafeERC20 for IERC20;

    /// @notice A customer's tokens.
    /// @param stake unlocks node time, wei
    /// @param unbonding unstaked and not yet withdrawn, wei
    /// @param withdrawableAt from when on what is unbonding can be withdrawn, seconds since the Unix epoch
    struct Account {
        uint128 stake;
        uint128 unbonding;
        uint64 withdrawableAt;
    }

    /// @notice The token that is staked.
    IERC20 public immutable token;

    /// @notice How long unstaked tokens stay locked, seconds: nobody can use a quota and take its stake away at once.
    uint64 public immutable unbondingPeriodSeconds;

    mapping(address customer => Account) private _accounts;

    /// @notice The stake that unlocks node time changed: by a deposit, or because unbonding began.
    /// @param stake the total after the event, wei
    /// @param change what was added (positive) or began to unbond (negative), wei
    event CustomerStakeChanged(address indexed customer, uint256 stake, int256 change);
    /// @notice Unbonding began, or began anew with more.
    /// @param unbonding the total that is unbonding, wei
    event UnbondingStarted(address indexed customer, uint256 unbonding, uint256 withdrawableAt);
    /// @notice Unbonded tokens went back to the customer.
    event Withdrawn(address indexed customer, uint256 amount);

    /// @notice An address that must not be zero is zero.
    error ZeroAddress();
    /// @notice An amount that must not be zero is zero.
    error ZeroAmount();
    /// @notice More was asked for than is staked.
    error InsufficientStake(address customer, uint256 stake, uint256 requested);
    /// @notice Unbonding ends at `withdrawableAt`, seconds since the Unix epoch.
    error NotYetWithdrawable(address customer, uint256 withdrawableAt);
    /// @notice The unbonding period is longer than a year.
    error UnbondingPeriodTooLong(uint256 unbondingPeriodSeconds);

    /// @param token_ that is staked; it must move exactly the amounts that it is asked to
    /// @param unbondingPeriodSeconds_ how long unstaked tokens stay locked
    constructor(IERC20 token_, uint64 unbondingPeriodSeconds_) {
        if (address(token_) == address(0)) revert ZeroAddress();
        if (unbondingPeriodSeconds_ > 365 days) revert UnbondingPeriodTooLong(unbondingPeriodSeconds_);
        token = token_;
        unbondingPeriodSeconds = unbondingPeriodSeconds_;
    }

    /// @notice Stakes tokens of the caller for a customer: from then on they are the customer's.
    function stake(address customer, uint256 amount) external nonReentrant {
        if (customer == address(0)) revert ZeroAddress();
        if (amount == 0) revert ZeroAmount();
        Account storage account = _accounts[customer];
        uint256 total = account.stake + amount;
        account.stake = SafeCast.toUint128(total);
        emit CustomerStakeChanged(customer, total, SafeCast.toInt256(amount));
        token.pull(msg.sender, address(this), amount);
    }

    /// @notice Begins to unbond. What is unbonding already waits anew: withdraw it first if it is due.
    function requestUnstake(uint256 amount) external {
        if (amount == 0) revert ZeroAmount();
        Account storage account = _accounts[msg.sender];
        if (amount > account.stake) revert InsufficientStake(msg.sender, account.stake, amount);
        // No cast loses bits: the amount is at most the stake.
        uint128 left = account.stake - uint128(amount);
        uint128 unbonding = account.unbonding + uint128(amount);
        uint64 withdrawableAt = uint64(block.timestamp) + unbondingPeriodSeconds;
        account.stake = left;
        account.unbonding = unbonding;
        account.withdrawableAt = withdrawableAt;
        emit CustomerStakeChanged(msg.sender, left, -int256(amount));
        emit UnbondingStarted(msg.sender, unbonding, withdrawableAt);
    }

    /// @notice Pays out what has unbonded.
    function withdraw() external nonReentrant {
        Account storage account = _accounts[msg.sender];
        uint256 amount = account.unbonding;
        if (amount == 0) revert ZeroAmount();
        if (block.timestamp < account.withdrawableAt) revert NotYetWithdrawable(msg.sender, account.withdrawableAt);
        account.unbonding = 0;
        emit Withdrawn(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @notice A customer's tokens.
    function accountOf(address customer) external view returns (Account memory) {
        return _accounts[customer];
    }
}
