package io.ocos.jobs.archive;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.ocos.ingest.domain.Receipt;
import io.ocos.ingest.domain.ReceiptDomain;
import io.ocos.ingest.io.SignedReceipt;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.io.ArchiveManifest;
import io.ocos.schemas.io.AvroValues;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Holds gateways' receipts against an archive: each says where an accepted envelope lies, and the archive shows whether it
 * lies there (DESIGN 2, "Receipts").
 */
public final class Dispute {

    /** What the archive says to a receipt. */
    public enum Outcome {
        /** The envelope lies where the receipt says. */
        PRESENT,
        /** The archive covers the offset and has no record there, or no such partition. */
        MISSING,
        /** Another record lies there. */
        DIFFERS,
        /** The archive does not reach the offset yet. */
        NOT_YET_ARCHIVED,
        /** The archive begins behind the offset. */
        BEFORE_ARCHIVE
    }

    /** A receipt with what the archive says to it; what anyone needs to check it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Finding(
            Outcome outcome,
            int line,
            String node,
            long sequence,
            String payloadHash,
            long receivedAt,
            String gateway,
            int partition,
            long offset,
            String digest,
            String signature,
            String signer,
            @Nullable Range archived,
            @Nullable Long manifestEpoch,
            @Nullable String manifestDigest,
            @Nullable String file,
            @Nullable String fileSha256,
            @Nullable String found) {}

    /** Offsets of the partition that the archive holds. */
    public record Range(long from, long to) {}

    /** Findings in the order of the receipts, and the lines that are no evidence, each with what is wrong. */
    public record Result(List<Finding> findings, List<String> unusable) {

        /** How many receipts had each outcome. */
        public Map<Outcome, Long> counts() {
            Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
            for (Outcome outcome : Outcome.values()) {
                counts.put(
                        outcome,
                        findings.stream()
                                .filter(finding -> finding.outcome() == outcome)
                                .count());
            }
            return counts;
        }

        /** Receipts that the archive contradicts. */
        public List<Finding> disputes() {
            return findings.stream()
                    .filter(finding -> finding.outcome() == Outcome.MISSING || finding.outcome() == Outcome.DIFFERS)
                    .toList();
        }
    }

    /** The file of evidence. */
    private record Evidence(
            String about,
            long chainId,
            String registry,
            String receiptType,
            String archiveManifestDigest,
            long archiveEpoch,
            List<Finding> disputes) {}

    /** A receipt of a line of the file whose signature was found right. */
    private record Proven(int line, SignedReceipt signed, Hash32 digest) {
        Receipt receipt() {
            return signed.receipt();
        }
    }

    /** A place in an archived file that receipts name. */
    private record Place(
            ArchiveManifest manifest, ArchiveManifest.Partition partition, ArchiveManifest.@Nullable File file) {}

    private static final String ABOUT =
            "Each entry of disputes is a receipt that a gateway signed (EIP-712, domain name 'OCOS"
                    + " Receipt', version '1', with this chainId and registry as verifyingContract) for an envelope in topic telemetry"
                    + " at this partition and offset, where the archive with this manifest digest has another record, or none.";

    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final ArchiveInput archive;
    private final long chainId;
    private final Address registry;
    private final Set<Address> gateways;

    /**
     * @param chainId of the deployment
     * @param registry the deployment's NodeRegistry
     * @param gateways addresses whose receipts are evidence; empty = all
     */
    public Dispute(ArchiveInput archive, long chainId, Address registry, Set<Address> gateways) {
        this.archive = archive;
        this.chainId = chainId;
        this.registry = registry;
        this.gateways = Set.copyOf(gateways);
    }

