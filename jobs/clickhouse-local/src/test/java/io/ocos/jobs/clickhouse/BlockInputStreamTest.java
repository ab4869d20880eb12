package io.ocos.jobs.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.clickhouse.data.ClickHouseCityHash;
import com.clickhouse.data.stream.Lz4OutputStream;
import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

@SuppressWarnings("deprecation") // The driver's old writer is the counterpart.
class BlockInputStreamTest {

    @Property(tries = 100)
    void readsWhatTheDriverWrites(
            @ForAll @Size(max = 1000) byte[] content, @ForAll @IntRange(min = 1, max = 200) int blockSize)
            throws IOException {
        assertThat(read(lz4(content, blockSize))).isEqualTo(content);
    }

    @Property(tries = 100)
    void readsZstdAndUncompressedBlocks(@ForAll @Size(max = 1000) byte[] content) throws IOException {
        ByteArrayOutputStream blocks = new ByteArrayOutputStream();
        blocks.write(block(0x90, Zstd.compress(content), content.length));
        blocks.write(block(0x02, content, content.length));
        byte[] twice = Arrays.copyOf(content, 2 * content.length);
        System.arraycopy(content, 0, twice, content.length, content.length);
        assertThat(read(blocks.toByteArray())).isEqualTo(twice);
    }

    @Property(tries = 300)
    void anyChangedByteIsRefused(
            @ForAll @Size(min = 1, max = 100) byte[] content, @ForAll @IntRange(min = 0, max = 1_000_000) int where)
            throws IOException {
        byte[] block = lz4(content, 200);
        block[where % block.length] ^= 0x10;
        assertThatThrownBy(() -> read(block)).isInstanceOf(IOException.class);
    }

    @Test
    void refusesWhatEndsEarlyOrExceedsTheLimit() throws IOException {
        byte[] block = lz4(new byte[] {1, 2, 3}, 200);
        for (int length = 1; length < block.length; length++) {
            byte[] cut = Arrays.copyOf(block, length);
            assertThatThrownBy(() -> read(cut)).isInstanceOf(IOException.class).hasMessageContaining("ends in its");
        }
        assertThatThrownBy(() -> read(block(0x90, new byte[] {1}, 1 << 30))).hasMessageContaining("expected at most");
        assertThatThrownBy(() -> read(block(0x90, new byte[] {1}, 5))).hasMessageContaining("is broken");
        assertThatThrownBy(() -> read(block(0x02, new byte[] {1}, 5)))
                .hasMessageContaining("does not hold the 5 bytes");
        assertThatThrownBy(() -> read(block(0x03, new byte[] {1}, 1)))
                .hasMessageContaining("method of a block is 0x03");
    }

    private static byte[] read(byte[] blocks) throws IOException {
        try (BlockInputStream stream = new BlockInputStream(new ByteArrayInputStream(blocks))) {
            return stream.readAllBytes();
        }
    }

    private static byte[] lz4(byte[] content, int blockSize) throws IOException {
        ByteArrayOutputStream blocks = new ByteArrayOutputStream();
        try (Lz4OutputStream stream = new Lz4OutputStream(blocks, blockSize, null)) {
            stream.write(content);
        }
        return blocks.toByteArray();
    }

    private static byte[] block(int method, byte[] data, int contentLength) {
        ByteBuffer block = ByteBuffer.allocate(25 + data.length).order(ByteOrder.LITTLE_ENDIAN);
        block.put(16, (byte) method)
                .putInt(17, 9 + data.length)
                .putInt(21, contentLength)
                .put(25, data);
        long[] checksum = ClickHouseCityHash.cityHash128(block.array(), 16, 9 + data.length);
        return block.putLong(0, checksum[0]).putLong(8, checksum[1]).array();
    }
}
