package io.ocos.schemas.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A schema may only grow: what was written once stays readable, and what is written now can be read by older readers. */
class SchemaHistoryTest {

    static List<Schema> current() {
        return KnownSchemas.CURRENT;
    }

    @ParameterizedTest
    @MethodSource("current")
    void newestKeptVersionIsTheCurrentSchema(Schema schema) {
        List<KnownSchemas.Known> history = KnownSchemas.history(schema.getName());
        assertThat(history).as("history/%s.v1.avsc", schema.getName()).isNotEmpty();
        assertThat(history.get(history.size() - 1).writer())
                .as("add history/%s.v%d.avsc with the changed schema", schema.getName(), history.size() + 1)
                .isEqualTo(schema);
    }

    @ParameterizedTest
    @MethodSource("current")
    void everyKeptVersionIsCompatibleBothWays(Schema schema) {
        for (KnownSchemas.Known known : KnownSchemas.history(schema.getName())) {
            assertThat(SchemaCompatibility.checkReaderWriterCompatibility(schema, known.writer())
                            .getType())
                    .as("%s v%d read by the current schema", known.name(), known.version())
                    .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
            assertThat(SchemaCompatibility.checkReaderWriterCompatibility(known.writer(), schema)
                            .getType())
                    .as("the current schema read by %s v%d", known.name(), known.version())
                    .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
        }
    }
}
