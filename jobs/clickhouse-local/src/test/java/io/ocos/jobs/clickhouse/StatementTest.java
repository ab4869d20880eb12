package io.ocos.jobs.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.jobs.clickhouse.Statement.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatementTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "INSERT INTO t VALUES (1)                        | INSERT INTO t                 | Values    | ' (1)'",
                "insert into `va'lues` (a, `format`) values(1)   | insert into `va'lues` (a, `format`) | Values | (1)",
                "INSERT INTO t FORMAT CSV 1,2                    | INSERT INTO t                 | CSV       | 1,2",
                "INSERT INTO t SETTINGS a = 'FORMAT X' FORMAT TSV 1 | INSERT INTO t SETTINGS a = 'FORMAT X' | TSV | 1",
                "/* VALUES */ INSERT INTO t (format) FORMAT RowBinary | /* VALUES */ INSERT INTO t (format) | RowBinary | ''",
                "INSERT INTO FUNCTION null('a UInt8 VALUES') VALUES (1) | INSERT INTO FUNCTION null('a UInt8 VALUES') | Values | ' (1)'",
            })
    void findsTheDataOfAnInsert(String text, String sql, String format, String data) throws EngineException {
        Statement statement = parse(text);
        assertThat(statement.kind()).isEqualTo(Kind.INSERT);
        assertThat(statement.sql().strip()).isEqualTo(sql);
        assertThat(statement.format()).isEqualTo(format);
        assertThat(text.substring(statement.dataOffset())).isEqualTo(data);
    }

    @Property(tries = 300)
    void dataAfterTheLineEndIsLeftAlone(@ForAll byte[] data) throws EngineException {
        byte[] head = "INSERT INTO t FORMAT RowBinary\n".getBytes(StandardCharsets.UTF_8);
        byte[] text = Arrays.copyOf(head, head.length + data.length);
        System.arraycopy(data, 0, text, head.length, data.length);
        Statement statement = Statement.parse(text, text.length);
        assertThat(statement).isEqualTo(new Statement(Kind.INSERT, "INSERT INTO t ", "RowBinary", head.length));
    }

    @Property(tries = 300)
    void anyTextIsRead(@ForAll byte[] text) {
        Kind kind;
        try {
            kind = Statement.parse(text, text.length).kind();
        } catch (EngineException e) {
            assertThat(e.code()).isIn(62, 358);
            return;
        }
        assertThat(kind).isNotNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "SELECT 1                                           | QUERY | -",
                "SELECT 'a FORMAT b', \"FORMAT\" FORMAT JSON        | QUERY | JSON",
                "WITH x AS (SELECT 1 FORMAT CSV) SELECT * FROM x    | QUERY | -",
                "-- FORMAT TSV\\nSELECT 1 -- FORMAT CSV              | QUERY | -",
                "(SELECT 1) UNION ALL (SELECT 2) FORMAT Native;     | QUERY | Native",
                "SELECT 1 FORMAT CSV SETTINGS max_threads = 1       | QUERY | CSV",
                "INSERT INTO t SELECT 1                             | OTHER | -",
                "INSERT INTO t (a) WITH x AS (SELECT 1) SELECT *    | OTHER | -",
                "INSERT INTO t FROM INFILE 'x' FORMAT CSV           | OTHER | -",
                "CREATE TABLE t (format String)                     | OTHER | -",
                "SHOW TABLES                                        | OTHER | -",
            })
    void tellsTheKind(String text, Kind kind, String format) throws EngineException {
        Statement statement = parse(text.replace("\\n", "\n"));
        assertThat(statement.kind()).isEqualTo(kind);
        assertThat(statement.format()).isEqualTo(format);
        assertThat(statement.sql()).isEqualTo(text.replace("\\n", "\n"));
    }

    @Test
    void refusesWhatHasNoPlaceHere() {
        assertThatThrownBy(() -> parse(" -- nothing\n/* at all")).hasMessageContaining("Empty query");
        assertThatThrownBy(() -> parse("SELECT 1 INTO OUTFILE '/tmp/x'")).hasMessageContaining("INTO OUTFILE");
    }

    private static Statement parse(String text) throws EngineException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return Statement.parse(bytes, bytes.length);
    }
}
