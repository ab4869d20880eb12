package io.ocos.jobs.analytics;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.jobs.kafka.KafkaProcess;
import io.ocos.jobs.runtime.FlinkRuntime;
import io.ocos.jobs.runtime.FlinkRuntimeConfig;
import io.ocos.schemas.avro.JobEventType;
import io.ocos.schemas.avro.RegistryOperation;
import io.ocos.schemas.avro.SettlementLeaf;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.avro.TelemetryTick;
import io.ocos.schemas.config.ConfigLoader;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.domain.TokenAmount;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The job on a real broker and a real ClickHouse: each record, good or bad, is found again as it was written. */
class AnalyticsJobITCase {

    private static final String MAX = TokenAmount.MAX.toString();

    @TempDir
    static Path dir;

    private static ClickHouse clickHouse;
    private static KafkaProcess kafka;
    private static Topics topics;
    private static FlinkRuntime flink;

    @BeforeAll
    static void start() throws Exception {
        clickHouse = ClickHouse.start(dir.resolve("clickhouse"));
        kafka = KafkaProcess.start(dir.resolve("kafka"));
        topics = Topics.create(kafka.bootstrap());
        flink = FlinkRuntime.start(ConfigLoader.load(
                FlinkRuntimeConfig.class,
                null,
                Map.of(
                        "dataDir", dir.resolve("flink").toString(),
                        "analytics.kafkaBootstrap", kafka.bootstrap(),
                        "analytics.clickhouseUrl", clickHouse.url(),
                        "analytics.flushIntervalMillis", "100",
                        "analytics.checkpointIntervalMillis", "1000")));
    }

    @AfterAll
    static void stop() {
        flink.close();
        topics.close();
        kafka.close();
        clickHouse.close();
    }

    @Test
    void minutes() {
        topics.put(Topic.NODE_MINUTES, 3, Records.nodeMinute(Records.MINUTE, 1, 6));
        topics.put(Topic.REPUTATION_SCORES, 2, Records.score(Records.MINUTE, 1, 1_000_000));
        topics.put(Topic.MINUTES_CLOSED, 0, Records.minuteClosed(Records.MINUTE));

        clickHouse.await("""
                SELECT minute, minute_start, node, type, slots, kafka_partition, kafka_offset
                FROM ocos.node_minutes WHERE minute = 29000000""", "29000000\t2025-02-19 21:20:00\t%s\tAI\t6\t3\t0".formatted(Records.node(1)));
        clickHouse.await(
                "SELECT minute, minute_start, node, score FROM ocos.reputation_scores WHERE minute = 29000000",
                "29000000\t2025-02-19 21:20:00\t%s\t1000000".formatted(Records.node(1)));
        clickHouse.await("""
                SELECT minute, nodes, slots, paid, rewards, job_rewards, job_rewards_total, adjustments, adjustments_total
                FROM ocos.minutes_closed""", "29000000\t3\t17\t3\t150\t1\t7\t2\t9");
        clickHouse.await(
                "SELECT type, nodes, slots, paid, raw, cap, rewards FROM ocos.minutes_closed_by_type ORDER BY type",
                "AI\t2\t11\t2\t100\t1000\t100",
                "EDGE\t1\t6\t1\t70\t50\t50");
    }

    @Test
    void rewards() {
        topics.put(Topic.REWARDS, 0, Records.minuteReward(Records.MINUTE, 1, TokenAmount.MAX));
        topics.put(Topic.REWARDS, 1, Records.jobReward(Records.MINUTE, 1, 3, 12, Records.node(2), TokenAmount.wei(5)));
        topics.put(Topic.REWARDS, 1, Records.jobReward(Records.MINUTE, 1, 3, 13, null, TokenAmount.ZERO));
        topics.put(Topic.REWARDS, 2, Records.adjustment(Records.MINUTE, 4, 14, TokenAmount.wei(9)));
        topics.put(Topic.REWARDS, 2, Records.adjustment(Records.MINUTE, 4, 15, TokenAmount.wei(9)));

        clickHouse.await(
                """
                SELECT minute, kind, node, job, payee, amount, reason, block_number, log_index
                FROM ocos.rewards ORDER BY kind, block_number""",
                "29000000\tADJUSTMENT\t\t\t%s\t9\tADJUSTED\t14\t3".formatted(Records.node(4)),
                "29000000\tADJUSTMENT\t\t\t%s\t9\tADJUSTED\t15\t3".formatted(Records.node(4)),
                "29000000\tJOB\t%s\t%s\t%s\t5\tPAID\t12\t2".formatted(Records.node(1), Records.job(3), Records.node(2)),
                "29000000\tJOB\t%s\t%s\t\t0\tUNREGISTERED\t13\t2".formatted(Records.node(1), Records.job(3)),
                "29000000\tMINUTE\t%s\t\t%s\t%s\tPAID\t-1\t-1".formatted(Records.node(1), Records.node(2), MAX));
    }

