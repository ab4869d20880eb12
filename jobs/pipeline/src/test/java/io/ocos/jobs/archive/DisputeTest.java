package io.ocos.jobs.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ocos.ingest.domain.Receipt;
import io.ocos.ingest.domain.ReceiptDomain;
import io.ocos.ingest.io.NodeKeys;
import io.ocos.jobs.archive.Dispute.Outcome;
import io.ocos.jobs.cli.Ocos;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.avro.Bytes20;
import io.ocos.schemas.avro.Bytes32;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.io.ArchiveManifest;
import io.ocos.schemas.io.Secp256k1Keys;
import io.ocos.schemas.io.Topic;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DisputeTest {

    private static final long CHAIN_ID = 56;
    private static final Address REGISTRY = Address.parse("0x00000000000000000000000000000000000000aa");
    private static final NodeKeys GATEWAY = NodeKeys.of(key(1));
    private static final NodeKeys OTHER = NodeKeys.of(key(2));
    private static final long START = 29_000_000L * 60_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path dir;

    private List<ArchiveManifest> manifests = List.of();

    /** Envelopes of three nodes at offsets 5, 6, 7, … of telemetry-0 but 20; the archive ends in the third minute. */
    @BeforeEach
    void archive() throws IOException {
        List<RawRecord> records = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            long at = START + i * 1_000L;
            if (i != 15) {
                records.add(ArchiveInputTest.record(Topic.TELEMETRY, 0, 5 + i, at, envelope(i)));
            }
            records.add(ArchiveInputTest.record(Topic.CHAIN_EVENTS, 0, i, at, ArchiveInputTest.block(i, at / 1_000)));
            records.add(ArchiveInputTest.record(
                    Topic.JOB_EVENTS, 0, i, at + 60_000, ArchiveInputTest.progress(at + 60_000)));
        }
        manifests = TestArchive.write(dir.resolve("archive"), new ArchiveLayout(1, 10, 3_000), records);
    }

    @Test
    void eachReceiptIsFoundMissingDifferentOrOutOfRange() throws Exception {
        Path receipts = write(
                receipt(0, 0, 5),
                receipt(15, 0, 20),
                receipt(30, 0, 36),
                receipt(100, 0, 105),
                receipt(40, 0, 2),
                receipt(50, 0, 10_000),
                receipt(60, 7, 1));

        Dispute.Result result = dispute().judge(receipts);

        assertThat(result.unusable()).isEmpty();
        assertThat(result.findings().stream().map(Dispute.Finding::outcome))
                .containsExactly(
                        Outcome.PRESENT,
                        Outcome.MISSING,
                        Outcome.DIFFERS,
                        Outcome.PRESENT,
                        Outcome.BEFORE_ARCHIVE,
                        Outcome.NOT_YET_ARCHIVED,
                        Outcome.MISSING);
        Dispute.Finding missing = result.findings().get(1);
        ArchiveManifest manifest = manifests.stream()
                .filter(one -> one.epoch() == 29_000_000)
                .findFirst()
                .orElseThrow();
        ArchiveManifest.Partition partition = manifest.partitions().get(2);
        assertThat(missing.archived())
                .isEqualTo(new Dispute.Range(5, newest().partitions().get(2).to()));
        assertThat(missing.manifestEpoch()).isEqualTo(29_000_000);
        assertThat(missing.manifestDigest()).isEqualTo(manifest.digest());
        assertThat(partition.files())
                .filteredOn(file -> file.from() <= 20 && 20 < file.to())
                .singleElement()
                .satisfies(file -> {
                    assertThat(missing.file()).isEqualTo(file.path());
                    assertThat(missing.fileSha256()).isEqualTo(file.sha256());
                });
        SignedEnvelope there = envelope(31);
        assertThat(result.findings().get(2).found())
                .isEqualTo("the envelope of %s with sequence 31, payload hash %s, receivedAt %d"
                        .formatted(
                                Hex.format(there.getNode().bytes()),
                                Hex.format(Keccak.hash(there.getPayload().array())),
                                there.getReceivedAt()));
    }

    /** What another program needs: with the evidence alone it gets from the receipt's fields to the gateway's address. */
    @Test
    void evidenceCanBeCheckedByAnyone() throws Exception {
        Dispute dispute = dispute();
        Dispute.Result result = dispute.judge(write(receipt(0, 0, 5), receipt(15, 0, 20)));
        Path file = dir.resolve("evidence.json");
        dispute.writeEvidence(result, file);

        JsonNode evidence = JSON.readTree(Files.readAllBytes(file));
        assertThat(evidence.get("archiveManifestDigest").textValue()).isEqualTo(newest().digest());
        assertThat(evidence.get("disputes")).hasSize(1);
        JsonNode entry = evidence.get("disputes").get(0);
        Receipt receipt = new Receipt(
                Address.parse(entry.get("node").textValue()),
                entry.get("sequence").longValue(),
                Hash32.parse(entry.get("payloadHash").textValue()),
                entry.get("receivedAt").longValue(),
                entry.get("gateway").textValue(),
                entry.get("partition").intValue(),
                entry.get("offset").longValue());
        byte[] digest = new ReceiptDomain(
                        evidence.get("chainId").longValue(),
                        Address.parse(evidence.get("registry").textValue()))
                .digest(receipt);
        assertThat(entry.get("digest").textValue()).isEqualTo(Hex.format(digest));
        assertThat(Secp256k1Keys.recover(
                        digest, Hex.parse(entry.get("signature").textValue())))
                .contains(GATEWAY.address());
        assertThat(entry.get("signer").textValue()).isEqualTo(GATEWAY.address().toString());
        assertThat(entry.get("outcome").textValue()).isEqualTo("MISSING");
        assertThat(entry.get("line").intValue()).isEqualTo(2);
    }

    @Test
    void whatProvesNothingIsNamedByLine() throws Exception {
        ObjectNode altered = receipt(15, 0, 20);
        altered.put("offset", 21);
        ObjectNode badSignature = receipt(15, 0, 20);
        badSignature.put("signature", "0x00");
        ObjectNode negative = receipt(15, 0, 20);
        negative.put("sequence", -1);
        ObjectNode incomplete = receipt(15, 0, 20);
        incomplete.remove("payloadHash");
        Path file = dir.resolve("receipts.jsonl");
        Files.writeString(
                file,
                String.join(
                        "\n",
                        "nonsense",
                        "[]",
                        "",
                        altered.toString(),
                        badSignature.toString(),
                        negative.toString(),
                        incomplete.toString(),
                        receipt(15, 0, 20, OTHER).toString(),
                        receipt(15, 0, 20).toString()));

        Dispute.Result result = new Dispute(
                        ArchiveInput.open(dir.resolve("archive").toString()),
                        CHAIN_ID,
                        REGISTRY,
                        Set.of(GATEWAY.address()))
                .judge(file);

        assertThat(result.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.line()).isEqualTo(9);
            assertThat(finding.outcome()).isEqualTo(Outcome.MISSING);
        });
        assertThat(result.unusable()).hasSize(7);
        assertThat(result.unusable().get(0)).startsWith(file + ":1: is no JSON object: Unrecognized token 'nonsense'");
        assertThat(result.unusable().get(1)).isEqualTo(file + ":2: is no JSON object");
        String notSigned =
                "the signature is not that of signer %s: the receipt was altered, or is of another chain id or registry"
                        .formatted(GATEWAY.address());
        assertThat(result.unusable().subList(2, 7))
                .containsExactly(
                        file + ":4: " + notSigned,
                        file + ":5: " + notSigned,
                        file + ":6: sequence: -1, expected an integer 0 … 9223372036854775807",
                        file + ":7: payloadHash: null, expected a string",
                        file
                                + ":8: is signed by %s, expected one of the gateways [%s]"
                                        .formatted(OTHER.address(), GATEWAY.address()));
        assertThatThrownBy(() -> dispute().judge(dir.resolve("absent")))
                .isInstanceOf(ConfigException.class)
                .hasMessage("%s: no such file, or it cannot be read", dir.resolve("absent"));
    }

    @Test
    void exitCodes() throws Exception {
        assertThat(run(write(receipt(0, 0, 5), receipt(50, 0, 10_000)))).isZero();
        assertThat(printed.toString())
                .isEqualTo("2 receipts: 1 present, 0 missing, 0 differ, 1 not yet archived, 0 before the archive;"
                        + " 0 unusable lines\n");
        assertThat(dir.resolve("out.json")).doesNotExist();

        assertThat(run(write(receipt(0, 0, 5), receipt(15, 0, 20)))).isEqualTo(1);
        assertThat(printed.toString())
                .startsWith("MISSING line 2: node %s sequence 15, telemetry-0 offset 20, receipt of gateway %s\n"
                        .formatted(Hex.format(envelope(15).getNode().bytes()), GATEWAY.address()))
                .endsWith("evidence: %s\n".formatted(dir.resolve("out.json")));
        assertThat(JSON.readTree(Files.readAllBytes(dir.resolve("out.json"))).get("disputes"))
                .hasSize(1);

        assertThat(run(Files.writeString(dir.resolve("bad.jsonl"), "x\n"))).isEqualTo(2);
        assertThat(printed.toString()).contains("bad.jsonl:1: is no JSON object");
        Files.delete(dir.resolve("archive").resolve(ArchiveDirectory.manifestPath(29_000_000)));
        assertThat(run(write(receipt(0, 0, 5)))).isEqualTo(2);
        assertThat(printed.toString()).endsWith("is missing\n").startsWith("ocos: ");
    }

    private final StringWriter printed = new StringWriter();

    private int run(Path receipts) {
        printed.getBuffer().setLength(0);
        PrintWriter writer = new PrintWriter(printed, true);
        return Ocos.commandLine()
                .setOut(writer)
                .setErr(writer)
                .execute(
                        "dispute",
                        receipts.toString(),
                        "--archive",
                        dir.resolve("archive").toString(),
                        "--chain-id",
                        "56",
                        "--registry",
                        REGISTRY.toString(),
                        "--out",
                        dir.resolve("out.json").toString());
    }

    private ArchiveManifest newest() {
        return manifests.get(manifests.size() - 1);
    }

    private Dispute dispute() {
        return new Dispute(ArchiveInput.open(dir.resolve("archive").toString()), CHAIN_ID, REGISTRY, Set.of());
    }

    private Path write(ObjectNode... receipts) throws IOException {
        Path file = dir.resolve("receipts.jsonl");
        StringBuilder lines = new StringBuilder();
        for (ObjectNode receipt : receipts) {
            lines.append(receipt).append('\n');
        }
        return Files.writeString(file, lines);
    }

    private static SignedEnvelope envelope(int i) {
        long at = START + i * 1_000L;
        return new SignedEnvelope(
                new Bytes20(Address.of(java.util.Arrays.copyOf(key(i % 3), 20)).toBytes()),
                (long) i,
                at,
                1L,
                new Bytes32(new byte[32]),
                ByteBuffer.wrap(new byte[] {(byte) i, 1, 2}),
                ByteBuffer.wrap(new byte[65]),
                at,
                "gateway-1");
    }

    private static ObjectNode receipt(int i, int partition, long offset) {
        return receipt(i, partition, offset, GATEWAY);
    }

    private static ObjectNode receipt(int i, int partition, long offset, NodeKeys gateway) {
        SignedEnvelope envelope = envelope(i);
        Receipt receipt = new Receipt(
                Address.of(envelope.getNode().bytes()),
                i,
                Hash32.of(Keccak.hash(envelope.getPayload().array())),
                envelope.getReceivedAt(),
                "gateway-1",
                partition,
                offset);
        return JSON.createObjectNode()
                .put("status", "accepted")
                .put("node", receipt.node().toString())
                .put("sequence", receipt.sequence())
                .put("payloadHash", receipt.payloadHash().toString())
                .put("receivedAt", receipt.receivedAt())
                .put("gateway", receipt.gateway())
                .put("partition", receipt.partition())
                .put("offset", receipt.offset())
                .put("signer", gateway.address().toString())
                .put("signature", Hex.format(gateway.sign(new ReceiptDomain(CHAIN_ID, REGISTRY).digest(receipt))));
    }

    private static byte[] key(int i) {
        byte[] key = new byte[32];
        java.util.Arrays.fill(key, (byte) (i + 1));
        return key;
    }
}
