package io.ocos.rewardssettlement.domain;

import io.ocos.schemas.domain.TokenAmount;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.Map.Entry;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides when an epoch is over (SPEC 10, 13): when all its minutes are closed, and of each as many rewards have been seen
 * as were announced, with the announced sum. Rewards and announcements come in any order to one another; announcements
 * come in ascending order of minutes without a gap, the first begins the first epoch, or in any order if all are known
 * before the first epoch is closed. Not safe for use by several threads.
 */
public final class EpochGate {

    /** Told of each epoch that is over, in order. */
    @FunctionalInterface
    public interface Listener {
        /**
         * An epoch is over in which somebody earned something.
         *
         * @param payingRewards number of rewards above 0 by {@link LedgerShard}
         */
        void closed(EpochClosing closing, long[] payingRewards);
    }

    private static final int LAYOUT = 1;
    private static final long NONE = -1;

    private static final class Minute {
        private long rewards;
        private TokenAmount total = TokenAmount.ZERO;
        private @Nullable MinuteAnnouncement announcement;
    }

    private final long epochMinutes;
    private final boolean anyOrder;

    /** Minutes that are not complete yet. */
    private final NavigableMap<Long, Minute> minutes = new TreeMap<>();

    /** Paying rewards of epochs that are not over, by shard. */
    private final Map<Long, long[]> payingRewards = new HashMap<>();

    /** The next minute to be announced; {@link #NONE} before the first. */
    private long nextAnnounced = NONE;

    /** The next minute to become complete; {@link #NONE} before the first. */
    private long nextComplete = NONE;

    private long fromMinute = NONE;
    private long lastNumber;
    private BigInteger epochTotal = BigInteger.ZERO;
    private BigInteger cumulativeTotal = BigInteger.ZERO;

    /**
     * A gate before the first epoch.
     *
     * @param epochMinutes length of an epoch, at least 1
     * @param anyOrder whether epochs are closed by {@link #finish} only, when all minutes are known
     */
    public EpochGate(long epochMinutes, boolean anyOrder) {
        this.epochMinutes = epochMinutes;
        this.anyOrder = anyOrder;
    }

    /** Takes a reward. */
    public void add(Earning earning, Listener listener) throws ContradictionException {
        if (nextComplete != NONE && earning.minute() < nextComplete) {
            throw new ContradictionException("a reward of %s wei for %s in minute %d, which is complete up to minute %d"
                    .formatted(earning.amount(), earning.payee(), earning.minute(), nextComplete - 1));
        }
        if (earning.pays() && earning.payee().isZero()) {
            throw new ContradictionException("a reward of %s wei for nobody in minute %d, expected 0"
                    .formatted(earning.amount(), earning.minute()));
        }
        Minute minute = minutes.computeIfAbsent(earning.minute(), m -> new Minute());
        minute.rewards++;
        minute.total = minute.total.plusSaturating(earning.amount());
        if (earning.pays()) {
            payingRewards
                    .computeIfAbsent(epoch(earning.minute()), e -> new long[LedgerShard.COUNT])[
                    LedgerShard.of(earning.payee())]++;
        }
        check(earning.minute(), minute);
        advance(listener);
    }

    /** Takes what is said of a closed minute. A repetition changes nothing. */
    public void announce(MinuteAnnouncement announcement, Listener listener) throws ContradictionException {
        Minute known = minutes.get(announcement.minute());
        if (known != null && known.announcement != null) {
            if (!known.announcement.equals(announcement)) {
                throw new ContradictionException("minute %d closed with %s, and again with %s"
                        .formatted(announcement.minute(), known.announcement, announcement));
            }
            return;
        }
        if (!anyOrder) {
            if (nextAnnounced == NONE) {
                begin(announcement.minute());
            } else if (announcement.minute() < nextAnnounced) {
                return;
            } else if (announcement.minute() > nextAnnounced) {
                throw new ContradictionException("minute %d closed after minute %d, expected minute %d"
                        .formatted(announcement.minute(), nextAnnounced - 1, nextAnnounced));
            }
            nextAnnounced++;
        }
        Minute minute = minutes.computeIfAbsent(announcement.minute(), m -> new Minute());
        minute.announcement = announcement;
        check(announcement.minute(), minute);
        advance(listener);
    }

    /** All rewards and announcements have been given: closes what has not been closed. */
    public void finish(Listener listener) throws ContradictionException {
        if (!anyOrder) {
            return;
        }
        for (Entry<Long, Minute> entry : minutes.entrySet()) {
            if (entry.getValue().announcement == null) {
                continue;
            }
            if (nextAnnounced == NONE) {
                begin(entry.getKey());
            } else if (entry.getKey() != nextAnnounced) {
                throw new ContradictionException("minute %d closed after minute %d, expected minute %d"
                        .formatted(entry.getKey(), nextAnnounced - 1, nextAnnounced));
            }
            nextAnnounced++;
        }
        advance(listener);
    }

    /** Minutes that are not complete: of which rewards, or the word that they are closed, are missing. */
    public int openMinutes() {
        return minutes.size();
    }

    /** The number of the last batch; 0 before the first. */
    public long lastNumber() {
        return lastNumber;
    }

