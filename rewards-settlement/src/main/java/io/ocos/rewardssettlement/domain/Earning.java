package io.ocos.rewardssettlement.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;

/**
 * What the ledger needs of a reward (SPEC 8, 9).
 *
 * @param minute minute index
 * @param payee the zero address when there is none; the amount is 0 then
 * @param amount wei
 */
public record Earning(long minute, Address payee, TokenAmount amount) {

    /** Whether it changes what somebody has earned. */
    public boolean pays() {
        return amount.wei().signum() > 0;
    }
}
