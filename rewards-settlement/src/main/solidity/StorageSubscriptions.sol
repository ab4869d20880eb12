// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AggregatorV3Interface} from "./AggregatorV3Interface.sol";
import {ExactTransfer} from "./ExactTransfer.sol";

/// @title Storage plans
/// @notice Plans (SPEC 12: STANDARD, PREMIUM, VIP) are priced in USD for 30 days and paid in OCOS at the price of a feed, in
/// advance, to the treasury. Buying the plan that is running extends it. Another plan starts at once, if it is the dearer
/// one, and what is left of the running one is set off against its price; a cheaper one can be bought when the running one
/// has ended. Nothing is paid back.
contract StorageSubscriptions is AccessControl, ReentrancyGuardTransient {
    using ExactTransfer for IERC20;

    /// @notice What a price buys, seconds.
    uint64 public constant PERIOD_SECONDS = 30 days;

    /// @notice The most periods that can be bought at once.
    uint64 public constant MAX_PERIODS = 36;

    /// @notice Decimals of prices in USD.
    uint8 public constant USD_DECIMALS = 8;

    /// @notice What an answer of the feed must be to be used. All sides are inclusive.
    /// @param maxAgeSeconds of the answer
    /// @param minAnswer USD per OCOS, in the feed's decimals, at least 1
    /// @param maxAnswer USD per OCOS, in the feed's decimals
    struct FeedBounds {
        uint64 maxAgeSeconds;
        uint96 minAnswer;
        uint96 maxAnswer;
    }

    /// @notice What an account has.
    /// @param plan ASCII name, right-padded with zeros; zero when it never had one
    /// @param validUntil seconds since the Unix epoch, exclusive
    /// @param usdPerPeriod the lowest price that any of the time until then was bought at: what is left is worth this much
    struct Subscription {
        bytes32 plan;
        uint64 validUntil;
        uint128 usdPerPeriod;
    }

    /// @notice The token that is paid.
    IERC20 public immutable token;

    /// @notice Prices OCOS in USD.
    AggregatorV3Interface public immutable feed;

    uint256 private immutable _usdScale;

    /// @notice Receives what is paid.
    address public treasury;

    /// @notice What an answer of the feed must be to be used.
    FeedBounds public feedBounds;

    /// @notice Price of a plan for 30 days, USD with 8 decimals; 0 when it is not sold.
    mapping(bytes32 plan => uint128) public usdPerPeriod;

    mapping(address account => Subscription) private _subscriptions;

    /// @notice An account bought a plan.
    /// @param plan ASCII name, right-padded with zeros; from `validFrom` on it stands in place of any other
    /// @param validFrom seconds since the Unix epoch
    /// @param validUntil seconds since the Unix epoch, exclusive
    /// @param paid wei
    event Subscribed(
        address indexed account, bytes32 indexed plan, uint256 validFrom, uint256 validUntil, uint256 paid
    );
    /// @notice A plan has another price from now on.
    /// @param usdPerPeriod for 30 days, USD with 8 decimals; 0 when it is not sold any more
    event PlanPriceChanged(bytes32 indexed plan, uint256 usdPerPeriod);
    /// @notice Answers of the feed are held to other bounds from now on.
    event FeedBoundsChanged(uint256 maxAgeSeconds, uint256 minAnswer, uint256 maxAnswer);
    /// @notice Payments go to another address from now on.
    event TreasuryChanged(address indexed treasury);

    /// @notice An address that must not be zero is zero.
    error ZeroAddress();
    /// @notice The plan's name is all zeros.
    error EmptyPlan();
    /// @notice The plan is not sold.
    error UnknownPlan(bytes32 plan);
    /// @notice The number of periods is not within 1 … `maximum`.
    error PeriodsOutOfRange(uint256 periods, uint256 maximum);
    /// @notice A plan that costs as much or more runs until `validUntil`, seconds since the Unix epoch.
    error PlanStillActive(bytes32 plan, uint256 validUntil);
    /// @notice It would cost more than the caller allowed.
    error PriceAboveMaximum(uint256 price, uint256 maximum);
    /// @notice The feed's answer is older than allowed, or from the future, or there is none.
    error StaleAnswer(uint256 updatedAt, uint256 maxAgeSeconds);
    /// @notice The feed's answer is not within its bounds.
    error AnswerOutOfBounds(int256 answer, uint256 minAnswer, uint256 maxAnswer);
    /// @notice The bounds let no answer, or an answer of zero, or one of any age pass.
    error InvalidFeedBounds(uint256 maxAgeSeconds, uint256 minAnswer, uint256 maxAnswer);
    /// @notice The feed has more decimals than can be computed with.
    error TooManyDecimals(uint8 decimals);

    /// @param token_ that is paid, of 18 decimals; it must move exactly the amounts that it is asked to
    /// @param admin the DAO's timelock: sets prices, bounds and treasury
    /// @param treasury_ receives what is paid
    /// @param feed_ USD per OCOS
    /// @param bounds what an answer of the feed must be to be used
    /// @param plans ASCII names, right-padded with zeros
    /// @param prices of the plans for 30 days, USD with 8 decimals
    constructor(
        IERC20 token_,
        address admin,
        address treasury_,
        AggregatorV3Interface feed_,
        FeedBounds memory bounds,
        bytes32[] memory plans,
        uint128[] memory prices
    ) {
        if (address(token_) == address(0) || admin == address(0) || address(feed_) == address(0)) revert ZeroAddress();
        uint8 feedDecimals = feed_.decimals();
        if (feedDecimals > 18) revert TooManyDecimals(feedDecimals);
        token = token_;
        feed = feed_;
        _usdScale = 10 ** (18 + uint256(feedDecimals) - USD_DECIMALS);
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _setTreasury(treasury_);
        _setFeedBounds(bounds);
        for (uint256 i = 0; i < plans.length; ++i) {
            _setPlanPrice(plans[i], prices[i]);
        }
    }

    /// @notice Buys a plan for the caller.
    /// @param plan ASCII name, right-padded with zeros
    /// @param periods of 30 days, 1 … 36
    /// @param maxPaid the most that the caller wants to pay, wei: the price may move until the transaction is mined
    /// @return paid wei
    function subscribe(bytes32 plan, uint64 periods, uint256 maxPaid) external nonReentrant returns (uint256 paid) {
        uint64 validFrom;
        (paid, validFrom) = quote(msg.sender, plan, periods);
        if (paid > maxPaid) revert PriceAboveMaximum(paid, maxPaid);
        uint64 validUntil = validFrom + periods * PERIOD_SECONDS;
        Subscription storage subscription = _subscriptions[msg.sender];
        uint128 price = usdPerPeriod[plan];
        bool extends = subscription.plan == plan && subscription.validUntil > block.timestamp;
        subscription.usdPerPeriod = extends && subscription.usdPerPeriod < price ? subscription.usdPerPeriod : price;
        subscription.plan = plan;
        subscription.validUntil = validUntil;
        emit Subscribed(msg.sender, plan, validFrom, validUntil, paid);
        token.pull(msg.sender, treasury, paid);
    }

    /// @notice What a plan costs an account now, rounded up to a wei, and from when on it would run.
    /// @param plan ASCII name, right-padded with zeros
    /// @param periods of 30 days, 1 … 36
    /// @return price wei
    /// @return validFrom seconds since the Unix epoch
    function quote(address account, bytes32 plan, uint64 periods)
        public
        view
        returns (uint256 price, uint64 validFrom)
    {
        if (periods == 0 || periods > MAX_PERIODS) revert PeriodsOutOfRange(periods, MAX_PERIODS);
        uint256 planPrice = usdPerPeriod[plan];
        if (planPrice == 0) revert UnknownPlan(plan);
        uint256 usd = planPrice * periods;
        Subscription storage running = _subscriptions[account];
        validFrom = uint64(block.timestamp);
        if (running.validUntil > block.timestamp) {
            if (running.plan == plan) {
                validFrom = running.validUntil;
            } else {
                if (running.usdPerPeriod >= planPrice) revert PlanStillActive(running.plan, running.validUntil);
                uint256 left = running.validUntil - block.timestamp;
                usd = Math.saturatingSub(usd, left * running.usdPerPeriod / PERIOD_SECONDS);
            }
        }
        price = Math.mulDiv(usd, _usdScale, _answer(), Math.Rounding.Ceil);
    }

    /// @notice What an account has.
    function subscriptionOf(address account) external view returns (Subscription memory) {
        return _subscriptions[account];
    }

    /// @notice Sells a plan at another price.
    /// @param plan ASCII name, right-padded with zeros
    /// @param newUsdPerPeriod for 30 days, USD with 8 decimals; 0 to sell it no more
    function setPlanPrice(bytes32 plan, uint128 newUsdPerPeriod) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setPlanPrice(plan, newUsdPerPeriod);
    }

    /// @notice Holds answers of the feed to other bounds.
    function setFeedBounds(FeedBounds calldata bounds) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setFeedBounds(bounds);
    }

    /// @notice Sends payments to another address from now on.
    function setTreasury(address newTreasury) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setTreasury(newTreasury);
    }

    /// @dev USD per OCOS, in the feed's decimals.
    function _answer() private view returns (uint256) {
        (, int256 answer,, uint256 updatedAt,) = feed.latestRoundData();
        FeedBounds memory bounds = feedBounds;
        if (updatedAt > block.timestamp || block.timestamp - updatedAt > bounds.maxAgeSeconds) {
            revert StaleAnswer(updatedAt, bounds.maxAgeSeconds);
        }
        if (answer < int256(uint256(bounds.minAnswer)) || answer > int256(uint256(bounds.maxAnswer))) {
            revert AnswerOutOfBounds(answer, bounds.minAnswer, bounds.maxAnswer);
        }
        return SafeCast.toUint256(answer);
    }

    function _setPlanPrice(bytes32 plan, uint128 newUsdPerPeriod) private {
        if (plan == bytes32(0)) revert EmptyPlan();
        usdPerPeriod[plan] = newUsdPerPeriod;
        emit PlanPriceChanged(plan, newUsdPerPeriod);
    }

    function _setFeedBounds(FeedBounds memory bounds) private {
        if (
            bounds.maxAgeSeconds == 0 || bounds.maxAgeSeconds > 365 days || bounds.minAnswer == 0
                || bounds.maxAnswer < bounds.minAnswer
        ) {
            revert InvalidFeedBounds(bounds.maxAgeSeconds, bounds.minAnswer, bounds.maxAnswer);
        }
        feedBounds = bounds;
        emit FeedBoundsChanged(bounds.maxAgeSeconds, bounds.minAnswer, bounds.maxAnswer);
    }

    function _setTreasury(address newTreasury) private {
        if (newTreasury == address(0)) revert ZeroAddress();
        treasury = newTreasury;
        emit TreasuryChanged(newTreasury);
    }
}
