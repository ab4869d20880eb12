// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {AggregatorV3Interface} from "../AggregatorV3Interface.sol";

/// @title Price feed of the local chain
/// @notice Answers what its owner says. For local chains only: on a public chain a Chainlink feed stands in its place.
contract LocalPriceFeed is AggregatorV3Interface, Ownable {
    /// @inheritdoc AggregatorV3Interface
    uint8 public constant decimals = 8;
    /// @inheritdoc AggregatorV3Interface
    string public constant description = "OCOS / USD (local)";

    uint80 private _roundId;
    int256 private _answer;
    uint256 private _updatedAt;

    /// @param answer_ USD per OCOS, 8 decimals
    constructor(int256 answer_) Ownable(msg.sender) {
        _update(answer_, block.timestamp);
    }

    /// @notice Gives an answer now.
    /// @param answer_ USD per OCOS, 8 decimals
    function update(int256 answer_) external onlyOwner {
        _update(answer_, block.timestamp);
    }

    /// @notice Gives an answer that says to be of another time, also one that was never valid: to try what readers do.
    /// @param answer_ USD per OCOS, 8 decimals
    /// @param updatedAt_ seconds since the Unix epoch
    function updateAt(int256 answer_, uint256 updatedAt_) external onlyOwner {
        _update(answer_, updatedAt_);
    }

    /// @inheritdoc AggregatorV3Interface
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (_roundId, _answer, _updatedAt, _updatedAt, _roundId);
    }

    function _update(int256 answer_, uint256 updatedAt_) private {
        _roundId++;
        _answer = answer_;
        _updatedAt = updatedAt_;
        emit AnswerUpdated(answer_, _roundId, updatedAt_);
    }
}
