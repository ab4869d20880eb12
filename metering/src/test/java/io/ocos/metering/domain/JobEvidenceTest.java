package io.ocos.metering.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;

class JobEvidenceTest {

    private static final BigInteger DEADLINE = BigInteger.valueOf(2_000);
    private static final long LAST = 2_000_000 + 2_592_000_000L;

    @Test
    void isTimelyFromTheEventToAMinuteLater() {
        assertThat(JobEvidence.isTimely(5_000, 4_999)).isFalse();
        assertThat(JobEvidence.isTimely(5_000, 5_000)).isTrue();
        assertThat(JobEvidence.isTimely(5_000, 65_000)).isTrue();
        assertThat(JobEvidence.isTimely(5_000, 65_001)).isFalse();
    }

    @Test
    void isOfTheJobFromItsCreationToThirtyDaysAfterItsDeadline() {
        assertThat(JobEvidence.isOfJob(999_999, 1_000, DEADLINE)).isFalse();
        assertThat(JobEvidence.isOfJob(1_000_000, 1_000, DEADLINE)).isTrue();
        assertThat(JobEvidence.isOfJob(LAST, 1_000, DEADLINE)).isTrue();
        assertThat(JobEvidence.isOfJob(LAST + 1, 1_000, DEADLINE)).isFalse();
    }

    @Test
    void aCreationBeyondAllTimesInMillisecondsIsAfterEveryEvent() {
        assertThat(JobEvidence.isOfJob(1, Long.MAX_VALUE, DEADLINE)).isFalse();
        assertThat(JobEvidence.isOfJob(Long.MAX_VALUE, 1_000, BigInteger.TWO.pow(256)))
                .isTrue();
    }
}
