package io.ocos.rewardssettlement.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The money ledger (SPEC 9, 10): cumulative amounts per payee, which never fall, and the batches made of them at the ends
 * of epochs. Rewards of an epoch may come in any order; epochs are closed in theirs. Not safe for use by several threads.
 */
public final class CumulativeLedger {

    private final TreeMap<Address, TokenAmount> cumulative = new TreeMap<>();
    private final Map<Address, TokenAmount> rises = new HashMap<>();
    private long lastNumber;

    /** Adds a reward of the epoch that is closed next; 0 changes nothing. */
    public void add(Address payee, TokenAmount amount) {
        if (amount.wei().signum() > 0) {
            cumulative.merge(payee, amount, TokenAmount::plus);
            rises.merge(payee, amount, TokenAmount::plus);
        }
    }

    /** Closes an epoch: a batch if any payee's amount rose in it. */
    public Optional<Batch> close(long epoch) {
        if (rises.isEmpty()) {
            return Optional.empty();
        }
        List<Batch.Line> lines = new ArrayList<>(cumulative.size());
        cumulative.forEach((payee, amount) ->
                lines.add(new Batch.Line(payee, amount, rises.getOrDefault(payee, TokenAmount.ZERO))));
        rises.clear();
        lastNumber++;
        return Optional.of(new Batch(lastNumber, epoch, lines));
    }
}
