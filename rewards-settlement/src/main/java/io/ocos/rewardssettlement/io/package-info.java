/** Clients of the contracts. */
package io.ocos.rewardssettlement.io;
