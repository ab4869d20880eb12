package io.ocos.ingest.domain;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Random numbers that depend on what they are for and on nothing else: the same question has the same answer in every process. */
final class Draws {

    static final int SPECS = 1;
    static final int OUTAGES = 2;
    static final int CLOCKS = 3;
    static final int TRAFFIC = 4;
    static final int LOAD = 5;

    private Draws() {}

    /** A generator of its own for a purpose, a node and a time. */
    static RandomGenerator of(long seed, int purpose, long node, long time) {
        long mixed = mix(mix(mix(seed + purpose) + node) + time);
        return new SplittableRandom(mixed);
    }

    /** Whether something of this share happens. */
    static boolean happens(RandomGenerator random, int sharePpm) {
        return random.nextInt(1_000_000) < sharePpm;
    }

    /** Of the standard normal distribution (Box and Muller), the same on every platform. */
    static double gaussian(RandomGenerator random) {
        return StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()))
                * StrictMath.cos(2 * StrictMath.PI * random.nextDouble());
    }

    /** The finaliser of MurmurHash3: every bit of the argument changes about half the bits of the result. */
    private static long mix(long value) {
        long mixed = (value ^ (value >>> 33)) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ (mixed >>> 33);
    }
}
