package io.ocos.ingest.domain;

import io.ocos.schemas.domain.Hash32;
import java.util.Arrays;

/**
 * The sequence numbers of one node that were accepted (SPEC 3, E4): the {@value #SIZE} highest, each with the digest of
 * what was accepted under it; lower ones are refused. At most about 60 KiB, growing with what is in it. Not thread-safe.
 */
public final class SequenceWindow {

    /** Sequence numbers that are kept. */
    public static final int SIZE = 1_024;

    /** How far above the highest accepted a sequence may be. */
    public static final long MAX_JUMP = 1L << 32;

    /**
     * The highest first sequence of a node of which none is known (it is new, or was silent since before the gateway
     * started): leaves room for 2<sup>30</sup> of the largest jumps.
     */
    public static final long MAX_FIRST = 1L << 62;

    /** What a sequence number is to the window. */
    public enum Verdict {
        /** Not accepted before, and may be. */
        FRESH,
        /** Accepted before, with the same digest. */
        REPEATED,
        /** Accepted before, with another digest. */
        EQUIVOCATION,
        /** Below the window: it is not known any more whether it was accepted. */
        TOO_LOW,
        /** More than {@link #MAX_JUMP} above the highest accepted. */
        TOO_HIGH
    }

    private long[] sequences = new long[8];
    private Hash32[] digests = new Hash32[8];
    private int count;
    /** The highest that has left the window. */
    private long floor = -1;

    /**
     * What this sequence number is now; changes nothing.
     *
     * @param sequence ≥ 0
     * @param digest of what is sent under it
     */
    public Verdict look(long sequence, Hash32 digest) {
        int at = find(sequence);
        if (at >= 0) {
            return digests[at].equals(digest) ? Verdict.REPEATED : Verdict.EQUIVOCATION;
        }
        if (isBelow(sequence)) {
            return Verdict.TOO_LOW;
        }
        long highest = count == 0 ? floor : sequences[count - 1];
        // As a difference: the sum could pass 2^63.
        boolean tooHigh = highest < 0 ? sequence > MAX_FIRST : sequence - highest > MAX_JUMP;
        return tooHigh ? Verdict.TOO_HIGH : Verdict.FRESH;
    }

    /** Accepts a sequence number if it is fresh; the answer is that of {@link #look} before. */
    public Verdict offer(long sequence, Hash32 digest) {
        Verdict verdict = look(sequence, digest);
        if (verdict == Verdict.FRESH) {
            insert(sequence, digest);
        }
        return verdict;
    }

    /** Takes in what another gateway accepted, whatever its jump; no effect when it is known or below the window. */
    public void learn(long sequence, Hash32 digest) {
        if (!isBelow(sequence) && find(sequence) < 0) {
            insert(sequence, digest);
        }
    }

    /** Forgets a sequence number that was offered and then could not be kept, so that it may be offered again. */
    public void withdraw(long sequence, Hash32 digest) {
        int at = find(sequence);
        if (at >= 0 && digests[at].equals(digest)) {
            System.arraycopy(sequences, at + 1, sequences, at, count - at - 1);
            System.arraycopy(digests, at + 1, digests, at, count - at - 1);
            count--;
        }
    }

    /** Whether it is among those kept. */
    public boolean contains(long sequence) {
        return find(sequence) >= 0;
    }

    private boolean isBelow(long sequence) {
        return sequence <= floor || (count == SIZE && sequence < sequences[0]);
    }

    private int find(long sequence) {
        return Arrays.binarySearch(sequences, 0, count, sequence);
    }

    private void insert(long sequence, Hash32 digest) {
        int at = -find(sequence) - 1;
        if (count == SIZE) {
            floor = sequences[0];
            System.arraycopy(sequences, 1, sequences, 0, at - 1);
            System.arraycopy(digests, 1, digests, 0, at - 1);
            at--;
        } else {
            if (count == sequences.length) {
                sequences = Arrays.copyOf(sequences, 2 * count);
                digests = Arrays.copyOf(digests, 2 * count);
            }
            System.arraycopy(sequences, at, sequences, at + 1, count - at);
            System.arraycopy(digests, at, digests, at + 1, count - at);
            count++;
        }
        sequences[at] = sequence;
        digests[at] = digest;
    }
}