    /** Writes everything that {@link #read} needs. */
    public void write(DataOutput out) throws IOException {
        out.writeInt(LAYOUT);
        out.writeLong(epochMinutes);
        out.writeLong(nextAnnounced);
        out.writeLong(nextComplete);
        out.writeLong(fromMinute);
        out.writeLong(lastNumber);
        write(out, epochTotal);
        write(out, cumulativeTotal);
        out.writeInt(minutes.size());
        for (Entry<Long, Minute> entry : minutes.entrySet()) {
            Minute minute = entry.getValue();
            out.writeLong(entry.getKey());
            out.writeLong(minute.rewards);
            write(out, minute.total.wei());
            out.writeBoolean(minute.announcement != null);
            if (minute.announcement != null) {
                out.writeLong(minute.announcement.rewards());
                write(out, minute.announcement.total().wei());
            }
        }
        out.writeInt(payingRewards.size());
        for (Entry<Long, long[]> entry : payingRewards.entrySet()) {
            out.writeLong(entry.getKey());
            for (long rewards : entry.getValue()) {
                out.writeLong(rewards);
            }
        }
    }

    /**
     * A gate as it was written.
     *
     * @throws IOException when what was written is of another layout or epoch length
     */
    public static EpochGate read(DataInput in, long epochMinutes, boolean anyOrder) throws IOException {
        int layout = in.readInt();
        if (layout != LAYOUT) {
            throw new IOException("state of layout %d, expected %d".formatted(layout, LAYOUT));
        }
        long writtenMinutes = in.readLong();
        if (writtenMinutes != epochMinutes) {
            throw new IOException(
                    "epochs of %d minutes, but the state is of epochs of %d minutes: the length of an epoch cannot change"
                            .formatted(epochMinutes, writtenMinutes));
        }
        EpochGate gate = new EpochGate(epochMinutes, anyOrder);
        gate.nextAnnounced = in.readLong();
        gate.nextComplete = in.readLong();
        gate.fromMinute = in.readLong();
        gate.lastNumber = in.readLong();
        gate.epochTotal = readInteger(in);
        gate.cumulativeTotal = readInteger(in);
        for (int i = in.readInt(); i > 0; i--) {
            long index = in.readLong();
            Minute minute = new Minute();
            minute.rewards = in.readLong();
            minute.total = new TokenAmount(readInteger(in));
            if (in.readBoolean()) {
                minute.announcement = new MinuteAnnouncement(index, in.readLong(), new TokenAmount(readInteger(in)));
            }
            gate.minutes.put(index, minute);
        }
        for (int i = in.readInt(); i > 0; i--) {
            long epoch = in.readLong();
            long[] rewards = new long[LedgerShard.COUNT];
            for (int shard = 0; shard < rewards.length; shard++) {
                rewards[shard] = in.readLong();
            }
            gate.payingRewards.put(epoch, rewards);
        }
        return gate;
    }

    private void begin(long minute) throws ContradictionException {
        if (!minutes.isEmpty() && minutes.firstKey() < minute) {
            throw new ContradictionException(
                    "a reward in minute %d, but the first closed minute is %d".formatted(minutes.firstKey(), minute));
        }
        nextAnnounced = minute;
        nextComplete = minute;
        fromMinute = minute;
    }

    private static void check(long index, Minute minute) throws ContradictionException {
        MinuteAnnouncement announced = minute.announcement;
        if (announced == null) {
            return;
        }
        if (minute.rewards > announced.rewards()) {
            throw new ContradictionException("%d rewards or more in minute %d, which was closed with %d"
                    .formatted(minute.rewards, index, announced.rewards()));
        }
        if (minute.rewards == announced.rewards() && !minute.total.equals(announced.total())) {
            throw new ContradictionException("the %d rewards of minute %d are %s wei, but it was closed with %s wei"
                    .formatted(minute.rewards, index, minute.total, announced.total()));
        }
    }

    private void advance(Listener listener) throws ContradictionException {
        while (nextComplete < nextAnnounced) {
            Minute minute = minutes.get(nextComplete);
            if (minute == null || minute.announcement == null || minute.rewards < minute.announcement.rewards()) {
                return;
            }
            minutes.remove(nextComplete);
            epochTotal = epochTotal.add(minute.total.wei());
            nextComplete++;
            if (nextComplete % epochMinutes == 0) {
                close(epoch(nextComplete - 1), listener);
            }
        }
    }

    private void close(long epoch, Listener listener) throws ContradictionException {
        if (epochTotal.signum() == 0) {
            return; // its minutes are those of the next batch as well
        }
        cumulativeTotal = cumulativeTotal.add(epochTotal);
        epochTotal = BigInteger.ZERO;
        if (cumulativeTotal.compareTo(TokenAmount.MAX.wei()) > 0) {
            throw new ContradictionException("all rewards up to epoch %d are %s wei, expected at most 2^256 - 1"
                    .formatted(epoch, cumulativeTotal));
        }
        lastNumber++;
        long[] paying = payingRewards.remove(epoch);
        if (paying == null) {
            throw new IllegalStateException("epoch %d pays, but has no paying reward".formatted(epoch));
        }
        listener.closed(new EpochClosing(lastNumber, epoch, fromMinute, nextComplete), paying);
        fromMinute = nextComplete;
    }

    private long epoch(long minute) {
        return minute / epochMinutes;
    }

    private static void write(DataOutput out, BigInteger value) throws IOException {
        byte[] bytes = value.toByteArray();
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static BigInteger readInteger(DataInput in) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return new BigInteger(bytes);
    }
}
