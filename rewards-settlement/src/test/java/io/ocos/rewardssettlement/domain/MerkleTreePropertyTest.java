package io.ocos.rewardssettlement.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class MerkleTreePropertyTest {

    @Property(tries = 200)
    void everyLeafHasAProofAndOrderChangesNothing(@ForAll @IntRange(min = 1, max = 70) int size, @ForAll long seed) {
        List<Hash32> leaves = leaves(size);
        MerkleTree tree = MerkleTree.of(leaves);
        Collections.shuffle(leaves, new Random(seed));
        assertThat(MerkleTree.of(leaves).root()).isEqualTo(tree.root());
        for (Hash32 leaf : leaves) {
            assertThat(MerkleTree.verify(tree.root(), leaf, tree.proof(leaf))).isTrue();
        }
        Hash32 foreign = MerkleTree.leaf(Address.ZERO, TokenAmount.ZERO);
        assertThat(MerkleTree.verify(tree.root(), foreign, tree.proof(leaves.get(0))))
                .isFalse();
        assertThatThrownBy(() -> tree.proof(foreign)).isInstanceOf(IllegalArgumentException.class);
    }

    @Example
    void aSingleLeafIsItsOwnRoot() {
        Hash32 leaf = leaves(1).get(0);
        assertThat(MerkleTree.of(List.of(leaf)).root()).isEqualTo(leaf);
        assertThat(MerkleTree.of(List.of(leaf)).proof(leaf)).isEmpty();
        assertThatThrownBy(() -> MerkleTree.of(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    /** The example of the README of {@code @openzeppelin/merkle-tree}. */
    @Example
    void rootOfAKnownTree() {
        assertThat(MerkleTree.of(List.of(
                                MerkleTree.leaf(
                                        Address.parse("0x1111111111111111111111111111111111111111"),
                                        TokenAmount.parse("5000000000000000000")),
                                MerkleTree.leaf(
                                        Address.parse("0x2222222222222222222222222222222222222222"),
                                        TokenAmount.parse("2500000000000000000"))))
                        .root())
                .hasToString("0xd4dee0beab2d53f2cc83e567171bd2820e49898130a22622b10ead383e90bd77");
    }

    @Example
    void identifierOfKnownContent() {
        assertThat(Cid.of(new byte[0])).isEqualTo("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
    }

    private static List<Hash32> leaves(int size) {
        List<Hash32> leaves = new ArrayList<>();
        for (int i = 1; i <= size; i++) {
            leaves.add(MerkleTree.leaf(new Address(0, 0, i), TokenAmount.wei(i)));
        }
        return leaves;
    }
}
