package io.ocos.rewardssettlement.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.TokenAmount;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * OpenZeppelin's standard Merkle tree ({@code @openzeppelin/merkle-tree}, StandardMerkleTree with sorted leaves) over
 * {@code (address payee, uint256 cumulative)} (SPEC 10): a complete binary tree in an array, root first, the leaves at its
 * end in descending order of position; a parent is the hash of its children in their byte order. Proofs verify with
 * {@code MerkleProof.verify}. All nodes lie in one array; hashing is spread over the cores.
 */
public final class MerkleTree {

    /** Bytes of {@code abi.encode(payee, cumulative)}. Double hashing keeps a leaf from being taken for an inner node. */
    private static final int LEAF_INPUT_BYTES = 64;

    private static final int HASH = Hash32.BYTES;

    /** Hashes of one task of a parallel step. */
    private static final int GRAIN = 2_048;

    /** Buckets of the sort: a leaf or so each, as hashes are spread evenly. */
    private static final int MAX_BUCKET_BITS = 20;

    /** Larger buckets, which only leaves that are no hashes have, are not sorted by insertion. */
    private static final int LARGE_BUCKET = 32;

    private static final int MAX_LEAVES = Integer.MAX_VALUE / HASH / 2;

    private final byte[] nodes;

    private MerkleTree(byte[] nodes) {
        this.nodes = nodes;
    }

    /** Writes the leaf of each row of a table of payees and amounts. */
    interface LeafInput {
        /** Writes the 20 bytes of the payee of a row at {@code at + 12} and the 32 of its cumulative amount at {@code at + 32}. */
        void write(int row, byte[] target, int at);
    }

    /** The leaf of a payee: {@code keccak256(keccak256(abi.encode(payee, cumulative)))}. */
    public static Hash32 leaf(Address payee, TokenAmount cumulative) {
        byte[] encoded = new byte[LEAF_INPUT_BYTES];
        System.arraycopy(payee.toBytes(), 0, encoded, 12, Address.BYTES);
        System.arraycopy(cumulative.toBytes(), 0, encoded, 32, 32);
        return Hash32.of(Keccak.hash(Keccak.hash(encoded)));
    }

    /**
     * The tree of these leaves, in any order.
     *
     * @throws IllegalArgumentException without leaves: there is no batch then
     */
    public static MerkleTree of(List<Hash32> leaves) {
        byte[] hashes = new byte[HASH * checkedSize(leaves.size())];
        for (int i = 0; i < leaves.size(); i++) {
            System.arraycopy(leaves.get(i).toBytes(), 0, hashes, i * HASH, HASH);
        }
        return ofHashes(hashes);
    }

    /** The tree of the leaves of so many rows. */
    static MerkleTree of(int rows, LeafInput input) {
        byte[] hashes = new byte[HASH * checkedSize(rows)];
        inParallel(0, rows, (from, to) -> {
            Keccak.Hasher keccak = new Keccak.Hasher();
            byte[] encoded = new byte[LEAF_INPUT_BYTES];
            for (int row = from; row < to; row++) {
                input.write(row, encoded, 0);
                keccak.hash(encoded, 0, LEAF_INPUT_BYTES, hashes, row * HASH);
                keccak.hash(hashes, row * HASH, HASH, hashes, row * HASH);
            }
        });
        return ofHashes(hashes);
    }

    private static MerkleTree ofHashes(byte[] hashes) {
        int leaves = hashes.length / HASH;
        byte[] nodes = new byte[hashes.length + hashes.length - HASH];
        sort(hashes, nodes);
        // From the lowest level with inner nodes up: a level's nodes are neighbours, and need those below only.
        for (int level = 31 - Integer.numberOfLeadingZeros(leaves); level >= 0; level--) {
            int first = (1 << level) - 1;
            inParallel(first, Math.min(2 * first + 1, leaves - 1), (from, to) -> {
                Keccak.Hasher keccak = new Keccak.Hasher();
                byte[] pair = new byte[2 * HASH];
                for (int node = from; node < to; node++) {
                    parent(keccak, pair, nodes, 2 * node + 1, nodes, 2 * node + 2, nodes, node);
                }
            });
        }
        return new MerkleTree(nodes);
    }

    /** The number of leaves. */
    public int size() {
        return (nodes.length / HASH + 1) / 2;
    }

    /** The root; of a single leaf, that leaf. */
    public Hash32 root() {
        return node(0);
    }

    /** The node at an index of OpenZeppelin's dump: the root at 0, the leaves from {@code size() - 1} on. */
    public Hash32 node(int index) {
        return Hash32.of(nodes, Math.multiplyExact(index, HASH));
    }

    /** All nodes, root first, as OpenZeppelin's dump holds them. */
    public List<Hash32> nodes() {
        return IntStream.range(0, nodes.length / HASH).mapToObj(this::node).toList();
    }

