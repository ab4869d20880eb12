package io.ocos.jobs.usage;

import io.ocos.ingest.io.EnvelopeSigner;
import io.ocos.metering.domain.TelemetryPayload;
import io.ocos.metering.domain.usage.Months;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.RegistryChange;
import io.ocos.schemas.avro.RegistryOperation;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.io.AvroValues;
import java.nio.ByteBuffer;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A drawn world around the end of a month: jobs of two customers on three nodes, with late, lost and repeated envelopes, boots,
 * counters that fall, jobs that nobody created or gave to the node, plans, stakes, and prices that change.
 */
final class UsageWorld {

    static final int MINUTES = 100;
    static final long START = (Months.firstMinute(YearMonth.of(2026, 3)) - 50) * 60_000;
    static final long UNTIL_MINUTE = START / 60_000 + MINUTES + 120;
    static final List<Address> NODES = List.of(address(0xa1), address(0xa2), address(0xa3));
    static final List<Address> CUSTOMERS = List.of(address(0xc1), address(0xc2));
    static final int JOBS = 6;

    /** Created when it is used already. */
    static final int LATE_JOB = 3;

    /** Never created. */
    static final int UNKNOWN_JOB = 4;

    /** Created, and given to nobody. */
    static final int HOMELESS_JOB = 5;

    final List<SignedEnvelope> telemetry = new ArrayList<>();
    final List<ChainEvent> chainEvents = new ArrayList<>();
    final List<JobEvent> jobEvents = new ArrayList<>();
    final List<RegistryChange> registryChanges = new ArrayList<>();

    UsageWorld(long seed) {
        Random random = new Random(seed);
        chain(random);
        jobs(random);
        nodes(random);
        registry(random);
    }

    /** The second customer declares, and changes what it declared; nodes move. */
    private void registry(Random random) {
        long lsn = 3;
        change(lsn++, "customers", CUSTOMERS.get(1), START - 7_200_000, "declared_storage_bytes", "4000000000000");
        change(lsn++, "nodes", NODES.get(0), START - 7_200_000, "region", "eu-west");
        for (int i = 0; i < 3; i++) {
            long at = START + 1_000L * random.nextInt(MINUTES * 60);
            change(
                    lsn++,
                    "customers",
                    CUSTOMERS.get(1),
                    at,
                    "declared_storage_bytes",
                    Long.toString(random.nextInt(10) * 1_000_000_000_000L));
            change(lsn++, "nodes", NODES.get(0), at, "region", "eu-" + i);
        }
    }

    private void change(long lsn, String table, Address key, long at, String column, String value) {
        RegistryChange change = new RegistryChange();
        change.setOperation(RegistryOperation.UPDATE);
        change.setTable(table);
        change.setKey(key.toString());
        change.setAfter(new HashMap<>(Map.of(column, value)));
        change.setCommittedAt(at);
        change.setLsn(lsn);
        registryChanges.add(change);
    }

    static Hash32 job(int index) {
        return Hash32.ofName("job-" + index);
    }

    private static Address address(int last) {
        return Address.parse("0x%040x".formatted(last));
    }

    private void chain(Random random) {
        long block = 1;
        long start = START / 1_000;
        for (String price : List.of("price.cpuMinute", "price.gpuMinute", "price.egressGb", "price.storageGbMonth")) {
            event(block, 0, start - 600, "ParameterSet", parameter(price, 1_000_000_007L + random.nextInt(1_000_000)));
            block++;
        }
        event(block++, 0, start - 500, "ParameterSet", parameter("stakePerNodeMinute", 1_000));
        for (int job = 0; job < JOBS; job++) {
            if (job != UNKNOWN_JOB) {
                event(
                        block,
                        job,
                        start - 400 + (job == LATE_JOB ? 1_200 : 0),
                        "JobCreated",
                        Map.of(
                                "jobId", job(job).toString(),
                                "customer", CUSTOMERS.get(job % 2).toString(),
                                "kind", Hash32.ofName("TRAIN").toString(),
                                "deadline", Long.toString(start + (job == 2 ? 2_400 : 36_000))));
                block += 10;
            }
        }
        for (int minute = 0; minute <= MINUTES; minute++) {
            long time = start + minute * 60L + 30;
            if (random.nextInt(15) == 0) {
                String key = List.of("price.cpuMinute", "price.storageGbMonth", "stakePerNodeMinute")
                        .get(random.nextInt(3));
                event(
                        1_000 + minute,
                        1,
                        time,
                        "ParameterSet",
                        parameter(
                                key,
                                key.startsWith("s") ? 500 + random.nextInt(1_000) : random.nextInt(2_000_000_000)));
            }
            if (random.nextInt(12) == 0) {
                event(
                        1_000 + minute,
                        2,
                        time,
                        "CustomerStakeChanged",
                        Map.of(
                                "customer", CUSTOMERS.get(random.nextInt(2)).toString(),
                                "stake", Integer.toString(random.nextInt(100_000))));
            }
            if (random.nextInt(20) == 0) {
                event(
                        1_000 + minute,
                        3,
                        time,
                        "Subscribed",
                        Map.of(
                                "account", CUSTOMERS.get(random.nextInt(2)).toString(),
                                "plan",
                                        Hash32.ofName(List.of("STANDARD", "PREMIUM", "VIP")
                                                        .get(random.nextInt(3)))
                                                .toString(),
                                "validFrom", Long.toString(time),
                                "validUntil", Long.toString(time + 60 + random.nextInt(3_600)),
                                "paid", "1"));
            }
            event(1_000 + minute, -1, time + 31, "BlockFinalized", Map.of());
        }
    }

