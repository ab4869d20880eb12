package io.ocos.jobs;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The arrows between modules and rooms (DESIGN 3, docs/decisions/0001). Maven holds those between modules as well. */
class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.ocos");

    private static final String[] OURS = {
        "io.ocos.metering..",
        "io.ocos.reputationstream..",
        "io.ocos.rewardssettlement..",
        "io.ocos.ingest..",
        "io.ocos.jobs.."
    };

    private static final ArchRule DOMAIN_KNOWS_NO_FRAMEWORK = noClasses()
            .that()
            .resideInAPackage("io.ocos..domain..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.flink..",
                    "org.apache.kafka..",
                    "io.javalin..",
                    "org.web3j..",
                    "com.clickhouse..",
                    "com.fasterxml..",
                    "picocli..");

    private static final ArchRule SCHEMAS_DEPEND_ON_NOTHING_OF_OURS = noClasses()
            .that()
            .resideInAPackage("io.ocos.schemas..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(OURS);

    private static final ArchRule SCHEMAS_AND_INGEST_KNOW_NO_FLINK = noClasses()
            .that()
            .resideInAnyPackage("io.ocos.schemas..", "io.ocos.ingest..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.flink..");

    private static final ArchRule FLINK_STAYS_IN_ITS_ROOMS = classes()
            .that(resideInAnyPackage("io.ocos.metering..", "io.ocos.reputationstream..", "io.ocos.rewardssettlement..")
                    .and(not(resideInAPackage("..flink.."))))
            .should()
            .onlyDependOnClassesThat(not(resideInAPackage("org.apache.flink..")));

    private static final ArchRule COMPUTING_MODULES_DEPEND_ON_SCHEMAS_ALONE = noClasses()
            .that()
            .resideInAnyPackage("io.ocos.metering..", "io.ocos.reputationstream..", "io.ocos.rewardssettlement..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.ocos.jobs..", "io.ocos.ingest.."));

    private static final ArchRule METERING_IS_ALONE = noClasses()
            .that()
            .resideInAPackage("io.ocos.metering..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.ocos.reputationstream..", "io.ocos.rewardssettlement.."));

    private static final ArchRule INGEST_COMPUTES_NO_REWARD = noClasses()
            .that()
            .resideInAPackage("io.ocos.ingest..")
            .should()
            .dependOnClassesThat(
                    resideInAnyPackage("io.ocos.reputationstream..", "io.ocos.rewardssettlement..", "io.ocos.jobs.."));

    static Stream<ArchRule> rules() {
        return Stream.of(
                DOMAIN_KNOWS_NO_FRAMEWORK,
                SCHEMAS_DEPEND_ON_NOTHING_OF_OURS,
                SCHEMAS_AND_INGEST_KNOW_NO_FLINK,
                FLINK_STAYS_IN_ITS_ROOMS,
                COMPUTING_MODULES_DEPEND_ON_SCHEMAS_ALONE,
                METERING_IS_ALONE,
                INGEST_COMPUTES_NO_REWARD);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void holds(ArchRule rule) {
        assertThat(CLASSES.contain("io.ocos.metering.domain.Acceptance")).isTrue();
        rule.check(CLASSES);
    }
}
