package io.ocos.jobs.usage;

import io.ocos.metering.domain.PayloadException;
import io.ocos.metering.domain.TelemetryPayload;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.RegistryChange;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.io.AvroValues;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;

/** SPEC 12 by the plainest means: everything in memory, one pass per rule, no stream, no state, nothing of ours but decoding. */
final class UsageReference {

    private record Reading(long at, long cpu, long gpu, long egress, long boot) {}

    /** "job node minute" to "customer region cpu gpu egress amount". */
    final Map<String, String> minutes = new TreeMap<>();

    /** "account node hour" to byte-milliseconds. */
    final Map<String, String> hours = new TreeMap<>();

    /** "account hour" to "reported billed allowance overage amount". */
    final Map<String, String> charges = new TreeMap<>();

    /** account to wei. */
    final Map<String, BigInteger> totals = new TreeMap<>();

    /** Whether an account's quota is used up in the end. */
    final Map<String, Boolean> exhausted = new TreeMap<>();

    private final UsageWorld world;
    private final Map<String, List<Reading>> readings = new TreeMap<>();
    private final Map<String, TreeMap<Long, Long>> stored = new TreeMap<>();

    UsageReference(UsageWorld world) throws PayloadException {
        this.world = world;
        for (SignedEnvelope envelope : world.telemetry) {
            read(envelope);
        }
        jobs();
        storage();
        quota();
    }

    private void read(SignedEnvelope envelope) throws PayloadException {
        long delay = envelope.getReceivedAt() - envelope.getSentAt();
        if (delay < -30_000 || delay > 900_000) {
            return;
        }
        Address node = AvroValues.address(envelope.getNode());
        TelemetryPayload payload = TelemetryPayload.read(AvroValues.bytes(envelope.getPayload()));
        for (TelemetryPayload.JobUsage usage : payload.jobUsage()) {
            if (usage.at() <= envelope.getSentAt() && usage.at() >= envelope.getSentAt() - 900_000) {
                long boot = payload.samples().stream()
                        .filter(sample -> sample.at() <= usage.at())
                        .max(Comparator.comparingLong(TelemetryPayload.Sample::at))
                        .orElseThrow()
                        .bootId();
                readings.computeIfAbsent(usage.jobId() + " " + node, key -> new ArrayList<>())
                        .add(new Reading(usage.at(), usage.cpuMillis(), usage.gpuMillis(), usage.egressBytes(), boot));
            }
        }
        for (TelemetryPayload.StorageUsage usage : payload.storageUsage()) {
            if (usage.at() <= envelope.getSentAt() && usage.at() >= envelope.getSentAt() - 900_000) {
                stored.computeIfAbsent(usage.account() + " " + node, key -> new TreeMap<>())
                        .merge(usage.at(), usage.bytesStored(), Math::min);
            }
        }
    }

    private void jobs() {
        readings.forEach((key, all) -> {
            String job = key.split(" ", -1)[0];
            String node = key.split(" ", -1)[1];
            ChainEvent created = world.chainEvents.stream()
                    .filter(event -> event.getName().equals("JobCreated")
                            && arg(event, "jobId").equals(job))
                    .findFirst()
                    .orElse(null);
            JobEvent dispatched = world.jobEvents.stream()
                    .filter(event -> event.getType() == JobEventType.DISPATCHED
                            && AvroValues.hash32(event.getJobId()).toString().equals(job)
                            && AvroValues.address(event.getNode()).toString().equals(node))
                    .min(Comparator.comparingLong(JobEvent::getAt))
                    .orElse(null);
            if (created == null || dispatched == null) {
                return;
            }
            long from = Math.max(created.getBlockTime() * 1_000, dispatched.getAt()) - 30_000;
            long until = Long.parseLong(created.getArgs().get("deadline")) * 1_000 + 30_000;
            List<Reading> ordered = all.stream()
                    .filter(reading -> reading.at() >= from && reading.at() <= until)
                    .distinct()
                    .sorted(Comparator.comparingLong(Reading::at)
                            .thenComparingLong(Reading::cpu)
                            .thenComparingLong(Reading::gpu)
                            .thenComparingLong(Reading::egress)
                            .thenComparingLong(Reading::boot))
                    .toList();
            Reading max = null;
            Map<Long, long[]> used = new TreeMap<>();
            for (Reading reading : ordered) {
                Reading before = max == null ? new Reading(0, 0, 0, 0, reading.boot()) : max;
                if (reading.cpu() < before.cpu()
                        || reading.gpu() < before.gpu()
                        || reading.egress() < before.egress()) {
                    if (reading.boot() == before.boot()) {
                        continue;
                    }
                    before = new Reading(0, 0, 0, 0, reading.boot());
                }
                long[] minute = used.computeIfAbsent(reading.at() / 60_000, absent -> new long[3]);
                minute[0] += reading.cpu() - before.cpu();
                minute[1] += reading.gpu() - before.gpu();
                minute[2] += reading.egress() - before.egress();
                max = reading;
            }
            String customer = created.getArgs().get("customer");
            used.forEach((minute, sums) -> {
                if (sums[0] + sums[1] + sums[2] > 0) {
                    BigInteger amount = time(sums[0], parameter("price.cpuMinute", minute))
                            .add(time(sums[1], parameter("price.gpuMinute", minute)))
                            .add(BigInteger.valueOf(sums[2])
                                    .multiply(parameter("price.egressGb", minute))
                                    .divide(BigInteger.valueOf(1_000_000_000)));
                    minutes.put(
                            "%s %s %d".formatted(job, node, minute),
                            "%s %s %d %d %d %d"
                                    .formatted(customer, region(node, minute), sums[0], sums[1], sums[2], amount));
                    totals.merge(customer, amount, BigInteger::add);
                }
            });
        });
    }

