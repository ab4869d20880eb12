// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Transfers that arrive whole
/// @notice Refuses tokens that take a fee, or that say they moved what they did not.
library ExactTransfer {
    using SafeERC20 for IERC20;

    /// @notice The token moved another amount than it was asked to.
    error UnexpectedTokenAmount(uint256 received, uint256 expected);

    /// @dev Moves tokens that `from` has approved for the calling contract. Nothing is moved for an amount of 0.
    function pull(IERC20 token, address from, address to, uint256 amount) internal {
        if (amount == 0) return;
        uint256 before = token.balanceOf(to);
        token.safeTransferFrom(from, to, amount);
        uint256 received = token.balanceOf(to) - before;
        if (received != amount) revert UnexpectedTokenAmount(received, amount);
    }
}
