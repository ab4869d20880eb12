package io.ocos.rewardssettlement.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.TokenAmount;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class MerkleMultiProofPropertyTest {

    @Property(tries = 300)
    void anyLeavesAreProvenTogether(@ForAll @IntRange(min = 1, max = 70) int size, @ForAll long seed) {
        Random random = new Random(seed);
        List<Hash32> leaves = leaves(size);
        MerkleTree tree = MerkleTree.of(leaves);
        Collections.shuffle(leaves, random);
        List<Hash32> chosen = leaves.subList(0, random.nextInt(size + 1));
        MerkleMultiProof proof = MerkleMultiProof.of(tree, chosen);
        assertThat(proof.leaves()).containsExactlyInAnyOrderElementsOf(chosen);
        assertThat(root(proof)).isEqualTo(tree.root());
        int single = chosen.stream().mapToInt(leaf -> tree.proof(leaf).size()).sum();
        assertThat(proof.proof()).hasSizeLessThanOrEqualTo(Math.max(1, single));
    }

    @Example
    void allLeavesNeedNoProof() {
        List<Hash32> leaves = leaves(33);
        MerkleMultiProof proof = MerkleMultiProof.of(MerkleTree.of(leaves), leaves);
        assertThat(proof.proof()).isEmpty();
        assertThat(proof.flags()).hasSize(32).doesNotContain(false);
    }

    @Example
    void foreignAndRepeatedLeavesAreRefused() {
        List<Hash32> leaves = leaves(5);
        MerkleTree tree = MerkleTree.of(leaves);
        Hash32 foreign = MerkleTree.leaf(Address.ZERO, TokenAmount.ZERO);
        assertThatThrownBy(() -> MerkleMultiProof.of(tree, List.of(foreign)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(foreign.toString());
        Hash32 twice = leaves.get(2);
        assertThatThrownBy(() -> MerkleMultiProof.of(tree, List.of(twice, leaves.get(0), twice)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("leaf %s is there twice".formatted(twice));
        MerkleTree single = MerkleTree.of(List.of(twice));
        assertThatThrownBy(() -> MerkleMultiProof.of(single, List.of(twice, twice)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** What {@code MerkleProof.processMultiProof} computes. */
    private static Hash32 root(MerkleMultiProof multiProof) {
        ArrayDeque<Hash32> known = new ArrayDeque<>(multiProof.leaves());
        Iterator<Hash32> proof = multiProof.proof().iterator();
        for (boolean bothKnown : multiProof.flags()) {
            Hash32 a = known.remove();
            Hash32 b = bothKnown ? known.remove() : proof.next();
            known.add(a.compareTo(b) < 0 ? pair(a, b) : pair(b, a));
        }
        Hash32 root = known.isEmpty() ? proof.next() : known.remove();
        assertThat(proof.hasNext()).isFalse();
        assertThat(known).isEmpty();
        return root;
    }

    private static Hash32 pair(Hash32 a, Hash32 b) {
        return Hash32.of(Keccak.hash(a.toBytes(), b.toBytes()));
    }

    private static List<Hash32> leaves(int size) {
        List<Hash32> leaves = new ArrayList<>();
        for (int i = 1; i <= size; i++) {
            leaves.add(MerkleTree.leaf(new Address(0, 0, i), TokenAmount.wei(i)));
        }
        return leaves;
    }
}