    /** Where a leaf stands among the {@link #nodes}; negative when the tree does not hold it. */
    public int indexOf(Hash32 leaf) {
        int low = size() - 1;
        int high = 2 * size() - 2;
        while (low <= high) { // Leaves fall from high to low index.
            int middle = (low + high) >>> 1;
            int order = node(middle).compareTo(leaf);
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
            proof.add(node(i % 2 == 0 ? i - 1 : i + 1));
        }
        return proof;
    }

    /** Whether a proof leads from a leaf to a root, as {@code MerkleProof.verify} on chain decides it. */
    public static boolean verify(Hash32 root, Hash32 leaf, List<Hash32> proof) {
        Keccak.Hasher keccak = new Keccak.Hasher();
        byte[] pair = new byte[2 * HASH];
        byte[] hash = leaf.toBytes();
        for (Hash32 sibling : proof) {
            parent(keccak, pair, hash, 0, sibling.toBytes(), 0, hash, 0);
        }
        return Hash32.of(hash).equals(root);
    }

    /** Hashes two nodes, the smaller first; positions count nodes. */
    private static void parent(
            Keccak.Hasher keccak,
            byte[] pair,
            byte[] left,
            int leftNode,
            byte[] right,
            int rightNode,
            byte[] target,
            int targetNode) {
        boolean ordered = compare(left, leftNode * HASH, right, rightNode * HASH) <= 0;
        System.arraycopy(left, leftNode * HASH, pair, ordered ? 0 : HASH, HASH);
        System.arraycopy(right, rightNode * HASH, pair, ordered ? HASH : 0, HASH);
        keccak.hash(pair, 0, pair.length, target, targetNode * HASH);
    }

    /**
     * Sorts hashes in descending order into the end of an array: spread over buckets by their first bits, of which so many
     * are taken that a bucket holds about one, then each bucket in itself.
     */
    private static void sort(byte[] hashes, byte[] nodes) {
        int count = hashes.length / HASH;
        int bits = Math.min(MAX_BUCKET_BITS, 32 - Integer.numberOfLeadingZeros(count));
        int base = nodes.length - hashes.length;
        int buckets = 1 << bits;
        int[] ends = new int[buckets + 1]; // while filling: where the next hash of bucket b goes; then: where b ends
        for (int i = 0; i < hashes.length; i += HASH) {
            ends[bucket(hashes, i, bits) + 1]++;
        }
        for (int b = 0; b < buckets; b++) {
            ends[b + 1] += ends[b];
        }
        for (int i = 0; i < hashes.length; i += HASH) {
            System.arraycopy(hashes, i, nodes, base + ends[bucket(hashes, i, bits)]++ * HASH, HASH);
        }
        inParallel(0, buckets, (from, to) -> {
            for (int b = from; b < to; b++) {
                sortBucket(nodes, base + (b == 0 ? 0 : ends[b - 1]) * HASH, base + ends[b] * HASH);
            }
        });
    }

    /** The larger a hash, the smaller its bucket. */
    private static int bucket(byte[] hashes, int at, int bits) {
        int first = 0;
        for (int i = 0; i < Integer.BYTES; i++) {
            first = (first << Byte.SIZE) | (hashes[at + i] & 0xff);
        }
        return ~first >>> (Integer.SIZE - bits);
    }

    private static void sortBucket(byte[] nodes, int from, int to) {
        if (to - from > LARGE_BUCKET * HASH) {
            Hash32[] sorted = new Hash32[(to - from) / HASH];
            Arrays.setAll(sorted, i -> Hash32.of(nodes, from + i * HASH));
            Arrays.sort(sorted);
            for (int i = 0; i < sorted.length; i++) {
                System.arraycopy(sorted[i].toBytes(), 0, nodes, to - (i + 1) * HASH, HASH);
            }
            return;
        }
        byte[] moved = new byte[to - from > HASH ? HASH : 0];
        for (int i = from + HASH; i < to; i += HASH) {
            int place = i;
            while (place > from && compare(nodes, place - HASH, nodes, i) < 0) {
                place -= HASH;
            }
            if (place < i) {
                System.arraycopy(nodes, i, moved, 0, HASH);
                System.arraycopy(nodes, place, nodes, place + HASH, i - place);
                System.arraycopy(moved, 0, nodes, place, HASH);
            }
        }
    }

    private static int compare(byte[] left, int leftAt, byte[] right, int rightAt) {
        return Arrays.compareUnsigned(left, leftAt, leftAt + HASH, right, rightAt, rightAt + HASH);
    }

    private static int checkedSize(int leaves) {
        if (leaves < 1 || leaves > MAX_LEAVES) {
            throw new IllegalArgumentException(
                    "a Merkle tree of %d leaves, expected 1 … %d".formatted(leaves, MAX_LEAVES));
        }
        return leaves;
    }

    private interface RangeTask {
        void run(int from, int to);
    }

    private static void inParallel(int from, int to, RangeTask task) {
        int tasks = (to - from + GRAIN - 1) / GRAIN;
        if (tasks <= 1) {
            if (from < to) {
                task.run(from, to);
            }
            return;
        }
        IntStream.range(0, tasks)
                .parallel()
                .forEach(i -> task.run(from + i * GRAIN, Math.min(to, from + (i + 1) * GRAIN)));
    }
}
