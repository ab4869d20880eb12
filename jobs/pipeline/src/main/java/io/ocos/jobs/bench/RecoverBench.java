package io.ocos.jobs.bench;

import fr.acinq.secp256k1.Secp256k1;
import io.ocos.schemas.domain.Keccak;
import io.ocos.schemas.io.Secp256k1Keys;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** Bare {@code ecdsaRecover} of libsecp256k1: what no gateway can do without, so the measure of what it does besides. */
public final class RecoverBench {

    private static final int SIGNATURES = 1_000;
    private static final long WARM_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private RecoverBench() {}

    /**
     * Recoveries for each second of this thread's CPU time.
     *
     * @param seconds measured, after a short warm-up
     */
    public static double perCpuSecond(int seconds) {
        byte[] key = Keccak.hash(new byte[] {1});
        byte[][] digests = new byte[SIGNATURES][];
        byte[][] signatures = new byte[SIGNATURES][];
        for (int i = 0; i < SIGNATURES; i++) {
            digests[i] = Keccak.hash(ByteBuffer.allocate(4).putInt(i).array());
            signatures[i] = Secp256k1Keys.sign(digests[i], key);
        }
        recover(digests, signatures, WARM_UP_NANOS);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadCpuTime();
        long recovered = recover(digests, signatures, TimeUnit.SECONDS.toNanos(seconds));
        return recovered * 1e9 / (threads.getCurrentThreadCpuTime() - before);
    }

    private static long recover(byte[][] digests, byte[][] signatures, long nanos) {
        long start = System.nanoTime();
        long recovered = 0;
        while (System.nanoTime() - start < nanos) {
            for (int i = 0; i < SIGNATURES; i++) {
                byte[] key = Secp256k1.Companion.ecdsaRecover(
                        Arrays.copyOf(signatures[i], 64), digests[i], signatures[i][64] - 27);
                // So that nothing can be left out as unused.
                recovered += key.length > 0 ? 1 : 0;
            }
        }
        return recovered;
    }
}