    @Test
    void settlement() {
        for (long number = 1; number <= 4; number++) {
            topics.put(Topic.SETTLEMENT_BATCHES, 0, Records.settlementBatch(number));
        }
        topics.put(
                Topic.SETTLEMENT_LEAVES,
                3,
                new SettlementLeaf(
                        1L,
                        Records.MINUTE + 5,
                        AvroValues.avro(Records.node(1)),
                        AvroValues.avro(TokenAmount.MAX),
                        AvroValues.avro(TokenAmount.wei(1))));
        chainSays(100, "BatchProposed", 2);
        chainSays(101, "BatchProposed", 3);
        chainSays(102, "BatchVetoed", 3);
        chainSays(103, "BatchProposed", 4);
        chainSays(104, "BatchFinalized", 4);

        clickHouse.await(
                "SELECT number, state FROM ocos.settlement_batches ORDER BY number",
                "1\tSUPERSEDED",
                "2\tPROPOSED",
                "3\tVETOED",
                "4\tFINALIZED");
        clickHouse.await(
                """
                SELECT epoch, from_minute, to_minute, to_start, root, cumulative_total, delta, payees, changed, cid,
                       artifact_digest, artifact_bytes
                FROM ocos.settlement_batches WHERE number = 1""",
                "5800000\t29000000\t29000005\t2025-02-19 21:25:00\t%s\t%s\t7\t3\t2\tbafk\t%s\t99"
                        .formatted(Records.job(1), MAX, Records.job(2)));
        clickHouse.await(
                "SELECT number, to_minute, payee, cumulative, delta FROM ocos.settlement_leaves",
                "1\t29000005\t%s\t%s\t1".formatted(Records.node(1), MAX));
    }

    @Test
    void registry() {
        String operator = Records.node(1).toString();
        String customer = Records.node(2).toString();
        String node = Records.node(3).toString();
        String window = "0b1f7a3e-0000-4000-8000-000000000001";
        Map<String, String> left = Map.of("operator", operator, "name", "Left", "changed_at", "2025-02-19T21:20:00Z");
        Map<String, String> first = Map.of("name", "Ada", "changed_at", "2025-02-19T21:20:00Z");
        Map<String, String> second = Map.of(
                "name",
                "Ada & Co",
                "contact",
                "it's \"ada\"",
                "ended_at",
                "2025-02-19T21:20:01.250Z",
                "changed_at",
                "2025-02-19T21:20:01.5Z",
                "added_later",
                "1");
        registryChange(1, 5, RegistryOperation.SNAPSHOT, "operators", node, null, left);
        registryChange(2, 10, RegistryOperation.SNAPSHOT, "operators", operator, null, first);
        registryChange(2, 13, RegistryOperation.UPDATE, "operators", operator, first, second);
        registryChange(
                2,
                11,
                RegistryOperation.INSERT,
                "customers",
                customer,
                null,
                Map.of(
                        "name",
                        "Bob",
                        "alert_thresholds_ppm",
                        "800000,1000000",
                        "declared_storage_bytes",
                        "9000000000000000000",
                        "changed_at",
                        "2025-02-19T21:20:00Z"));
        registryChange(
                2,
                11,
                RegistryOperation.INSERT,
                "nodes",
                node,
                null,
                Map.of("operator", operator, "region", "eu-central", "changed_at", "2025-02-19T21:20:00Z"));
        registryChange(
                2,
                11,
                RegistryOperation.INSERT,
                "maintenance",
                window,
                null,
                Map.of(
                        "node",
                        node,
                        "starts_at",
                        "2025-02-19T21:20:00Z",
                        "ends_at",
                        "2025-02-19T22:20:00.001Z",
                        "changed_at",
                        "2025-02-19T21:20:00Z"));
        registryChange(2, 14, RegistryOperation.DELETE, "nodes", node, first, null);
        registryChange(2, 15, RegistryOperation.PROGRESS, "", "", null, null);

        clickHouse.await(
                """
                SELECT table_name, key, operation, toUnixTimestamp64Milli(generation), lsn, committed_at, before['name'], after['name']
                FROM ocos.registry_history ORDER BY generation, lsn, table_name""",
                "operators\t%s\tSNAPSHOT\t1\t5\t2025-02-19 21:20:00.005\t\tLeft".formatted(node),
                "operators\t%s\tSNAPSHOT\t2\t10\t2025-02-19 21:20:00.010\t\tAda".formatted(operator),
                "customers\t%s\tINSERT\t2\t11\t2025-02-19 21:20:00.011\t\tBob".formatted(customer),
                "maintenance\t%s\tINSERT\t2\t11\t2025-02-19 21:20:00.011\t\t".formatted(window),
                "nodes\t%s\tINSERT\t2\t11\t2025-02-19 21:20:00.011\t\t".formatted(node),
                "operators\t%s\tUPDATE\t2\t13\t2025-02-19 21:20:00.013\tAda\tAda & Co".formatted(operator),
                "nodes\t%s\tDELETE\t2\t14\t2025-02-19 21:20:00.014\tAda\t".formatted(node));
        clickHouse.await(
                "SELECT operator, name, contact, ended_at, changed_at, committed_at, columns['added_later'] FROM ocos.registry_operators",
                "%s\tAda & Co\tit\\'s \"ada\"\t2025-02-19 21:20:01.250\t2025-02-19 21:20:01.500\t2025-02-19 21:20:00.013\t1"
                        .formatted(operator));
        clickHouse.await(
                "SELECT account, name, contact, alert_thresholds_ppm, declared_storage_bytes, ended_at FROM ocos.registry_customers",
                "%s\tBob\t\t[800000,1000000]\t9000000000000000000\t\\N".formatted(customer));
        clickHouse.await("SELECT count() FROM ocos.registry_nodes", "0");
        clickHouse.await(
                "SELECT id, node, starts_at, ends_at, reason FROM ocos.registry_maintenance",
                "%s\t%s\t2025-02-19 21:20:00.000\t2025-02-19 22:20:00.001\t".formatted(window, node));
    }