    private static Map<String, String> parameter(String key, long value) {
        return Map.of("key", Hash32.ofName(key).toString(), "value", Long.toString(value));
    }

    private void event(long block, int log, long timeSeconds, String name, Map<String, String> args) {
        chainEvents.add(new ChainEvent(
                block,
                AvroValues.avro(Hash32.ofName("block")),
                timeSeconds,
                AvroValues.avro(Hash32.ZERO),
                (long) log,
                AvroValues.avro(Address.ZERO),
                name,
                new HashMap<>(args)));
    }

    private void jobs(Random random) {
        for (int job = 0; job < JOBS; job++) {
            if (job != HOMELESS_JOB) {
                dispatch(job, job % 3, START - 60_000 + random.nextInt(600_000));
            }
        }
        dispatch(0, 1, START + random.nextInt(1_200_000));
        for (long at = START - 60_000; at < START + MINUTES * 60_000L + 200_000; at += 20_000) {
            jobEvents.add(new JobEvent(
                    JobEventType.PROGRESS, AvroValues.avro(Hash32.ZERO), AvroValues.avro(Address.ZERO), at, at));
        }
    }

    private void dispatch(int job, int node, long at) {
        jobEvents.add(new JobEvent(
                JobEventType.DISPATCHED, AvroValues.avro(job(job)), AvroValues.avro(NODES.get(node)), at, at + 40));
    }

    private void nodes(Random random) {
        long sequence = 1;
        for (int node = 0; node < NODES.size(); node++) {
            long boot = 100L * node;
            long[] cpu = new long[JOBS];
            long[] egress = new long[JOBS];
            List<TelemetryPayload.Entry> held = new ArrayList<>();
            for (long at = START + node * 1_000L; at < START + MINUTES * 60_000L; at += 30_000) {
                if (random.nextInt(50) == 0) {
                    boot++;
                    cpu = new long[JOBS];
                    egress = new long[JOBS];
                }
                held.add(new TelemetryPayload.Sample(at, 1, 2, 3, 4, 5, 6, 7, boot));
                for (int job = 0; job < JOBS; job++) {
                    if (random.nextInt(3) == 0) {
                        continue;
                    }
                    cpu[job] += random.nextInt(40_000);
                    egress[job] += random.nextInt(3) == 0 ? random.nextInt(1_000_000_000) : 0;
                    if (random.nextInt(80) == 0) {
                        cpu[job] /= 2;
                    }
                    held.add(new TelemetryPayload.JobUsage(
                            job(job), at, cpu[job], random.nextInt(2) * cpu[job] / 4, egress[job]));
                }
                for (Address account : CUSTOMERS) {
                    if (random.nextInt(3) == 0) {
                        held.add(new TelemetryPayload.StorageUsage(account, at, random.nextInt(10) * 500_000_000_000L));
                    }
                }
                if (random.nextInt(8) == 0) {
                    continue; // goes with the next envelope: buffered
                }
                long sentAt = at + (random.nextInt(15) == 0 ? random.nextInt(900_000) : random.nextInt(3_000));
                long receivedAt = sentAt + (random.nextInt(15) == 0 ? random.nextInt(920_000) : random.nextInt(300));
                SignedEnvelope envelope = new SignedEnvelope(
                        AvroValues.avro(NODES.get(node)),
                        sequence++,
                        sentAt,
                        0L,
                        AvroValues.avro(Hash32.ZERO),
                        ByteBuffer.wrap(EnvelopeSigner.encode(TelemetryPayload.of(held))),
                        ByteBuffer.wrap(new byte[65]),
                        receivedAt,
                        "gateway-1");
                held.clear();
                if (random.nextInt(12) > 0) {
                    telemetry.add(envelope);
                }
                if (random.nextInt(15) == 0) {
                    telemetry.add(SignedEnvelope.newBuilder(envelope)
                            .setReceivedAt(receivedAt + random.nextInt(60_000))
                            .build());
                }
            }
        }
    }
}