    /**
     * Judges a file of receipts, one JSON object a line as gateways answer; empty lines are skipped.
     *
     * @throws ConfigException when the file cannot be read
     * @throws ArchiveException when a file of the archive that is looked into is not what its manifest says
     */
    public Result judge(Path receipts) {
        List<String> unusable = new ArrayList<>();
        List<Proven> proven = new ArrayList<>();
        ReceiptDomain domain = new ReceiptDomain(chainId, registry);
        try (BufferedReader lines = Files.newBufferedReader(receipts)) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (line.isBlank()) {
                    continue;
                }
                try {
                    proven.add(proven(number, SignedReceipt.parse(line), domain));
                } catch (IllegalArgumentException e) {
                    unusable.add("%s:%d: %s".formatted(receipts, number, e.getMessage()));
                }
            }
        } catch (CharacterCodingException e) {
            throw new ConfigException("%s: is not UTF-8".formatted(receipts), e);
        } catch (IOException e) {
            throw new ConfigException("%s: no such file, or it cannot be read".formatted(receipts), e);
        }
        return new Result(findings(proven), unusable);
    }

    private Proven proven(int line, SignedReceipt receipt, ReceiptDomain domain) {
        if (!receipt.isSigned(domain)) {
            throw new IllegalArgumentException(
                    "the signature is not that of signer %s: the receipt was altered, or is of another chain id or registry"
                            .formatted(receipt.signer()));
        }
        if (!gateways.isEmpty() && !gateways.contains(receipt.signer())) {
            throw new IllegalArgumentException("is signed by %s, expected one of the gateways %s"
                    .formatted(receipt.signer(), gateways.stream().sorted().toList()));
        }
        return new Proven(line, receipt, Hash32.of(domain.digest(receipt.receipt())));
    }

    /** Writes the receipts that the archive contradicts, with what anyone needs to check them. */
    public void writeEvidence(Result result, Path file) {
        try {
            byte[] json = JSON.writeValueAsBytes(new Evidence(
                    ABOUT,
                    chainId,
                    registry.toString(),
                    ReceiptDomain.RECEIPT_TYPE,
                    archive.digest(),
                    archive.newest().epoch(),
                    result.disputes()));
            Files.write(file, json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write evidence", e);
        } catch (IOException e) {
            throw new ConfigException("--out %s: cannot be written: %s".formatted(file, e), e);
        }
    }

    private List<Finding> findings(List<Proven> receipts) {
        List<Finding> findings = new ArrayList<>();
        Map<ArchiveManifest.File, List<Proven>> byFile = new HashMap<>();
        Map<ArchiveManifest.File, Place> places = new HashMap<>();
        for (Proven receipt : receipts) {
            Range range = range(receipt.receipt().partition());
            Place place = place(receipt.receipt());
            if (place != null && place.file() != null) {
                places.put(place.file(), place);
                byFile.computeIfAbsent(place.file(), absent -> new ArrayList<>())
                        .add(receipt);
            } else {
                findings.add(finding(receipt, outcome(range, receipt.receipt().offset()), range, place, null));
            }
        }
        byFile.forEach((file, ofFile) -> findings.addAll(findings(places.get(file), file, ofFile)));
        findings.sort(Comparator.comparingInt(Finding::line));
        return findings;
    }

    private List<Finding> findings(@Nullable Place place, ArchiveManifest.File file, List<Proven> receipts) {
        if (place == null) {
            throw new IllegalStateException("no place of " + file.path());
        }
        Set<Long> wanted =
                receipts.stream().map(receipt -> receipt.receipt().offset()).collect(Collectors.toSet());
        Map<Long, RawRecord> records = new HashMap<>();
        archive.forEach(place.partition(), file, record -> {
            if (wanted.contains(record.offset())) {
                records.put(record.offset(), record);
            }
        });
        return receipts.stream()
                .map(receipt -> {
                    RawRecord record = records.get(receipt.receipt().offset());
                    String other = record == null ? null : difference(receipt.receipt(), record);
                    Outcome outcome =
                            record == null ? Outcome.MISSING : other == null ? Outcome.PRESENT : Outcome.DIFFERS;
                    return finding(receipt, outcome, range(receipt.receipt().partition()), place, other);
                })
                .toList();
    }

    /** What lies there instead of the envelope; null when it is the envelope. */
    private static @Nullable String difference(Receipt receipt, RawRecord record) {
        if (record.value() == null) {
            return "a tombstone";
        }
        try {
            if (!(RecordCodec.decode(record.value()) instanceof SignedEnvelope envelope)) {
                return "a record that is no envelope: " + Hex.format(record.value());
            }
            Address node = AvroValues.address(envelope.getNode());
            Hash32 payloadHash = Hash32.of(Keccak.hash(AvroValues.bytes(envelope.getPayload())));
            boolean same = node.equals(receipt.node())
                    && envelope.getSequence() == receipt.sequence()
                    && payloadHash.equals(receipt.payloadHash())
                    && envelope.getReceivedAt() == receipt.receivedAt();
            return same
                    ? null
                    : "the envelope of %s with sequence %d, payload hash %s, receivedAt %d"
                            .formatted(node, envelope.getSequence(), payloadHash, envelope.getReceivedAt());
        } catch (MalformedRecordException e) {
            return "bytes that are no record (%s): %s".formatted(e.detail(), Hex.format(record.value()));
        }
    }

    private static Outcome outcome(@Nullable Range range, long offset) {
        if (range == null) {
            return Outcome.MISSING;
        } else if (offset >= range.to()) {
            return Outcome.NOT_YET_ARCHIVED;
        }
        return offset < range.from() ? Outcome.BEFORE_ARCHIVE : Outcome.MISSING;
    }

    private @Nullable Range range(int partition) {
        List<ArchiveManifest.Partition> ranges = archive.manifests().stream()
                .flatMap(manifest -> manifest.partitions().stream())
                .filter(entry -> isTelemetry(entry, partition))
                .toList();
        return ranges.isEmpty()
                ? null
                : new Range(ranges.get(0).from(), ranges.get(ranges.size() - 1).to());
    }

    private @Nullable Place place(Receipt receipt) {
        for (ArchiveManifest manifest : archive.manifests()) {
            for (ArchiveManifest.Partition entry : manifest.partitions()) {
                if (isTelemetry(entry, receipt.partition())
                        && entry.from() <= receipt.offset()
                        && receipt.offset() < entry.to()) {
                    return new Place(
                            manifest,
                            entry,
                            entry.files().stream()
                                    .filter(file -> file.from() <= receipt.offset() && receipt.offset() < file.to())
                                    .findFirst()
                                    .orElse(null));
                }
            }
        }
        return null;
    }

    private static boolean isTelemetry(ArchiveManifest.Partition entry, int partition) {
        return entry.partition() == partition && entry.topic().equals(Topic.TELEMETRY.topicName());
    }

    private static Finding finding(
            Proven proven, Outcome outcome, @Nullable Range range, @Nullable Place place, @Nullable String found) {
        Receipt receipt = proven.receipt();
        ArchiveManifest.File file = place == null ? null : place.file();
        return new Finding(
                outcome,
                proven.line(),
                receipt.node().toString(),
                receipt.sequence(),
                receipt.payloadHash().toString(),
                receipt.receivedAt(),
                receipt.gateway(),
                receipt.partition(),
                receipt.offset(),
                proven.digest().toString(),
                proven.signed().signature(),
                proven.signed().signer().toString(),
                range,
                place == null ? null : place.manifest().epoch(),
                place == null ? null : place.manifest().digest(),
                file == null ? null : file.path(),
                file == null ? null : file.sha256(),
                found);
    }
}
