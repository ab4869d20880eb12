package io.ocos.rewardssettlement.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.TokenAmount;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * OpenZeppelin's standard Merkle tree ({@code @openzeppelin/merkle-tree}, StandardMerkleTree with sorted leaves) over
 * {@code (address payee, uint256 cumulative)} (SPEC 10): a complete binary tree in an array, root first, the leaves at its
 * end in descending order of position; a parent is the hash of its children in their byte order. Proofs verify with
 * {@code MerkleProof.verify}.
 */
public final class MerkleTree {

    private final Hash32[] nodes;

    private MerkleTree(Hash32[] nodes) {
        this.nodes = nodes;
    }

    /** The leaf of a payee: {@code keccak256(keccak256(abi.encode(payee, cumulative)))}. */
    public static Hash32 leaf(Address payee, TokenAmount cumulative) {
        byte[] encoded = ByteBuffer.allocate(64)
                .position(12)
                .put(payee.toBytes())
                .put(cumulative.toBytes())
                .array();
        return Hash32.of(Keccak.hash(Keccak.hash(encoded)));
    }

    /**
     * The tree of these leaves, in any order.
     *
     * @throws IllegalArgumentException without leaves: there is no batch then
     */
    public static MerkleTree of(List<Hash32> leaves) {
        if (leaves.isEmpty()) {
            throw new IllegalArgumentException("a Merkle tree of no leaves, expected at least one");
        }
        Hash32[] sorted = leaves.toArray(Hash32[]::new);
        Arrays.parallelSort(sorted);
        Hash32[] nodes = new Hash32[2 * sorted.length - 1];
        for (int i = 0; i < sorted.length; i++) {
            nodes[nodes.length - 1 - i] = sorted[i];
        }
        for (int i = nodes.length - 1 - sorted.length; i >= 0; i--) {
            nodes[i] = parent(nodes[2 * i + 1], nodes[2 * i + 2]);
        }
        return new MerkleTree(nodes);
    }

    /** The root; of a single leaf, that leaf. */
    public Hash32 root() {
        return nodes[0];
    }

    /** The node at an index of OpenZeppelin's dump: the root at 0, the leaves at the end. */
    public Hash32 node(int index) {
        return nodes[index];
    }

    /** All nodes, root first, as OpenZeppelin's dump holds them. */
    public List<Hash32> nodes() {
        return List.of(nodes);
    }

    /** Where a leaf stands among the {@link #nodes}; negative when the tree does not hold it. */
    public int indexOf(Hash32 leaf) {
        int low = nodes.length / 2;
        int high = nodes.length - 1;
        while (low <= high) { // Leaves fall from high to low index.
            int middle = (low + high) >>> 1;
            int order = nodes[middle].compareTo(leaf);
            if (order == 0) {
                return middle;
            } else if (order > 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    /**
     * The proof of a leaf, from its sibling up.
     *
     * @throws IllegalArgumentException when the tree does not hold it
     */
    public List<Hash32> proof(Hash32 leaf) {
        int index = indexOf(leaf);
        if (index < 0) {
            throw new IllegalArgumentException("leaf %s is not in the tree of root %s".formatted(leaf, root()));
        }
        List<Hash32> proof = new ArrayList<>();
        for (int i = index; i > 0; i = (i - 1) / 2) {
            proof.add(nodes[i % 2 == 0 ? i - 1 : i + 1]);
        }
        return proof;
    }

    /** Whether a proof leads from a leaf to a root, as {@code MerkleProof.verify} on chain decides it. */
    public static boolean verify(Hash32 root, Hash32 leaf, List<Hash32> proof) {
        Hash32 hash = leaf;
        for (Hash32 sibling : proof) {
            hash = parent(hash, sibling);
        }
        return hash.equals(root);
    }

    private static Hash32 parent(Hash32 left, Hash32 right) {
        return left.compareTo(right) <= 0 ? pair(left, right) : pair(right, left);
    }

    private static Hash32 pair(Hash32 first, Hash32 second) {
        return Hash32.of(Keccak.hash(first.toBytes(), second.toBytes()));
    }
}
