package io.ocos.jobs.verify;

import io.ocos.jobs.archive.TopicReader;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.io.CsvRecords;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The committed records of topic {@code rewards} beside recomputed ones, as lines of SPEC 13. Holds a few numbers per minute,
 * and the lines of one minute.
 */
final class RewardTopic {

    /** Columns of a line. */
    private static final int MINUTE = 0;

    private static final int NODE = 2;
    private static final int PAYEE = 4;
    private static final int COLUMNS = 7;

    /**
     * A minute in which they are not the same.
     *
     * @param recorded lines that only the topic has, of any payee, sorted
     * @param recomputed lines that only came out again, of any payee, sorted
     */
    record Minute(long minute, List<String> recorded, List<String> recomputed) {

        /** Those of a payee. */
        Minute of(Address payee) {
            String text = payee.toString();
            return new Minute(
                    minute,
                    recorded.stream().filter(line -> payee(line).equals(text)).toList(),
                    recomputed.stream().filter(line -> payee(line).equals(text)).toList());
        }

        /** Nodes of the lines, in their order. */
        List<Address> nodes() {
            return Stream.concat(recorded.stream(), recomputed.stream())
                    .map(line -> fields(line)[NODE])
                    .filter(node -> !node.isEmpty())
                    .distinct()
                    .sorted()
                    .map(Address::parse)
                    .toList();
        }
    }

    private final String bootstrap;
    private final @Nullable Path propertiesFile;

    RewardTopic(String bootstrap, @Nullable Path propertiesFile) {
        this.bootstrap = bootstrap;
        this.propertiesFile = propertiesFile;
    }

    /**
     * The first minute in which a payee's rewards are not the same.
     *
     * @param toMinute first minute that is not looked at
     * @return empty when they are the same in every minute that the topic still holds
     */
    Optional<Minute> firstDifference(Address payee, long toMinute, Recomputation recomputation) {
        NavigableMap<Long, Long> recorded = new TreeMap<>();
        String text = payee.toString();
        long firstMinute = read(line -> {
            if (minute(line) < toMinute && payee(line).equals(text)) {
                recorded.merge(minute(line), digest(line), Long::sum);
            }
        });
        NavigableMap<Long, Long> recomputed = new TreeMap<>();
        recomputation.forEachReward(line -> {
            if (minute(line) < toMinute && payee(line).equals(text)) {
                recomputed.merge(minute(line), digest(line), Long::sum);
            }
        });
        TreeSet<Long> minutes = new TreeSet<>(recorded.keySet());
        minutes.addAll(recomputed.keySet());
        return minutes.tailSet(firstMinute).stream()
                .filter(minute -> !Objects.equals(recorded.get(minute), recomputed.get(minute)))
                .findFirst()
                .map(minute -> minute(minute, recomputation));
    }

    private Minute minute(long minute, Recomputation recomputation) {
        Map<String, Integer> surplus = new HashMap<>();
        read(line -> {
            if (minute(line) == minute) {
                surplus.merge(line, 1, Integer::sum);
            }
        });
        recomputation.forEachReward(line -> {
            if (minute(line) == minute) {
                surplus.merge(line, -1, Integer::sum);
            }
        });
        return new Minute(
                minute,
                surplus.entrySet().stream()
                        .filter(entry -> entry.getValue() > 0)
                        .map(Map.Entry::getKey)
                        .sorted()
                        .toList(),
                surplus.entrySet().stream()
                        .filter(entry -> entry.getValue() < 0)
                        .map(Map.Entry::getKey)
                        .sorted()
                        .toList());
    }

    /** Reads all lines; returns the first minute of which none was deleted. */
    private long read(Consumer<String> out) {
        long first = 0;
        try (TopicReader reader = new TopicReader(bootstrap, propertiesFile)) {
            for (String partition : reader.partitions(Topic.REWARDS)) {
                long begin = reader.beginning(partition);
                long[] earliest = {Long.MAX_VALUE - 1};
                reader.read(partition, begin, reader.end(partition), record -> {
                    byte[] value = record.value();
                    if (value != null) {
                        line(value).ifPresent(line -> {
                            earliest[0] = Math.min(earliest[0], minute(line));
                            out.accept(line);
                        });
                    }
                });
                first = begin == 0 ? first : Math.max(first, earliest[0] + 1);
            }
            return first;
        } catch (IOException e) {
            throw new ConfigException(
                    "topic %s at %s: %s".formatted(Topic.REWARDS.topicName(), bootstrap, e.getMessage()), e);
        }
    }

    /** Empty for what the SettlementJob refuses as well. */
    private static Optional<String> line(byte[] value) {
        try {
            return Optional.of(CsvRecords.line(RecordCodec.decode(value, Reward.class)));
        } catch (MalformedRecordException e) {
            return Optional.empty();
        }
    }

    private static String[] fields(String line) {
        return line.split(",", COLUMNS);
    }

    private static long minute(String line) {
        return Long.parseLong(line, MINUTE, line.indexOf(','), 10);
    }

    private static String payee(String line) {
        return fields(line)[PAYEE];
    }

    /** Such that sums of different multisets of lines differ. */
    private static long digest(String line) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(line.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(hash).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
