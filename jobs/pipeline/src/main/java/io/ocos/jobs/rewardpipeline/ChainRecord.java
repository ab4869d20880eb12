package io.ocos.jobs.rewardpipeline;

import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.MalformedRecordException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A chain event with just what the rules use.
 *
 * @param timeSeconds of its block
 * @param content digest of everything that must be equal in two records of one position (SPEC 2.2)
 * @param blockFinalized whether it is the record that carries the stream's progress
 * @param fact null for an event that the rules do not use
 * @param offset source offset, -1 when it has none
 */
public record ChainRecord(
        long blockNumber,
        long logIndex,
        long timeSeconds,
        Hash32 content,
        boolean blockFinalized,
        @Nullable ChainFact fact,
        long offset) {

    private static final String BLOCK_FINALIZED = "BlockFinalized";

    /** Minute in which it takes effect. */
    public long minute() {
        return Minutes.effective(timeSeconds);
    }

    /**
     * The record of an event.
     *
     * @param offset source offset, -1 when it has none
     * @throws MalformedRecordException when a number is outside its range, or an argument that is used is not of its type
     */
    public static ChainRecord of(ChainEvent event, long offset) throws MalformedRecordException {
        if (event.getBlockNumber() < 0 || event.getLogIndex() < -1 || event.getBlockTime() < 0) {
            throw new MalformedRecordException(
                    Rejects.OUT_OF_RANGE,
                    "blockNumber %d, logIndex %d, blockTime %d, expected at least 0, -1, 0"
                            .formatted(event.getBlockNumber(), event.getLogIndex(), event.getBlockTime()));
        }
        ChainFact fact;
        try {
            fact = ChainFact.of(event.getName(), event.getArgs()).orElse(null);
        } catch (IllegalArgumentException e) {
            throw new MalformedRecordException(
                    Rejects.UNREADABLE, "%s: %s".formatted(event.getName(), e.getMessage()), e);
        }
        return new ChainRecord(
                event.getBlockNumber(),
                event.getLogIndex(),
                event.getBlockTime(),
                content(event, fact),
                event.getName().equals(BLOCK_FINALIZED),
                fact,
                offset);
    }

    /** Everything but the position, and arguments that nobody looks at. */
    private static Hash32 content(ChainEvent event, @Nullable ChainFact fact) {
        try {
            DataOutputSerializer out = new DataOutputSerializer(256);
            out.write(event.getBlockHash().bytes());
            out.writeLong(event.getBlockTime());
            out.write(event.getTransactionHash().bytes());
            out.write(event.getContract().bytes());
            out.writeInt(event.getName().length());
            out.writeChars(event.getName());
            if (fact != null) {
                Wire.write(fact, out);
            }
            return Hash32.of(MessageDigest.getInstance("SHA-256").digest(out.getCopyOfBuffer()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
