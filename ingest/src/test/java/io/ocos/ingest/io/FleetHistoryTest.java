package io.ocos.ingest.io;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.ingest.config.FleetConfig;
import io.ocos.ingest.domain.FleetTraffic;
import io.ocos.ingest.io.FleetHistory.Summary;
import io.ocos.metering.domain.Acceptance;
import io.ocos.metering.domain.Envelope;
import io.ocos.metering.domain.EnvelopeDomain;
import io.ocos.metering.domain.Rule;
import io.ocos.metering.domain.Uptime;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

class FleetHistoryTest {

    private static final int PARTITIONS = 4;
    private static final int MINUTES = 5;
    private static final long UNTIL = 1_790_000_123_456L;
    private static final int DISORDER_MILLIS = 10_000;

    private final FleetConfig config = FleetFilesTest.config(Map.of(
            "nodes", "40",
            "failureAcceleration", "5000",
            "repairAcceleration", "100",
            "skewPpm", "300000",
            "maxSkewMillis", "90000",
            "duplicatePpm", "100000",
            "reorderPpm", "200000",
            "badSignaturePpm", "50000"));
    private final FleetTraffic traffic = FleetFiles.traffic(config);

    @Test
    void slotsOfAcceptedEnvelopesAreThePlans() throws Exception {
        Acceptance acceptance = new Acceptance(new EnvelopeDomain(config.chainId(), config.registry()));
        Map<String, Integer> slots = new HashMap<>();
        Map<Rule, Integer> refusals = new HashMap<>();
        for (ProducerRecord<byte[], byte[]> record : load(UNTIL)) {
            if (RecordCodec.decode(record.value()) instanceof SignedEnvelope signed) {
                assertThat(record.timestamp()).isEqualTo(signed.getReceivedAt());
                assertThat(record.key()).isEqualTo(signed.getNode().bytes());
                Optional<Acceptance.Refusal> refusal = acceptance.refusal(envelope(signed), signed.getReceivedAt());
                if (refusal.isPresent()) {
                    refusals.merge(refusal.get().rule(), 1, Integer::sum);
                } else if (Acceptance.countsForUptime(signed.getSentAt(), signed.getReceivedAt())) {
                    String nodeMinute = AvroValues.address(signed.getNode()) + "@" + Minutes.of(signed.getReceivedAt());
                    slots.merge(nodeMinute, Uptime.bit(signed.getReceivedAt()), (a, b) -> a | b);
                }
            }
        }

        long firstWhole = Minutes.of(UNTIL - MINUTES * Minutes.MILLIS) + 1;
        List<Integer> all = new ArrayList<>();
        for (long minute = firstWhole; minute < Minutes.of(UNTIL); minute++) {
            for (var node : traffic.plan().nodes()) {
                int found = Uptime.slots(slots.getOrDefault(node.address() + "@" + minute, 0));
                assertThat(found)
                        .as("slots of node %d in minute %d", node.index(), minute)
                        .isEqualTo(traffic.expectedSlots(node.index(), minute));
                all.add(found);
            }
        }
        assertThat(all).contains(0, 6);
        assertThat(refusals).containsOnlyKeys(Rule.E1, Rule.E2);
    }

    @Test
    void everyPartitionIsInOrderWithinTheDisorderAndTicksEachSecond() throws Exception {
        List<ProducerRecord<byte[], byte[]>> records = load(UNTIL);
        long from = UNTIL - MINUTES * Minutes.MILLIS;
        long[] highest = new long[PARTITIONS];
        long[] nextTick = new long[PARTITIONS];
        Arrays.fill(nextTick, from);
        boolean reordered = false;
        for (ProducerRecord<byte[], byte[]> record : records) {
            if (!record.topic().equals(Topic.TELEMETRY.topicName())) {
                continue;
            }
            assertThat(record.timestamp()).isBetween(from, UNTIL);
            int partition = record.partition() == null
                    ? Utils.toPositive(Utils.murmur2(record.key())) % PARTITIONS
                    : record.partition();
            if (RecordCodec.decode(record.value()) instanceof TelemetryTick tick) {
                assertThat(tick.getAt()).isEqualTo(record.timestamp());
                assertThat(record.timestamp()).isEqualTo(nextTick[partition]);
                nextTick[partition] += 1_000;
            }
            reordered |= record.timestamp() < highest[partition];
            assertThat(record.timestamp()).isGreaterThan(highest[partition] - DISORDER_MILLIS);
            highest[partition] = Math.max(highest[partition], record.timestamp());
        }
        assertThat(nextTick).containsOnly(UNTIL + 1_000);
        assertThat(reordered).isTrue();
    }

    @Test
    void jobProgressReachesTheEnd() throws Exception {
        List<Long> progress = new ArrayList<>();
        for (ProducerRecord<byte[], byte[]> record : load(UNTIL)) {
            if (record.topic().equals(Topic.JOB_EVENTS.topicName())) {
                JobEvent event = RecordCodec.decode(record.value(), JobEvent.class);
                assertThat(event.getType()).isEqualTo(JobEventType.PROGRESS);
                assertThat(event.getAt()).isEqualTo(event.getRecordedAt()).isEqualTo(record.timestamp());
                assertThat(AvroValues.address(event.getNode())).isEqualTo(Address.ZERO);
                progress.add(event.getRecordedAt());
            }
        }
        assertThat(progress).isSorted().endsWith(UNTIL);
    }

    @Test
    void sameSeedSameBytes() throws Exception {
        assertThat(digest(load(UNTIL))).isEqualTo(digest(load(UNTIL)));
        assertThat(digest(load(UNTIL))).isNotEqualTo(digest(load(UNTIL + 1)));
    }

    @Test
    void tellsTheMinutesDone() {
        List<Long> done = new ArrayList<>();
        Summary summary = FleetHistory.write(config, traffic, PARTITIONS, MINUTES, UNTIL, done::add, record -> {});

        assertThat(done).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(summary.ticks()).isEqualTo(PARTITIONS * (MINUTES * 60L + 1));
    }

    private List<ProducerRecord<byte[], byte[]>> load(long until) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        FleetHistory.write(config, traffic, PARTITIONS, MINUTES, until, minute -> {}, records::add);
        return records;
    }

    private static int digest(List<ProducerRecord<byte[], byte[]>> records) {
        return records.stream()
                .map(record -> List.of(record.timestamp(), Arrays.hashCode(record.value())))
                .toList()
                .hashCode();
    }

    private static Envelope envelope(SignedEnvelope signed) {
        return new Envelope(
                AvroValues.address(signed.getNode()),
                signed.getSequence(),
                signed.getSentAt(),
                signed.getBeaconBlock(),
                AvroValues.hash32(signed.getBeaconHash()),
                AvroValues.bytes(signed.getPayload()),
                AvroValues.bytes(signed.getSignature()));
    }
}
