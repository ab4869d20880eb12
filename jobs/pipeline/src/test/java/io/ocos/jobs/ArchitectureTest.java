package io.ocos.jobs;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows between modules and rooms (DESIGN 3, docs/decisions/0001). Maven holds those between modules as well. */
@AnalyzeClasses(packages = "io.ocos", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String[] OURS = {
        "io.ocos.metering..",
        "io.ocos.reputationstream..",
        "io.ocos.rewardssettlement..",
        "io.ocos.ingest..",
        "io.ocos.jobs.."
    };

    @ArchTest
    static final ArchRule domainKnowsNoFramework = noClasses()
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

    @ArchTest
    static final ArchRule schemasDependOnNothingOfOurs = noClasses()
            .that()
            .resideInAPackage("io.ocos.schemas..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(OURS);

    @ArchTest
    static final ArchRule schemasAndIngestKnowNoFlink = noClasses()
            .that()
            .resideInAnyPackage("io.ocos.schemas..", "io.ocos.ingest..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.flink..");

    @ArchTest
    static final ArchRule flinkStaysInItsRooms = classes()
            .that(resideInAnyPackage("io.ocos.metering..", "io.ocos.reputationstream..", "io.ocos.rewardssettlement..")
                    .and(not(resideInAPackage("..flink.."))))
            .should()
            .onlyDependOnClassesThat(not(resideInAPackage("org.apache.flink..")));

    @ArchTest
    static final ArchRule computingModulesDependOnSchemasAlone = noClasses()
            .that()
            .resideInAnyPackage("io.ocos.metering..", "io.ocos.reputationstream..", "io.ocos.rewardssettlement..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.ocos.jobs..", "io.ocos.ingest.."));

    @ArchTest
    static final ArchRule meteringIsAlone = noClasses()
            .that()
            .resideInAPackage("io.ocos.metering..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.ocos.reputationstream..", "io.ocos.rewardssettlement.."));

    @ArchTest
    static final ArchRule ingestComputesNoReward = noClasses()
            .that()
            .resideInAPackage("io.ocos.ingest..")
            .should()
            .dependOnClassesThat(
                    resideInAnyPackage("io.ocos.reputationstream..", "io.ocos.rewardssettlement..", "io.ocos.jobs.."));
}
