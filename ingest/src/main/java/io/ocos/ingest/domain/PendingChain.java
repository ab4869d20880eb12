package io.ocos.ingest.domain;

import io.ocos.schemas.domain.Hash32;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The chain of headers above the last block that was published: each the parent of the next. A block is final once the chain
 * above it is {@code confirmations} long; until then a reorg takes it away again and nobody has seen it.
 */
public final class PendingChain {

    private final int confirmations;
    private final ArrayDeque<BlockHeader> headers = new ArrayDeque<>();
    private long publishedNumber;
    /** Null while nothing is published: the first block may have any parent. */
    private @Nullable Hash32 publishedHash;

    private PendingChain(long publishedNumber, @Nullable Hash32 publishedHash, int confirmations) {
        this.publishedNumber = publishedNumber;
        this.publishedHash = publishedHash;
        this.confirmations = confirmations;
    }

    /** A chain that goes on after a block that was published. */
    public static PendingChain after(BlockRef published, int confirmations) {
        return new PendingChain(published.number(), published.hash(), confirmations);
    }

    /** A chain that begins with a block. */
    public static PendingChain from(long firstBlock, int confirmations) {
        return new PendingChain(firstBlock - 1, null, confirmations);
    }

    /** Number of the last published block; that before the first one while there is none. */
    public long published() {
        return publishedNumber;
    }

    /** Number of the newest header, or of the last published block. */
    public long tip() {
        return headers.isEmpty() ? publishedNumber : headers.getLast().number();
    }

    /** The hash of {@link #tip()}; null when nothing is known yet. */
    public @Nullable Hash32 tipHash() {
        return headers.isEmpty() ? publishedHash : headers.getLast().hash();
    }

    /** The first number whose hash is known: that of the published block where there is one. */
    public long lowest() {
        return publishedHash == null ? publishedNumber + 1 : publishedNumber;
    }

    /**
     * Adds the next header.
     *
     * @throws InconsistentAnswerException when it is not the child of the tip
     */
    public void append(BlockHeader header) throws InconsistentAnswerException {
        Hash32 parent = tipHash();
        if (header.number() != tip() + 1
                || (parent != null && !header.parentHash().equals(parent))) {
            throw new InconsistentAnswerException("block %s has parent %s, expected the child of block %d (%s)"
                    .formatted(header.ref(), header.parentHash(), tip(), parent));
        }
        headers.addLast(header);
    }

    /**
     * Rolls back to the common ancestor with the chain as it is now.
     *
     * @param current headers of the chain now, ascending from {@link #lowest()}; the chain here above the last of them is
     *     dropped
     * @return how many headers were dropped; empty, and nothing changed, when the published block is not in the chain any more
     */
    public OptionalLong rollBack(List<BlockHeader> current) {
        long ancestor = publishedHash == null ? publishedNumber : -1;
        for (BlockHeader header : current) {
            if (header.hash().equals(hashOf(header.number()))) {
                ancestor = header.number();
            }
        }
        if (ancestor < publishedNumber) {
            return OptionalLong.empty();
        }
        long dropped = 0;
        while (tip() > ancestor) {
            headers.removeLast();
            dropped++;
        }
        return OptionalLong.of(dropped);
    }

    /** The hash of a block of this chain; null for a number that it does not hold. */
    public @Nullable Hash32 hashOf(long number) {
        if (number == publishedNumber) {
            return publishedHash;
        }
        for (BlockHeader header : headers) {
            if (header.number() == number) {
                return header.hash();
            }
        }
        return null;
    }

    /** The oldest headers that are final, at most so many. */
    public List<BlockHeader> confirmed(int atMost) {
        List<BlockHeader> confirmed = new ArrayList<>();
        Iterator<BlockHeader> oldest = headers.iterator();
        while (confirmed.size() < atMost && oldest.hasNext()) {
            BlockHeader header = oldest.next();
            if (header.number() > tip() - confirmations) {
                break;
            }
            confirmed.add(header);
        }
        return confirmed;
    }

    /** Takes out the oldest headers, up to one that was published. */
    public void publishedUpTo(BlockRef block) {
        while (!headers.isEmpty() && headers.getFirst().number() <= block.number()) {
            headers.removeFirst();
        }
        publishedNumber = block.number();
        publishedHash = block.hash();
    }
}
