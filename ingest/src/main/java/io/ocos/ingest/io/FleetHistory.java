package io.ocos.ingest.io;

import io.ocos.ingest.config.FleetConfig;
import io.ocos.ingest.domain.FleetPlan;
import io.ocos.ingest.domain.FleetTraffic;
import io.ocos.ingest.domain.FleetTraffic.Emission;
import io.ocos.ingest.domain.FleetUsage;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.TelemetrySubmission;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes a fleet's past straight into the topics {@code telemetry} and {@code job-events}, with past times, as gateways and
 * dispatcher would have. The topic's limits on timestamps must not be set yet (DESIGN 2).
 *
 * <p>Records of a partition come in the order of time but for the configured reordering, which stays far within the 10 s of
 * SPEC 13. Ticks go into every partition each second, PROGRESS every 10 s.
 */
public final class FleetHistory {

    /** Name under which history's envelopes and ticks are written. */
    public static final String GATEWAY = "history";

    private static final EnvelopeSigner.Beacon NO_BEACON = new EnvelopeSigner.Beacon(0, Hash32.ZERO);

    private FleetHistory() {}

    /**
     * What was written.
     *
     * @param envelopes records in {@code telemetry} without ticks, duplicates and forged ones included
     * @param ticks tick records
     * @param progress PROGRESS records
     */
    public record Summary(long envelopes, long ticks, long progress) {}

    /**
     * Writes the minutes up to a time.
     *
     * @param minutes > 0
     * @param untilMillis first moment that is not history any more; slots begun by then are left out
     * @param minutesDone told the number of minutes done after each
     * @throws ConfigException when a range is empty or Kafka refuses what is written
     */
    public static Summary load(FleetConfig config, int minutes, long untilMillis, LongConsumer minutesDone) {
        if (minutes < 1 || untilMillis < minutes * Minutes.MILLIS) {
            throw new ConfigException("history of %d min until %d ms: expected at least 1 min, after 1970"
                    .formatted(minutes, untilMillis));
        }
        FleetTraffic traffic = FleetFiles.traffic(config);
        try (KafkaProducer<byte[], byte[]> producer = producer(config.requireKafka())) {
            AtomicReference<Exception> failure = new AtomicReference<>();
            int partitions = producer.partitionsFor(Topic.TELEMETRY.topicName()).size();
            Summary summary = write(config, traffic, partitions, minutes, untilMillis, minutesDone, record -> {
                requireWritten(failure);
                var unused = producer.send(record, (metadata, exception) -> {
                    if (exception != null) {
                        failure.compareAndSet(null, exception);
                    }
                });
            });
            producer.flush();
            requireWritten(failure);
            return summary;
        } catch (KafkaException e) {
            throw new ConfigException("history: Kafka at %s: %s".formatted(config.kafkaBootstrap(), e.getMessage()), e);
        }
    }

    /**
     * As {@link #load}, into any sink, called by one thread in the order of each partition; envelopes have no partition yet.
     *
     * @param partitions of topic {@code telemetry}
     */
    public static Summary write(
            FleetConfig config,
            int partitions,
            int minutes,
            long untilMillis,
            LongConsumer minutesDone,
            Consumer<ProducerRecord<byte[], byte[]>> sink) {
        return write(config, FleetFiles.traffic(config), partitions, minutes, untilMillis, minutesDone, sink);
    }

    /**
     * Gives the jobs of the configuration to their nodes, as a dispatcher would; for a fleet without history.
     *
     * @throws ConfigException when Kafka refuses what is written
     */
    public static void dispatch(FleetConfig config, long atMillis) {
        try (KafkaProducer<byte[], byte[]> producer = producer(config.requireKafka())) {
            AtomicReference<Exception> failure = new AtomicReference<>();
            for (ProducerRecord<byte[], byte[]> record : dispatches(config, FleetFiles.plan(config), atMillis)) {
                var unused = producer.send(record, (metadata, exception) -> {
                    if (exception != null) {
                        failure.compareAndSet(null, exception);
                    }
                });
            }
            producer.flush();
            requireWritten(failure);
        } catch (KafkaException e) {
            throw new ConfigException("jobs: Kafka at %s: %s".formatted(config.kafkaBootstrap(), e.getMessage()), e);
        }
    }

