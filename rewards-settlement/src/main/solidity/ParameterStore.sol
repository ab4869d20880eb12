// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

/// @title Parameters of the reward rules
/// @notice Named numbers that the DAO sets. The pipeline follows the events: a value counts from the first full minute after
/// its block, and the defaults of keys that were never set are the pipeline's (SPEC 4).
/// @dev Any key is accepted, so that a rule can be given its parameter before the pipeline knows it.
contract ParameterStore is AccessControl, Multicall {
    /// @notice May set parameters: the DAO's timelock.
    bytes32 public constant SETTER_ROLE = keccak256("SETTER_ROLE");

    mapping(bytes32 key => uint256 value) private _values;

    /// @notice A parameter was set.
    /// @param key ASCII name, right-padded with zeros
    /// @param value in the parameter's own unit
    event ParameterSet(bytes32 indexed key, uint256 value);

    /// @notice The key is all zeros.
    error EmptyKey();

    /// @param admin grants and revokes roles, and may set parameters
    constructor(address admin) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(SETTER_ROLE, admin);
    }

    /// @notice Sets a parameter.
    /// @param key ASCII name, right-padded with zeros
    /// @param value in the parameter's own unit
    function set(bytes32 key, uint256 value) external onlyRole(SETTER_ROLE) {
        if (key == bytes32(0)) revert EmptyKey();
        _values[key] = value;
        emit ParameterSet(key, value);
    }

    /// @notice The last value that was set, 0 when none was.
    /// @param key ASCII name, right-padded with zeros
    function get(bytes32 key) external view returns (uint256) {
        return _values[key];
    }
}
