package io.ocos.ingest.domain;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * Outages as they were measured on the clusters of Los Alamos National Laboratory (Bianca Schroeder and Garth A. Gibson,
 * "A Large-scale Study of Failures in High-performance-computing Systems", DSN 2006): the time between the failures of a node
 * follows a Weibull distribution with decreasing hazard rate (shape 0.7), repair times a lognormal one (median 54 min,
 * mean 355 min). The published data (LA-UR-05-7318) has a mean of 1 763 h between failures of a node.
 *
 * <p>Real nodes fail too seldom for a demonstration of an hour: failures and repairs can each be made more frequent and
 * shorter by a factor. At 150 and 10 a node fails about every 12 h and is repaired after 5 min in the median, 35 min in the mean: about
 * 95 % of the nodes are up. At 1 and 1 it is 99.7 %.
 *
 * <p>Each UTC day of each node is drawn by itself, in the long-run share of nodes up at its start; so any time can be asked
 * for at once, and a day's outages end with it.
 */
public final class FailureModel implements Availability {

    private static final double HOUR_MILLIS = 3_600_000;
    private static final long DAY_MILLIS = 86_400_000;
    private static final double WEIBULL_SHAPE = 0.7;
    private static final double MEAN_BETWEEN_FAILURES_HOURS = 1_763;
    /** Γ(1 + 1 / 0.7): mean of a Weibull distribution of scale 1. */
    private static final double WEIBULL_UNIT_MEAN = 1.2658235;

    private static final double REPAIR_MEDIAN_HOURS = 54 / 60.0;
    private static final double REPAIR_MEAN_HOURS = 355 / 60.0;

    private final long seed;
    private final double failureScaleMillis;
    private final double repairMedianMillis;
    private final double repairSigma;
    private final double shareUp;
    private final Map<Integer, Day> days = new ConcurrentHashMap<>();

    /**
     * @param failureAcceleration ≥ 1: how many times more often than measured a node fails
     * @param repairAcceleration ≥ 1: how many times faster than measured it is repaired
     */
    public FailureModel(long seed, double failureAcceleration, double repairAcceleration) {
        this.seed = seed;
        double meanUp = MEAN_BETWEEN_FAILURES_HOURS / failureAcceleration;
        double meanDown = REPAIR_MEAN_HOURS / repairAcceleration;
        failureScaleMillis = meanUp * HOUR_MILLIS / WEIBULL_UNIT_MEAN;
        repairMedianMillis = REPAIR_MEDIAN_HOURS * HOUR_MILLIS / repairAcceleration;
        repairSigma = StrictMath.sqrt(2 * StrictMath.log(REPAIR_MEAN_HOURS / REPAIR_MEDIAN_HOURS));
        shareUp = meanUp / (meanUp + meanDown);
    }

    /** The share of nodes that are up in the long run, 0 … 1. */
    public double shareUp() {
        return shareUp;
    }

    @Override
    public Optional<Uptime> uptime(int node, long timeMillis) {
        long day = timeMillis / DAY_MILLIS;
        Day drawn = days.get(node);
        if (drawn == null || drawn.day != day) {
            drawn = draw(node, day);
            days.put(node, drawn);
        }
        long began = drawn.startMillis();
        boolean up = drawn.upAtStart;
        for (long change : drawn.changes) {
            if (change > timeMillis) {
                break;
            }
            began = change;
            up = !up;
        }
        return up ? Optional.of(new Uptime(began, timeMillis - began)) : Optional.empty();
    }

    private Day draw(int node, long day) {
        RandomGenerator random = Draws.of(seed, Draws.OUTAGES, node, day);
        boolean upAtStart = random.nextDouble() < shareUp;
        long[] changes = new long[16];
        int count = 0;
        double at = day * DAY_MILLIS;
        boolean up = upAtStart;
        while (true) {
            at += Math.max(1, up ? timeToFailure(random) : timeToRepair(random));
            if (at >= (day + 1.0) * DAY_MILLIS) {
                break;
            }
            if (count == changes.length) {
                changes = Arrays.copyOf(changes, 2 * count);
            }
            changes[count++] = (long) at;
            up = !up;
        }
        return new Day(day, upAtStart, Arrays.copyOf(changes, count));
    }

    private double timeToFailure(RandomGenerator random) {
        return failureScaleMillis * StrictMath.pow(-StrictMath.log(1 - random.nextDouble()), 1 / WEIBULL_SHAPE);
    }

    private double timeToRepair(RandomGenerator random) {
        return repairMedianMillis * StrictMath.exp(repairSigma * Draws.gaussian(random));
    }

    /** What happens to a node on a day: the state at its start, and when it changes. */
    private static final class Day {
        private final long day;
        private final boolean upAtStart;
        private final long[] changes;

        Day(long day, boolean upAtStart, long[] changes) {
            this.day = day;
            this.upAtStart = upAtStart;
            this.changes = changes;
        }

        long startMillis() {
            return day * DAY_MILLIS;
        }
    }
}
