package io.ocos.jobs.rewardpipeline;

import io.ocos.schemas.avro.TypeTotals;
import io.ocos.schemas.domain.Address;
import java.math.BigInteger;

/** What the record of a closed minute is made of. */
sealed interface MinutePart {

    long minute();

    /** The minute has come; once for every minute from the first chain event on. */
    record Tick(long minute) implements MinutePart {}

    /** A type that has registered nodes in the minute. */
    record Pool(long minute, TypeTotals totals) implements MinutePart {}

    /** A JOB reward of the minute; wei. */
    record Job(long minute, BigInteger amount) implements MinutePart {}

    /** A {@code RewardAdjusted} with this effective minute; wei. */
    record Adjustment(long minute, long blockNumber, long logIndex, long offset, Address payee, BigInteger amount)
            implements MinutePart {}
}
