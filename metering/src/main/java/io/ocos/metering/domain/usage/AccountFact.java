package io.ocos.metering.domain.usage;

import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an account's bill and quota depend on (SPEC 12). */
public sealed interface AccountFact {

    /** Whose. */
    Address account();

    /** Usage that was metered on a node, or changed. */
    sealed interface Use extends AccountFact {

        /** Minute at whose close it is known at the earliest. */
        long minute();
    }

    /**
     * A minute of a job on a node.
     *
     * @param account customer
     * @param change what became known
     * @param nodeMinutes by how much the customer's node-minutes of this minute change: 1, 0 or -1
     */
    record JobUse(Address account, Hash32 job, Address node, JobSeries.Change change, int nodeMinutes) implements Use {
        @Override
        public long minute() {
            return change.minute();
        }
    }

    /** An hour of storage on a node. */
    record StorageUse(Address account, Address node, StorageSeries.Change change) implements Use {
        @Override
        public long minute() {
            return change.hour() * StorageSeries.HOUR_MINUTES + StorageSeries.HOUR_MINUTES - 1;
        }
    }

    /**
     * The customer's stake.
     *
     * @param minute effective minute
     * @param stake total after the event, wei
     */
    record Stake(Address account, long minute, long blockNumber, long logIndex, BigInteger stake)
            implements AccountFact {}

    /**
     * A storage plan: from {@code fromMillis} on it stands in place of any that was bought before.
     *
     * @param plan name
     * @param fromMillis first millisecond
     * @param untilMillis first millisecond after, above {@code fromMillis}
     */
    record Subscription(
            Address account, long blockNumber, long logIndex, String plan, long fromMillis, long untilMillis)
            implements AccountFact {}

    /**
     * What the customer declared to store, in the registry.
     *
     * @param atMillis commit time of the change
     * @param sequence order of changes with the same time
     * @param bytes null when nothing is declared any more
     */
    record Declaration(
            Address account,
            long atMillis,
            long sequence,
            @Nullable Long bytes) implements AccountFact {}

    /** Seconds beyond this, in the year 292 278 994, are read as this. */
    BigInteger MAX_SECONDS = BigInteger.valueOf(Long.MAX_VALUE / 1_000);

    /**
     * Reads a chain event of an account.
     *
     * @param args as in SPEC 13
     * @param minute effective minute
     * @return empty for any other event
     * @throws IllegalArgumentException when an argument is missing or not of its type, or a subscription ends before it begins
     */
    static Optional<AccountFact> ofEvent(
            String name, Map<String, String> args, long minute, long blockNumber, long logIndex) {
        return switch (name) {
            case "CustomerStakeChanged" ->
                Optional.of(new Stake(
                        Address.parse(text(args, "customer")),
                        minute,
                        blockNumber,
                        logIndex,
                        TokenAmount.parse(text(args, "stake")).wei()));
            case "Subscribed" -> Optional.of(subscription(args, blockNumber, logIndex));
            default -> Optional.empty();
        };
    }

    private static Subscription subscription(Map<String, String> args, long blockNumber, long logIndex) {
        BigInteger from = TokenAmount.parse(text(args, "validFrom")).wei();
        BigInteger until = TokenAmount.parse(text(args, "validUntil")).wei();
        if (until.compareTo(from) <= 0) {
            throw new IllegalArgumentException(
                    "valid from %s until %s, expected an end after the beginning".formatted(from, until));
        }
        return new Subscription(
                Address.parse(text(args, "account")),
                blockNumber,
                logIndex,
                new String(Hash32.parse(text(args, "plan")).toBytes(), StandardCharsets.ISO_8859_1).replace("\0", ""),
                millis(from),
                millis(until));
    }

    private static long millis(BigInteger seconds) {
        return seconds.min(MAX_SECONDS).longValueExact() * 1_000;
    }

    private static String text(Map<String, String> args, String name) {
        String value = args.get(name);
        if (value == null) {
            throw new IllegalArgumentException("argument '%s' is missing, there are %s".formatted(name, args.keySet()));
        }
        return value;
    }
}
