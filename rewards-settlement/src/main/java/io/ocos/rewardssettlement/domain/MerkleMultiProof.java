package io.ocos.rewardssettlement.domain;

import io.ocos.schemas.domain.Hash32;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * One proof for several leaves of a {@link MerkleTree}, as {@code MerkleProof.multiProofVerify} takes it: neighbours share
 * most of it.
 *
 * @param leaves in the order in which they have to be given: the largest index in the tree first
 * @param proof nodes that cannot be computed from the leaves, in the order in which they are needed
 * @param flags for each hash: whether both its children are computed (true), or the second comes from the proof
 */
public record MerkleMultiProof(List<Hash32> leaves, List<Hash32> proof, List<Boolean> flags) {

    public MerkleMultiProof {
        leaves = List.copyOf(leaves);
        proof = List.copyOf(proof);
        flags = List.copyOf(flags);
    }

    /**
     * The proof of leaves, in any order.
     *
     * @throws IllegalArgumentException when the tree does not hold one of them, or one is there twice
     */
    public static MerkleMultiProof of(MerkleTree tree, Collection<Hash32> leaves) {
        List<Integer> indices = new ArrayList<>();
        for (Hash32 leaf : leaves) {
            int index = tree.indexOf(leaf);
            if (index < 0) {
                throw new IllegalArgumentException(
                        "leaf %s is not in the tree of root %s".formatted(leaf, tree.root()));
            }
            indices.add(index);
        }
        indices.sort(Comparator.reverseOrder());
        for (int i = 1; i < indices.size(); i++) {
            if (indices.get(i).equals(indices.get(i - 1))) {
                throw new IllegalArgumentException("leaf %s is there twice".formatted(tree.node(indices.get(i))));
            }
        }
        List<Hash32> proof = new ArrayList<>();
        List<Boolean> flags = new ArrayList<>();
        // Indices of nodes that are known, the largest first: all of a level before the level above.
        ArrayDeque<Integer> known = new ArrayDeque<>(indices);
        while (!known.isEmpty() && known.element() > 0) {
            int index = known.remove();
            int sibling = index % 2 == 0 ? index - 1 : index + 1;
            Integer next = known.peek();
            boolean bothKnown = next != null && next == sibling;
            if (bothKnown) {
                known.remove();
            } else {
                proof.add(tree.node(sibling));
            }
            flags.add(bothKnown);
            known.add((index - 1) / 2);
        }
        if (indices.isEmpty()) {
            proof.add(tree.root());
        }
        return new MerkleMultiProof(indices.stream().map(tree::node).toList(), proof, flags);
    }
}
