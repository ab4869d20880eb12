// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";

/// @title OCOS token
/// @notice BEP-20 (ERC-20 with `getOwner`), with permit (ERC-2612) and votes (ERC-5805). The whole supply is minted to the
/// treasury when the contract is created; nobody can mint, burn, freeze or seize afterwards.
/// @dev The owner holds no power over the token: BEP-20 asks for one to be named, so that exchanges and bridges know whom
/// to speak with. Votes are checkpointed by time, not by block number, because the chain has changed its block time.
contract OcosToken is ERC20, ERC20Permit, ERC20Votes, Ownable {
    /// @param treasury receives the whole supply, and is the first owner
    /// @param supply in wei (10^-18 OCOS)
    constructor(address treasury, uint256 supply) ERC20("OCOS", "OCOS") ERC20Permit("OCOS") Ownable(treasury) {
        _mint(treasury, supply);
    }

    /// @notice The owner, as BEP-20 names it.
    function getOwner() external view returns (address) {
        return owner();
    }

    /// @notice The clock of vote checkpoints: seconds since the Unix epoch (ERC-6372).
    function clock() public view override returns (uint48) {
        return Time.timestamp();
    }

    /// @notice Says that `clock` is a time.
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    /// @inheritdoc ERC20Permit
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }
}