    private static void registryChange(
            long generation,
            long lsn,
            RegistryOperation operation,
            String table,
            String key,
            @Nullable Map<String, String> before,
            @Nullable Map<String, String> after) {
        topics.put(
                Topic.REGISTRY_CHANGES,
                0,
                Records.registryChange(generation, lsn, operation, table, key, before, after));
    }

    private static void chainSays(long block, String event, long number) {
        topics.put(Topic.CHAIN_EVENTS, 0, Records.chainEvent(block, 0, event, Map.of("number", Long.toString(number))));
    }

    @Test
    void chainEventsWithTextOfEveryKind() {
        String nasty = "it's a \"quoted\" \\ text,\n\t'); DROP TABLE ocos.rewards_store; -- \u0000 \ud83d\ude00 ü";
        topics.put(Topic.CHAIN_EVENTS, 0, Records.chainEvent(7, 3, "Nasty", Map.of("reason", nasty, "amount", MAX)));
        topics.put(Topic.CHAIN_EVENTS, 0, Records.chainEvent(7, -1, "BlockFinalized", Map.of()));

        clickHouse.await(
                """
                SELECT log_index, name, block_hash, toUnixTimestamp(block_time), effective_minute, transaction_hash,
                       contract, length(args), hex(args['reason']), args['amount']
                FROM ocos.chain_events WHERE block_number = 7 ORDER BY log_index""",
                "-1\tBlockFinalized\t%s\t1740000021\t29000001\t%s\t%s\t0\t\t"
                        .formatted(Records.job(7), Hash32.ZERO, Records.node(5)),
                "3\tNasty\t%s\t1740000021\t29000001\t%s\t%s\t2\t%s\t%s"
                        .formatted(
                                Records.job(7),
                                Hash32.ZERO,
                                Records.node(5),
                                upperHex(nasty.getBytes(StandardCharsets.UTF_8)),
                                MAX));
    }

    @Test
    void jobEvents() {
        topics.put(Topic.JOB_EVENTS, 0, Records.jobEvent(JobEventType.VERIFIED, 4, 2, Records.MILLIS + 1));

        clickHouse.await(
                "SELECT type, job_id, node, at, recorded_at FROM ocos.job_events",
                "VERIFIED\t%s\t%s\t2025-02-19 21:20:00.001\t2025-02-19 21:20:00.006"
                        .formatted(Records.job(4), Records.node(2)));
    }

