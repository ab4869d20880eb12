package io.ocos.jobs.rewardpipeline;

import io.ocos.jobs.reference.Reference;
import io.ocos.jobs.reference.ReferenceInput;
import io.ocos.jobs.reference.Vectors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The vectors, which the reference is held to by its own test, as a stream and as a batch, duplicated and shuffled. */
class PipelineVectorsITCase {

    private static PipelineCluster cluster;

    @BeforeAll
    static void start() throws Exception {
        cluster = PipelineCluster.start(4);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @TestFactory
    Stream<DynamicTest> isTheReference() {
        return Vectors.folders().stream().flatMap(folder -> Stream.of(1, 2, 4)
                .flatMap(parallelism -> Stream.of(RuntimeExecutionMode.BATCH, RuntimeExecutionMode.STREAMING)
                        .map(mode -> DynamicTest.dynamicTest(
                                "%s %s %d".formatted(folder.getFileName(), mode, parallelism),
                                () -> run(folder, new PipelineCluster.Way(mode, parallelism, parallelism))))));
    }

    private static void run(Path folder, PipelineCluster.Way way) throws Exception {
        Reference.Setup setup = Vectors.setup(folder);
        ReferenceInput input = ReferenceInput.read(folder);
        Random random = new Random(way.seed());
        ReferenceInput mixed = new ReferenceInput(
                mixed(input.telemetry(), random), mixed(input.chainEvents(), random), mixed(input.jobEvents(), random));
        PipelineRows.assertSame(cluster.run(mixed, setup, way), Reference.run(input, setup), way);
    }

    /** All records shuffled, some of them twice. */
    static <T> List<T> mixed(List<T> records, Random random) {
        List<T> mixed = new ArrayList<>(records);
        for (T record : records) {
            if (random.nextInt(4) == 0) {
                mixed.add(record);
            }
        }
        Collections.shuffle(mixed, random);
        return mixed;
    }
}
