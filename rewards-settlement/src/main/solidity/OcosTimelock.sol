// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title Treasury and executive of the DAO
/// @notice Holds the DAO's tokens, owns what the DAO governs, and does what the governor has decided, after a delay in which
/// everybody can see it coming. Only the governor schedules and cancels; anyone executes what is due; nobody else has power.
/// @dev Its admin at creation sets it up and then gives up that role (see ContractDeployer).
contract OcosTimelock is TimelockController {
    /// @param minDelay between a decision and its execution, seconds
    /// @param proposers may schedule and cancel
    /// @param executors may execute; the zero address stands for anyone
    /// @param admin sets it up
    constructor(uint256 minDelay, address[] memory proposers, address[] memory executors, address admin)
        TimelockController(minDelay, proposers, executors, admin)
    {}
}
