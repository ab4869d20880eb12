// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title Token that burns a hundredth of each transfer
contract FeeOnTransferToken is ERC20 {
    constructor(uint256 supply) ERC20("Fee", "FEE") {
        _mint(msg.sender, supply);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0)) super._update(to, address(0), value / 100);
    }
}

/// @title Token that calls somebody within each transfer, once it is armed
contract ReentrantToken is ERC20 {
    /// @notice Calls that were made within transfers.
    uint256 public calls;
    /// @notice Those of them that did not revert.
    uint256 public successes;

    address private _target;
    bytes private _data;
    bool private _bubble;

    constructor(uint256 supply) ERC20("Reentrant", "RE") {
        _mint(msg.sender, supply);
    }

    /// @param target zero to disarm
    /// @param bubble whether a transfer reverts as the call in it does
    function arm(address target, bytes calldata data, bool bubble) external {
        _target = target;
        _data = data;
        _bubble = bubble;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (_target != address(0)) {
            (bool success, bytes memory result) = _target.call(_data);
            calls++;
            if (success) {
                successes++;
            } else if (_bubble) {
                assembly ("memory-safe") {
                    revert(add(result, 32), mload(result))
                }
            }
        }
    }
}

/// @title Token that does not pay some addresses
contract RefusingToken is ERC20 {
    /// @notice Whether an address is refused.
    mapping(address account => bool) public refused;

    error Refused(address account);

    constructor(uint256 supply) ERC20("Refusing", "NO") {
        _mint(msg.sender, supply);
    }

    function refuse(address account, bool refused_) external {
        refused[account] = refused_;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (refused[to]) revert Refused(to);
        super._update(from, to, value);
    }
}