    private static List<ProducerRecord<byte[], byte[]>> dispatches(FleetConfig config, FleetPlan plan, long at) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (FleetUsage.Job job :
                FleetFiles.usage(config, plan).map(FleetUsage::jobs).orElse(List.of())) {
            for (int node : job.nodes()) {
                JobEvent event = new JobEvent(
                        JobEventType.DISPATCHED,
                        AvroValues.avro(job.id()),
                        AvroValues.avro(plan.nodes().get(node).address()),
                        at,
                        at);
                records.add(new ProducerRecord<>(
                        Topic.JOB_EVENTS.topicName(), null, at, job.id().toBytes(), RecordCodec.encode(event)));
            }
        }
        return records;
    }

    /** As {@link #load}, into any sink, called by one thread in the order of each partition. */
    static Summary write(
            FleetConfig config,
            FleetTraffic traffic,
            int partitions,
            int minutes,
            long untilMillis,
            LongConsumer minutesDone,
            Consumer<ProducerRecord<byte[], byte[]>> sink) {
        dispatches(config, traffic.plan(), untilMillis - minutes * Minutes.MILLIS)
                .forEach(sink);
        return new Writer(new FleetSigner(config, traffic), traffic, partitions, sink)
                .write(minutes, untilMillis, minutesDone);
    }

    private static void requireWritten(AtomicReference<Exception> failure) {
        Exception first = failure.get();
        if (first != null) {
            throw new ConfigException(
                    "history: Kafka refused a record: %s; are the topic's limits on timestamps set already?"
                            .formatted(first.getMessage()),
                    first);
        }
    }

    private static KafkaProducer<byte[], byte[]> producer(String bootstrap) {
        Map<String, Object> settings = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                ProducerConfig.CLIENT_ID_CONFIG,
                "fleet-history",
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                true,
                ProducerConfig.LINGER_MS_CONFIG,
                20,
                ProducerConfig.BATCH_SIZE_CONFIG,
                256 * 1024);
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static final class Writer {

        private final FleetSigner signer;
        private final FleetTraffic traffic;
        private final int partitions;
        private final Consumer<ProducerRecord<byte[], byte[]>> sink;
        private long envelopes;
        private long ticks;
        private long progress;

        Writer(
                FleetSigner signer,
                FleetTraffic traffic,
                int partitions,
                Consumer<ProducerRecord<byte[], byte[]>> sink) {
            this.signer = signer;
            this.traffic = traffic;
            this.partitions = partitions;
            this.sink = sink;
        }

        Summary write(int minutes, long untilMillis, LongConsumer minutesDone) {
            long from = untilMillis - minutes * Minutes.MILLIS;
            long tickAt = from;
            long done = 0;
            long firstSlot = from / Minutes.SLOT_MILLIS * Minutes.SLOT_MILLIS;
            for (long slot = firstSlot; slot < untilMillis; slot += Minutes.SLOT_MILLIS) {
                List<Written> slotRecords = traffic.slot(slot).stream()
                        .filter(emission -> emission.signedAt() >= from && emission.writtenAt() < untilMillis)
                        .toList()
                        .parallelStream()
                        .map(emission -> new Written(emission, encode(emission)))
                        .toList();
                for (Written written : slotRecords) {
                    tickAt = tick(tickAt, written.emission.writtenAt());
                    sink.accept(new ProducerRecord<>(
                            Topic.TELEMETRY.topicName(),
                            null,
                            written.emission.receivedAt(),
                            traffic.plan()
                                    .nodes()
                                    .get(written.emission.node())
                                    .address()
                                    .toBytes(),
                            written.value));
                    envelopes++;
                }
                long slotEnd = Math.min(slot + Minutes.SLOT_MILLIS, untilMillis);
                tickAt = tick(tickAt, slotEnd);
                jobProgress(slotEnd);
                if ((slotEnd - from) / Minutes.MILLIS > done) {
                    done = (slotEnd - from) / Minutes.MILLIS;
                    minutesDone.accept(done);
                }
            }
            tick(untilMillis, untilMillis + 1);
            return new Summary(envelopes, ticks, progress);
        }

        /** Ticks of every second from {@code at} until before a time; the next one's time. */
        private long tick(long at, long beforeMillis) {
            long next = at;
            for (; next < beforeMillis; next += 1_000) {
                byte[] tick = RecordCodec.encode(new TelemetryTick(GATEWAY, next));
                for (int partition = 0; partition < partitions; partition++) {
                    sink.accept(new ProducerRecord<>(Topic.TELEMETRY.topicName(), partition, next, null, tick));
                    ticks++;
                }
            }
            return next;
        }

        private void jobProgress(long at) {
            sink.accept(JobProgress.record(at));
            progress++;
        }

        private byte[] encode(Emission emission) {
            TelemetrySubmission signed = signer.sign(emission, NO_BEACON);
            return RecordCodec.encode(new SignedEnvelope(
                    signed.getNode(),
                    signed.getSequence(),
                    signed.getSentAt(),
                    signed.getBeaconBlock(),
                    signed.getBeaconHash(),
                    signed.getPayload(),
                    signed.getSignature(),
                    emission.receivedAt(),
                    GATEWAY));
        }

        /** An emission and its record's value. */
        @SuppressWarnings("ArrayRecordComponent") // Handed on and never compared.
        private record Written(Emission emission, byte[] value) {}
    }
}
