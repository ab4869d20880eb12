package io.ocos.ingest.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.schemas.domain.Hash32;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Random reorgs up to the depth, against a plain list that holds the chain as it is. */
class PendingChainPropertyTest {

    private static final LogsBloom EMPTY = LogsBloom.ofLogs(List.of());

    @Property(tries = 500)
    void whatIsPublishedStaysInTheChainWhateverIsReplacedAboveIt(
            @ForAll @IntRange(max = 5) int confirmations,
            @ForAll @Size(max = 40) List<@IntRange(max = 5) Integer> reorgs,
            @ForAll @IntRange(min = 1, max = 7) int atOnce)
            throws InconsistentAnswerException {
        List<BlockHeader> truth = new ArrayList<>();
        List<BlockHeader> published = new ArrayList<>();
        PendingChain pending = PendingChain.from(0, confirmations);
        long branch = 1;
        for (int reorg : reorgs) {
            // Replaces at most as much as is not final by what was last looked at, adds at least one block.
            int depth = Math.min(reorg, Math.min(confirmations, truth.size()));
            for (int i = 0; i < depth; i++) {
                truth.remove(truth.size() - 1);
            }
            branch++;
            for (int i = 0; i <= depth; i++) {
                truth.add(child(truth, branch));
            }

            Hash32 tip = pending.tipHash();
            if (tip != null && !truth.get((int) pending.tip()).hash().equals(tip)) {
                long before = pending.tip();
                OptionalLong dropped = pending.rollBack(truth.subList((int) pending.lowest(), (int) pending.tip() + 1));
                assertThat(dropped).hasValue(before - pending.tip());
                assertThat(before - pending.tip()).isEqualTo(depth);
            }
            while (pending.tip() < truth.size() - 1) {
                pending.append(truth.get((int) pending.tip() + 1));
            }
            for (List<BlockHeader> next = pending.confirmed(atOnce);
                    !next.isEmpty();
                    next = pending.confirmed(atOnce)) {
                published.addAll(next);
                pending.publishedUpTo(next.get(next.size() - 1).ref());
            }
            assertThat(published).isEqualTo(truth.subList(0, Math.max(0, truth.size() - confirmations)));
        }
    }

    @Example
    void publishedBlockThatIsGoneIsSaidAndNothingChanges() throws InconsistentAnswerException {
        List<BlockHeader> truth = new ArrayList<>();
        PendingChain pending = PendingChain.from(0, 1);
        for (int i = 0; i < 5; i++) {
            truth.add(child(truth, 1));
            pending.append(truth.get(i));
        }
        pending.publishedUpTo(truth.get(3).ref());
        List<BlockHeader> other = new ArrayList<>(truth.subList(0, 3));
        other.add(child(other, 2));
        other.add(child(other, 2));

        assertThat(pending.rollBack(other.subList(3, 5))).isEmpty();
        assertThat(pending.tipHash()).isEqualTo(truth.get(4).hash());
        assertThatThrownBy(() -> pending.append(child(other, 2)))
                .isInstanceOf(InconsistentAnswerException.class)
                .hasMessageContaining("expected the child of block 4");
    }

    private static BlockHeader child(List<BlockHeader> chain, long branch) {
        int number = chain.size();
        Hash32 parent = number == 0 ? Hash32.ZERO : chain.get(number - 1).hash();
        return new BlockHeader(number, new Hash32(branch, number, 0, 0), parent, number, EMPTY);
    }
}
