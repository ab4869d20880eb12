package io.ocos.ingest.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.ingest.domain.Receipt;
import io.ocos.ingest.domain.ReceiptDomain;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.Hex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReceiptLogTest {

    private static final ReceiptDomain DOMAIN =
            new ReceiptDomain(56, Address.parse("0x00000000000000000000000000000000000000e9"));
    private static final NodeKeys GATEWAY = NodeKeys.generate();

    @TempDir
    private Path directory;

    private StateFiles state;

    @BeforeEach
    void take() {
        state = StateFiles.take(directory);
    }

    @AfterEach
    void giveBack() throws IOException {
        state.close();
    }

    @Test
    void keepsTheNewestWithinItsBoundOldestFirst() throws IOException {
        long bound = 20_000;
        try (ReceiptLog log = ReceiptLog.open(state, bound)) {
            for (long sequence = 0; sequence < 200; sequence++) {
                log.append(signed(sequence));
                assertThat(size("receipts.jsonl") + size("receipts.1.jsonl")).isLessThanOrEqualTo(bound);
            }
        }
        List<Long> kept = sequences();
        assertThat(kept).hasSizeGreaterThan(15);
        assertThat(kept)
                .isEqualTo(LongStream.range(200 - kept.size(), 200).boxed().toList());
        assertThat(lines("receipts.jsonl"))
                .allMatch(line -> SignedReceipt.parse(line).isSigned(DOMAIN));
    }

    @Test
    void lineThatWasBeingWrittenAtAKillIsTakenOff() throws IOException {
        try (ReceiptLog log = ReceiptLog.open(state, 1 << 20)) {
            log.append(signed(1));
        }
        Files.writeString(directory.resolve("receipts.jsonl"), "{\"node\":\"0x", StandardOpenOption.APPEND);
        try (ReceiptLog log = ReceiptLog.open(state, 1 << 20)) {
            log.append(signed(2));
        }
        assertThat(sequences()).containsExactly(1L, 2L);
    }

    @Test
    void receiptOfAnotherContentOrKeyIsNotSigned() {
        SignedReceipt good = signed(7);
        assertThat(good.isSigned(DOMAIN)).isTrue();
        assertThat(SignedReceipt.parse(good.toJson())).isEqualTo(good);
        Receipt other = signed(8).receipt();
        assertThat(new SignedReceipt(other, good.signer(), good.signature()).isSigned(DOMAIN))
                .isFalse();
        assertThat(new SignedReceipt(good.receipt(), Address.ZERO, good.signature()).isSigned(DOMAIN))
                .isFalse();
        for (String signature : List.of("", "0x", "nonsense", good.signature() + "00")) {
            assertThat(new SignedReceipt(good.receipt(), good.signer(), signature).isSigned(DOMAIN))
                    .isFalse();
        }
    }

    @Test
    void unreadableReceiptSaysWhatIsWrong() {
        String good = signed(7).toJson();
        assertThatThrownBy(() -> SignedReceipt.parse("[1]")).hasMessageContaining("no JSON object");
        assertThatThrownBy(() -> SignedReceipt.parse("{")).hasMessageContaining("no JSON object");
        assertThatThrownBy(() -> SignedReceipt.parse(good.replace("\"sequence\":7", "\"sequence\":7.5")))
                .hasMessageContaining("sequence: 7.5");
        assertThatThrownBy(() -> SignedReceipt.parse(good.replace("\"sequence\":7", "\"sequence\":-7")))
                .hasMessageContaining("sequence: -7");
        assertThatThrownBy(() -> SignedReceipt.parse(good.replace("signer", "signed")))
                .hasMessageContaining("signer: null");
    }

    private static SignedReceipt signed(long sequence) {
        Receipt receipt = new Receipt(
                Address.parse("0x00000000000000000000000000000000000000aa"),
                sequence,
                new Hash32(1, 2, 3, sequence),
                1_900_000_000_000L,
                "gateway-1",
                3,
                4_000_000_000L + sequence);
        return new SignedReceipt(receipt, GATEWAY.address(), Hex.format(GATEWAY.sign(DOMAIN.digest(receipt))));
    }

    private List<Long> sequences() throws IOException {
        List<String> all = new ArrayList<>(lines("receipts.1.jsonl"));
        all.addAll(lines("receipts.jsonl"));
        return all.stream()
                .map(line -> SignedReceipt.parse(line).receipt().sequence())
                .toList();
    }

    private List<String> lines(String name) throws IOException {
        Path file = directory.resolve(name);
        return Files.exists(file)
                ? Files.readAllLines(file)
                : Stream.<String>of().toList();
    }

    private long size(String name) throws IOException {
        Path file = directory.resolve(name);
        return Files.exists(file) ? Files.size(file) : 0;
    }
}
