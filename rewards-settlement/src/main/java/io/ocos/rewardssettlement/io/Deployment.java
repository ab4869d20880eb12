package io.ocos.rewardssettlement.io;

import io.ocos.schemas.domain.Address;

/**
 * Where the contracts are.
 *
 * @param deploymentBlock number of a block before which none of them has an event
 */
public record Deployment(long chainId, Address token, Address registry, Address parameters, long deploymentBlock) {}
