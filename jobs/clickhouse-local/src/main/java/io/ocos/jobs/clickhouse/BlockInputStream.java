package io.ocos.jobs.clickhouse;

import com.clickhouse.data.ClickHouseCityHash;
import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;

/**
 * Reads ClickHouse's own compression: blocks of {checksum 16 bytes, method 1 byte, length with this header of 9 bytes,
 * length of the content, data}, little-endian. client-v2 sends ZSTD, older clients LZ4.
 */
@SuppressWarnings(
        "deprecation") // The hash of the driver's old API is the only implementation of this CityHash version.
final class BlockInputStream extends InputStream {

    private static final int CHECKSUM_BYTES = 16;
    private static final int HEADER_BYTES = 9;
    private static final int MAX_BLOCK_BYTES = 16 * 1_048_576;

    private static final int NONE = 0x02;
    private static final int LZ4 = 0x82;
    private static final int ZSTD = 0x90;

    private final InputStream blocks;
    private byte[] content = {};
    private int position;

    BlockInputStream(InputStream blocks) {
        this.blocks = blocks;
    }

    @Override
    public int read() throws IOException {
        return fill() ? content[position++] & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int count = Math.min(length, content.length - position);
        System.arraycopy(content, position, target, offset, count);
        position += count;
        return count;
    }

    @Override
    public void close() throws IOException {
        blocks.close();
    }

    private boolean fill() throws IOException {
        while (position == content.length) {
            byte[] start = blocks.readNBytes(CHECKSUM_BYTES + HEADER_BYTES);
            if (start.length == 0) {
                return false;
            }
            if (start.length < CHECKSUM_BYTES + HEADER_BYTES) {
                throw new EOFException("compressed block ends in its header");
            }
            content = block(ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN));
            position = 0;
        }
        return true;
    }

    private byte[] block(ByteBuffer start) throws IOException {
        int blockLength = start.getInt(CHECKSUM_BYTES + 1);
        int contentLength = start.getInt(CHECKSUM_BYTES + 5);
        if (blockLength < HEADER_BYTES
                || blockLength > MAX_BLOCK_BYTES
                || contentLength < 0
                || contentLength > MAX_BLOCK_BYTES) {
            throw new IOException("compressed block of %d bytes with content of %d bytes, expected at most %d"
                    .formatted(blockLength, contentLength, MAX_BLOCK_BYTES));
        }
        byte[] block = new byte[blockLength];
        start.get(CHECKSUM_BYTES, block, 0, HEADER_BYTES);
        int dataLength = blockLength - HEADER_BYTES;
        if (blocks.readNBytes(block, HEADER_BYTES, dataLength) < dataLength) {
            throw new EOFException("compressed block ends in its data");
        }
        long[] checksum = ClickHouseCityHash.cityHash128(block, 0, blockLength);
        if (checksum[0] != start.getLong(0) || checksum[1] != start.getLong(8)) {
            throw new IOException("checksum of a compressed block does not match");
        }
        return content(block, contentLength);
    }

    private static byte[] content(byte[] block, int length) throws IOException {
        byte[] content = new byte[length];
        int dataLength = block.length - HEADER_BYTES;
        long count;
        try {
            count = switch (block[0] & 0xff) {
                case NONE -> copy(block, content);
                case LZ4 ->
                    LZ4Factory.fastestInstance()
                            .safeDecompressor()
                            .decompress(block, HEADER_BYTES, dataLength, content, 0, length);
                case ZSTD -> Zstd.decompressByteArray(content, 0, length, block, HEADER_BYTES, dataLength);
                default ->
                    throw new IOException(
                            "compression method of a block is 0x%02x, expected 0x02, 0x82 or 0x90".formatted(block[0]));
            };
        } catch (LZ4Exception | ZstdException e) {
            throw new IOException("data of a compressed block is broken", e);
        }
        if (count != length) {
            throw new IOException("compressed block does not hold the %d bytes it says".formatted(length));
        }
        return content;
    }

    private static long copy(byte[] block, byte[] content) {
        int count = block.length - HEADER_BYTES;
        System.arraycopy(block, HEADER_BYTES, content, 0, Math.min(count, content.length));
        return count;
    }
}