    @Test
    void envelopesWithTheirSamples() {
        long sentAt = Records.MILLIS + 35_000;
        byte[] payload = Records.payload(
                List.of(
                        Records.sample(sentAt),
                        Records.sample(sentAt - 900_001),
                        Records.sample(sentAt + 1),
                        Records.sample(Long.MAX_VALUE)),
                List.of(Records.jobUsage(sentAt), Records.jobUsage(0)),
                List.of(Records.storageUsage(sentAt + 1)));
        topics.put(Topic.TELEMETRY, 1, new TelemetryTick("gateway-1", sentAt));
        RecordMetadata place = topics.put(Topic.TELEMETRY, 1, Records.envelope(3, 42, sentAt, payload));

        clickHouse.await(
                """
                SELECT node, sequence, received_at, minute, minute_start, slot, sent_at, counts_for_uptime, gateway,
                       beacon_block, beacon_hash, payload_bytes, payload_hash, samples, job_usage, storage_usage, dropped,
                       kafka_partition, kafka_offset
                FROM ocos.telemetry_envelopes WHERE sequence = 42""",
                ("%s\t42\t2025-02-19 21:20:35.100\t29000000\t2025-02-19 21:20:00\t3\t2025-02-19 21:20:35.000\ttrue"
                                + "\tgateway-1\t77\t%s\t%d\t%s\t4\t2\t1\t5\t1\t%d")
                        .formatted(
                                Records.node(3),
                                Records.job(77),
                                payload.length,
                                Hex.format(Keccak.hash(payload)),
                                place.offset()));
        clickHouse.await(
                """
                SELECT node, toUnixTimestamp64Milli(at), entry, accepted, cpu_ppm, memory_ppm, gpu_ppm, gpu_memory_ppm,
                       disk_ppm, rx_bytes, tx_bytes, boot_id
                FROM ocos.telemetry_samples WHERE sequence = 42 ORDER BY entry""",
                "%s\t%d\t0\ttrue\t1\t2\t3\t4\t1000000\t6\t9223372036854775807\t-8".formatted(Records.node(3), sentAt),
                "%s\t%d\t1\tfalse\t1\t2\t3\t4\t1000000\t6\t9223372036854775807\t-8"
                        .formatted(Records.node(3), sentAt - 900_001),
                "%s\t%d\t2\tfalse\t1\t2\t3\t4\t1000000\t6\t9223372036854775807\t-8"
                        .formatted(Records.node(3), sentAt + 1));
        clickHouse.await("""
                SELECT entry, reason FROM ocos.rejected_records
                WHERE source = 'telemetry' AND source_partition = 1 AND source_offset = %d ORDER BY entry""".formatted(place.offset()), "1\tS1", "2\tS1", "3\tS1", "5\tS1", "6\tS1");
    }

    @Test
    void aRecordThatCannotBeARowIsFoundAgainWithItsBytes() {
        byte[] good = RecordCodec.encode(Records.nodeMinute(Records.MINUTE, 1, 1));
        byte[] truncated = Arrays.copyOf(good, good.length - 1);
        byte[] notUtf8 = {(byte) 0xc3, 0x28, 0x27, 0x00, 0x0a, (byte) 0xff};
        byte[] unknownSchema = good.clone();
        unknownSchema[2] ^= 1;
        SignedEnvelope badPayload = Records.envelope(3, 43, Records.MILLIS, new byte[] {1});
        SignedEnvelope farFuture =
                Records.envelope(3, 44, Long.MAX_VALUE - 200, Records.payload(List.of(), List.of(), List.of()));

        expectRejected(Topic.TELEMETRY, 0, notUtf8, "NO_HEADER");
        expectRejected(Topic.CHAIN_EVENTS, 0, unknownSchema, "UNKNOWN_SCHEMA");
        expectRejected(Topic.NODE_MINUTES, 1, truncated, "UNREADABLE");
        expectRejected(Topic.JOB_EVENTS, 0, good, "WRONG_TYPE");
        expectRejected(Topic.REWARDS, 1, null, "NO_VALUE");
        expectRejected(Topic.TELEMETRY, 2, RecordCodec.encode(badPayload), "E3");
        expectRejected(Topic.TELEMETRY, 2, RecordCodec.encode(farFuture), "OUT_OF_RANGE");
        expectRejected(Topic.NODE_MINUTES, 0, RecordCodec.encode(Records.nodeMinute(71_582_789, 1, 1)), "OUT_OF_RANGE");
        expectRejected(Topic.NODE_MINUTES, 0, RecordCodec.encode(Records.nodeMinute(-1, 1, 1)), "OUT_OF_RANGE");
        expectRejected(Topic.TELEMETRY_REJECTED, 0, notUtf8, "NO_HEADER");
    }

