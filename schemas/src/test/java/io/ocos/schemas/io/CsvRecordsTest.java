package io.ocos.schemas.io;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.schemas.avro.NodeMinute;
import io.ocos.schemas.avro.ReputationScore;
import io.ocos.schemas.avro.Reward;
import io.ocos.schemas.avro.RewardKind;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import io.ocos.schemas.domain.TokenAmount;
import org.junit.jupiter.api.Test;

class CsvRecordsTest {

    private static final Address SMALL = Address.parse("0x7f00000000000000000000000000000000000000");
    private static final Address LARGE = Address.parse("0x8000000000000000000000000000000000000000");

    @Test
    void addressesAreOrderedAsUnsignedBytes() {
        assertThat(CsvRecords.NODE_MINUTE_ORDER.compare(
                        new NodeMinute(1L, AvroValues.avro(SMALL), "AI", 0),
                        new NodeMinute(1L, AvroValues.avro(LARGE), "AI", 0)))
                .isNegative();
        assertThat(CsvRecords.REPUTATION_ORDER.compare(
                        new ReputationScore(1L, AvroValues.avro(LARGE), 0),
                        new ReputationScore(1L, AvroValues.avro(SMALL), 0)))
                .isPositive();
        assertThat(CsvRecords.REWARD_ORDER.compare(job(SMALL, 1), job(LARGE, 1)))
                .isNegative();
        assertThat(CsvRecords.REWARD_ORDER.compare(job(SMALL, 1), job(SMALL, -1)))
                .isNegative();
    }

    private static Reward job(Address node, long job) {
        return Reward.newBuilder()
                .setMinute(1)
                .setKind(RewardKind.JOB)
                .setNode(AvroValues.avro(node))
                .setJob(AvroValues.avro(new Hash32(job, 0, 0, 0)))
                .setAmount(AvroValues.avro(TokenAmount.ZERO))
                .setReason("UNREGISTERED")
                .build();
    }
}
