package io.ocos.rewardssettlement.domain.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.rewardssettlement.domain.submission.SettlementChain.FeeQuote;
import java.math.BigInteger;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class FeePolicyPropertyTest {

    private static FeeQuote quote(long base, long priority) {
        return new FeeQuote(
                base == 0 ? Optional.empty() : Optional.of(BigInteger.valueOf(base)),
                BigInteger.valueOf(priority),
                BigInteger.valueOf(base + priority));
    }

    private static void assertWithinCaps(Fees fees, FeePolicy policy) {
        assertThat(fees.maxFeePerGas()).isLessThanOrEqualTo(policy.maxFeePerGas());
        assertThat(fees.maxPriorityFeePerGas()).isLessThanOrEqualTo(fees.maxFeePerGas());
        if (fees.dynamic()) {
            assertThat(fees.maxPriorityFeePerGas()).isLessThanOrEqualTo(policy.maxPriorityFeePerGas());
        }
    }

    @Property
    void everyOfferPaysTheBaseFeeAndIsWithinTheCaps(
            @ForAll boolean legacy,
            @ForAll @LongRange(min = 1, max = 1_000_000) long cap,
            @ForAll @LongRange(min = 1, max = 1_000_000) long priorityCap,
            @ForAll @LongRange(max = 1_000_000) long base,
            @ForAll @LongRange(max = 1_000_000) long priority) {
        FeePolicy policy = new FeePolicy(legacy, BigInteger.valueOf(cap), BigInteger.valueOf(priorityCap));
        Optional<Fees> fees = policy.initial(quote(base, priority));
        boolean dynamic = !legacy && base > 0;
        long asked = dynamic ? base + Math.min(priority, priorityCap) : base + priority;
        assertThat(fees.isPresent()).isEqualTo(asked <= cap);
        fees.ifPresent(offer -> {
            assertThat(offer.dynamic()).isEqualTo(dynamic);
            assertThat(offer.maxFeePerGas()).isGreaterThanOrEqualTo(BigInteger.valueOf(asked));
            assertWithinCaps(offer, policy);
        });
    }

    @Property
    void everyReplacementOffersAnEighthMoreOnBothFields(
            @ForAll @LongRange(min = 1, max = 1_000_000) long cap,
            @ForAll @LongRange(min = 1, max = 1_000_000) long base,
            @ForAll @LongRange(max = 1_000_000) long priority,
            @ForAll @LongRange(max = 1_000_000) long laterBase,
            @ForAll @LongRange(max = 1_000_000) long laterPriority) {
        FeePolicy policy = new FeePolicy(false, BigInteger.valueOf(cap), BigInteger.valueOf(cap));
        Optional<Fees> before = policy.initial(quote(base, priority));
        for (int i = 0; i < 200 && before.isPresent(); i++) {
            Fees previous = before.get();
            before = policy.replacement(previous, quote(laterBase, laterPriority));
            before.ifPresent(offer -> {
                assertThat(offer.dynamic()).isEqualTo(previous.dynamic());
                assertThat(offer.maxFeePerGas()).isGreaterThan(previous.maxFeePerGas());
                assertThat(offer.maxPriorityFeePerGas()).isGreaterThan(previous.maxPriorityFeePerGas());
                assertThat(offer.maxFeePerGas().shiftLeft(3))
                        .isGreaterThanOrEqualTo(previous.maxFeePerGas().multiply(BigInteger.valueOf(9)));
                assertThat(offer.maxPriorityFeePerGas().shiftLeft(3))
                        .isGreaterThanOrEqualTo(previous.maxPriorityFeePerGas().multiply(BigInteger.valueOf(9)));
                assertWithinCaps(offer, policy);
            });
        }
        assertThat(before).as("the caps end it").isEmpty();
    }
}