    /** The version of the registry that is valid at the end of the minute. */
    private String region(String node, long minute) {
        return world.registryChanges.stream()
                .filter(change -> change.getTable().equals("nodes")
                        && change.getKey().equals(node)
                        && change.getCommittedAt() < (minute + 1) * 60_000)
                .max(Comparator.comparingLong(RegistryChange::getCommittedAt))
                .map(change -> change.getAfter().get("region"))
                .orElse("");
    }

    private static String arg(ChainEvent event, String name) {
        return Objects.requireNonNull(event.getArgs().get(name));
    }

    private static BigInteger time(long millis, BigInteger price) {
        return BigInteger.valueOf(millis).multiply(price).divide(BigInteger.valueOf(60_000));
    }

    /** The last of the events that are in effect at a minute. */
    private BigInteger parameter(String key, long minute) {
        return world.chainEvents.stream()
                .filter(event -> event.getName().equals("ParameterSet")
                        && arg(event, "key").equals(Hash32.ofName(key).toString())
                        && (event.getBlockTime() + 59) / 60 <= minute)
                .max(Comparator.comparingLong(ChainEvent::getBlockNumber))
                .map(event -> new BigInteger(arg(event, "value")))
                .orElse(BigInteger.ZERO);
    }

    private void storage() {
        Map<String, BigInteger> reported = new TreeMap<>();
        stored.forEach((key, values) -> {
            String account = key.split(" ", -1)[0];
            Map<Long, BigInteger> used = new TreeMap<>();
            values.forEach((at, bytes) -> {
                Long next = values.higherKey(at);
                long until = Math.min(next == null ? Long.MAX_VALUE : next, at + 600_000);
                for (long second = at; second < until; second += 1_000) {
                    used.merge(second / 3_600_000, BigInteger.valueOf(bytes * 1_000), BigInteger::add);
                }
            });
            used.forEach((hour, byteMillis) -> {
                if (byteMillis.signum() > 0) {
                    hours.put(key + " " + hour, byteMillis.toString());
                    reported.merge(account + " " + hour, byteMillis, BigInteger::add);
                }
            });
        });
        reported.forEach((key, byteMillis) -> {
            String account = key.split(" ", -1)[0];
            long hour = Long.parseLong(key.split(" ", -1)[1]);
            BigInteger allowance = BigInteger.ZERO;
            for (long second = hour * 3_600; second < (hour + 1) * 3_600; second++) {
                allowance = allowance.add(BigInteger.valueOf(planBytes(account, second) * 1_000));
            }
            BigInteger billed = byteMillis.min(declared(account, hour));
            BigInteger overage = billed.subtract(allowance).max(BigInteger.ZERO);
            BigInteger amount = overage.multiply(parameter("price.storageGbMonth", hour * 60))
                    .divide(new BigInteger("2592000000000000000"));
            charges.put(key, "%d %d %d %d %d".formatted(byteMillis, billed, allowance, overage, amount));
            totals.merge(account, amount, BigInteger::add);
        });
    }

    /** Of the account that declares from before the beginning on; the other one's storage is unlimited. */
    private BigInteger declared(String account, long hour) {
        BigInteger declared = BigInteger.ZERO;
        for (long second = hour * 3_600; second < (hour + 1) * 3_600; second++) {
            long at = second * 1_000;
            String bytes = world.registryChanges.stream()
                    .filter(change -> change.getTable().equals("customers")
                            && change.getKey().equals(account)
                            && change.getCommittedAt() <= at)
                    .max(Comparator.comparingLong(RegistryChange::getCommittedAt)
                            .thenComparingLong(RegistryChange::getLsn))
                    .map(change -> change.getAfter().get("declared_storage_bytes"))
                    .orElse("9000000000000000");
            declared = declared.add(BigInteger.valueOf(Long.parseLong(bytes) * 1_000));
        }
        return declared;
    }

    private long planBytes(String account, long second) {
        return world.chainEvents.stream()
                .filter(event -> event.getName().equals("Subscribed")
                        && arg(event, "account").equals(account)
                        && Long.parseLong(arg(event, "validFrom")) <= second)
                .max(Comparator.comparingLong(ChainEvent::getBlockNumber))
                .filter(event -> second < Long.parseLong(arg(event, "validUntil")))
                .map(event -> switch (new String(
                                Hash32.parse(arg(event, "plan")).toBytes(), StandardCharsets.US_ASCII)
                        .trim()) {
                    case "STANDARD" -> 1_000_000_000_000L;
                    case "PREMIUM" -> 2_000_000_000_000L;
                    default -> 7_000_000_000_000L;
                })
                .orElse(0L);
    }

    private void quota() {
        Map<String, TreeSet<String>> nodeMinutes = new TreeMap<>();
        minutes.forEach((key, value) -> nodeMinutes
                .computeIfAbsent(value.split(" ", -1)[0], absent -> new TreeSet<>())
                .add(key.substring(key.indexOf(' '))));
        nodeMinutes.forEach((customer, used) -> {
            BigInteger stake = world.chainEvents.stream()
                    .filter(event -> event.getName().equals("CustomerStakeChanged")
                            && arg(event, "customer").equals(customer))
                    .max(Comparator.comparingLong(ChainEvent::getBlockNumber))
                    .map(event -> new BigInteger(arg(event, "stake")))
                    .orElse(BigInteger.ZERO);
            BigInteger allowed = stake.divide(parameter("stakePerNodeMinute", Long.MAX_VALUE / 60));
            exhausted.put(customer, BigInteger.valueOf(used.size()).compareTo(allowed) >= 0);
        });
    }
}
