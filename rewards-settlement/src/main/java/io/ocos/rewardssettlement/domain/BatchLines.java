package io.ocos.rewardssettlement.domain;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.TokenAmount;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a batch in ascending order of payees, packed: 84 bytes each (payee, cumulative amount, delta), in blocks, so
 * that a million of them fit in 84 MB.
 */
public final class BatchLines {

    /** Bytes of a line. */
    static final int LINE = 20 + 32 + 32;

    private static final int CUMULATIVE = 20;
    private static final int DELTA = 52;

    private final byte[][] blocks;

    /** Number of lines before each block, and of all at the end. */
    private final int[] starts;

    private BatchLines(byte[][] blocks, int[] starts) {
        this.blocks = blocks;
        this.starts = starts;
    }

    /**
     * Lines from blocks of {@link Packer}, of which each begins after the end of the one before. The blocks are not copied.
     *
     * @throws IllegalArgumentException when payees are not in ascending order
     */
    public static BatchLines of(List<byte[]> blocks) {
        byte[][] kept = blocks.stream().filter(block -> block.length > 0).toArray(byte[][]::new);
        int[] starts = new int[kept.length + 1];
        for (int i = 0; i < kept.length; i++) {
            starts[i + 1] = Math.addExact(starts[i], kept[i].length / LINE);
        }
        BatchLines lines = new BatchLines(kept, starts);
        for (int row = 1; row < lines.size(); row++) {
            if (lines.compare(row - 1, row) >= 0) {
                throw new IllegalArgumentException("payee %s after %s, expected ascending order"
                        .formatted(lines.payee(row), lines.payee(row - 1)));
            }
        }
        return lines;
    }

    /** The number of lines. */
    public int size() {
        return starts[blocks.length];
    }

    public Address payee(int row) {
        int block = block(row);
        return Address.of(blocks[block], offset(block, row));
    }

    /** wei, all rewards so far. */
    public TokenAmount cumulative(int row) {
        return amount(row, CUMULATIVE);
    }

    /** wei, rise since the previous batch. */
    public TokenAmount delta(int row) {
        return amount(row, DELTA);
    }

    /** Whether the delta is above 0. */
    public boolean hasRisen(int row) {
        int block = block(row);
        int from = offset(block, row) + DELTA;
        for (int i = from; i < from + 32; i++) {
            if (blocks[block][i] != 0) {
                return true;
            }
        }
        return false;
    }

    /** The row of a payee; negative when there is none. */
    public int indexOf(Address payee) {
        int low = 0;
        int high = size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = payee(middle).compareTo(payee);
            if (order == 0) {
                return middle;
            } else if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    /** The lines one by one. */
    public Stream<Batch.Line> stream() {
        return IntStream.range(0, size()).mapToObj(row -> new Batch.Line(payee(row), cumulative(row), delta(row)));
    }

    /** The Merkle tree over the lines. */
    MerkleTree tree() {
        return MerkleTree.of(size(), (row, target, at) -> {
            int block = block(row);
            int offset = offset(block, row);
            System.arraycopy(blocks[block], offset, target, at + 12, Address.BYTES);
            System.arraycopy(blocks[block], offset + CUMULATIVE, target, at + 32, 32);
        });
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof BatchLines that
                && size() == that.size()
                && stream().toList().equals(that.stream().toList());
    }

    @Override
    public int hashCode() {
        return stream().toList().hashCode();
    }

    @Override
    public String toString() {
        return stream().limit(20).toList() + (size() > 20 ? " … of %d".formatted(size()) : "");
    }

    private int compare(int row, int other) {
        int a = block(row);
        int b = block(other);
        int from = offset(a, row);
        int to = offset(b, other);
        return Arrays.compareUnsigned(blocks[a], from, from + Address.BYTES, blocks[b], to, to + Address.BYTES);
    }

    private TokenAmount amount(int row, int field) {
        int block = block(row);
        int from = offset(block, row) + field;
        return TokenAmount.of(Arrays.copyOfRange(blocks[block], from, from + 32));
    }

    private int block(int row) {
        int found = Arrays.binarySearch(starts, row);
        return found >= 0 ? found : -found - 2;
    }

    private int offset(int block, int row) {
        return (row - starts[block]) * LINE;
    }

    /** Packs lines into a block, in the order they are added. */
    public static final class Packer {

        private final ByteArrayOutputStream bytes;

        public Packer(int lines) {
            bytes = new ByteArrayOutputStream(lines * LINE);
        }

        public void add(Address payee, TokenAmount cumulative, TokenAmount delta) {
            bytes.writeBytes(payee.toBytes());
            bytes.writeBytes(cumulative.toBytes());
            bytes.writeBytes(delta.toBytes());
        }

        public byte[] block() {
            return bytes.toByteArray();
        }
    }
}
