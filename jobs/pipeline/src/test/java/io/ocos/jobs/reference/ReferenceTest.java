package io.ocos.jobs.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.ocos.schemas.domain.Address;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ReferenceTest {

    @TestFactory
    Stream<DynamicTest> agreesWithTheVectors() {
        return Vectors.folders().stream()
                .map(folder -> DynamicTest.dynamicTest(folder.getFileName().toString(), () -> assertThat(
                                Reference.run(ReferenceInput.read(folder), Vectors.setup(folder))
                                        .files())
                        .isEqualTo(Vectors.expected(folder))));
    }

    @Test
    void ofNothingComeHeadersAlone() {
        assertThat(Reference.run(
                                new ReferenceInput(List.of(), List.of(), List.of()),
                                new Reference.Setup(56, Address.ZERO, 60, 1_790_000_000_000L, true))
                        .files())
                .containsOnlyKeys("node-minutes.csv", "reputation.csv", "rewards.csv", "batches.csv")
                .containsEntry("rewards.csv", "minute,kind,node,job,payee,amount,reason\n");
    }
}