    @Test
    void aRowThatClickHouseRefusesIsNamedAndTheOthersOfItsBlockAreKept() {
        long minute = Records.MINUTE + 50;
        for (int i = 0; i < 20; i++) {
            topics.send(Topic.NODE_MINUTES, 2, Records.nodeMinute(minute, i, i == 7 ? 7 : 6));
        }
        topics.flush();

        clickHouse.await("SELECT count(), sum(slots) FROM ocos.node_minutes WHERE minute = " + minute, "19\t114");
        clickHouse.await(
                """
                SELECT reason, position(detail, 'slots_in_range') > 0, hex(raw) FROM ocos.rejected_records
                WHERE source = 'node-minutes' AND source_partition = 2""", "REFUSED_BY_CLICKHOUSE\t1\t" + upperHex(RecordCodec.encode(Records.nodeMinute(minute, 7, 7))));
    }

    @Test
    void whatOthersRejectedIsKept() {
        byte[] raw = {0x27, 0x00, (byte) 0xfe, 0x5c};
        RecordMetadata first = topics.put(Topic.TELEMETRY_REJECTED, 0, Records.rejected("gateway", -1, -1, "E4", raw));
        RecordMetadata second = topics.put(Topic.TELEMETRY_REJECTED, 0, Records.rejected("gateway", -1, -1, "E4", raw));
        topics.put(Topic.JOB_EVENTS_REJECTED, 0, Records.rejected("job-events", 0, 1_000_000, "J1", raw));

        clickHouse.await(
                """
                SELECT source_partition, source_offset, entry, reason, detail, detected_by, hex(key), hex(raw),
                       rejected_topic, rejected_partition, rejected_offset
                FROM ocos.rejected_records WHERE source = 'gateway' ORDER BY rejected_offset""",
                "-1\t-1\t-1\tE4\twhat was wrong\treward-pipeline\t01\t2700FE5C\ttelemetry-rejected\t0\t"
                        + first.offset(),
                "-1\t-1\t-1\tE4\twhat was wrong\treward-pipeline\t01\t2700FE5C\ttelemetry-rejected\t0\t"
                        + second.offset());
        clickHouse.await("""
                SELECT reason, hex(raw) FROM ocos.rejected_records
                WHERE source = 'job-events' AND source_offset = 1000000""", "J1\t2700FE5C");
    }

    @Test
    void aRecordThatAnotherJobRejectsTooIsOneRow() {
        byte[] raw = {1, 2, 3};
        RecordMetadata place = topics.put(Topic.CHAIN_EVENTS, 0, raw);
        topics.put(
                Topic.CHAIN_EVENTS_REJECTED, 0, Records.rejected("chain-events", 0, place.offset(), "NO_HEADER", raw));

        clickHouse.await("""
                SELECT detected_by, reason, hex(raw) FROM ocos.rejected_records
                WHERE source = 'chain-events' AND source_offset = %d""".formatted(place.offset()), "reward-pipeline\tNO_HEADER\t010203");
    }

    @Test
    void figuresAreOnTheOperationsPort() throws Exception {
        topics.put(Topic.REPUTATION_SCORES, 0, Records.score(Records.MINUTE + 1, 1, 5));
        clickHouse.await("SELECT count() FROM ocos.reputation_scores WHERE minute = 29000001", "1");
        URI ops = URI.create("http://127.0.0.1:" + flink.opsPort());

        assertThat(get(ops.resolve("/ready"))).contains("\"ready\":true");
        assertThat(get(ops.resolve("/metrics")))
                .contains("ocos_flink_job_running{job=\"analytics\"")
                .containsPattern(
                        "flink_taskmanager_job_task_operator_\\S*clickhouseRows\\{.*table=\"reputation_scores\"")
                .contains("flink_jobmanager_job_numRestarts");
        assertThat(get(flink.webAddress().resolve("/jobs/overview"))).contains("\"name\":\"analytics\"");
        assertThat(get(flink.webAddress())).contains("<title>Apache Flink Web Dashboard</title>");
    }

    private static void expectRejected(Topic topic, int partition, byte @Nullable [] value, String reason) {
        RecordMetadata place = topics.put(topic, partition, value);
        clickHouse.await(
                """
                SELECT reason, detail != '', detected_by, hex(key), hex(raw), rejected_topic FROM ocos.rejected_records
                WHERE source = '%s' AND source_partition = %d AND source_offset = %d""".formatted(topic.topicName(), partition, place.offset()),
                "%s\t1\tanalytics\t6B\t%s\t".formatted(reason, value == null ? "\\N" : upperHex(value)));
    }

    private static String upperHex(byte[] bytes) {
        return HexFormat.of().withUpperCase().formatHex(bytes);
    }

    private static String get(URI uri) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
