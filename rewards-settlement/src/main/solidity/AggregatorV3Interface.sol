// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Price feed
/// @notice The part of Chainlink's feed interface that is used here, and the event that feeds emit for each answer.
interface AggregatorV3Interface {
    /// @notice A new answer.
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    /// @notice Decimals of the answers.
    function decimals() external view returns (uint8);

    /// @notice What is priced in what.
    function description() external view returns (string memory);

    /// @notice The newest answer.
    /// @return roundId of the answer
    /// @return answer with `decimals` decimals
    /// @return startedAt seconds since the Unix epoch
    /// @return updatedAt when the answer was given, seconds since the Unix epoch
    /// @return answeredInRound deprecated by Chainlink
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
