package io.ocos.schemas.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArchiveManifestTest {

    private static final String SHA = "ab".repeat(32);
    private static final String TEXT =
            "{\"format\":1,\"epoch\":7,\"epochMinutes\":60,\"previous\":null,\"partitions\":["
                    + "{\"topic\":\"job-events\",\"partition\":0,\"from\":3,\"to\":3,\"records\":0,\"files\":[]},"
                    + "{\"topic\":\"telemetry\",\"partition\":0,\"from\":0,\"to\":12,\"records\":9,\"files\":["
                    + "{\"path\":\"a\",\"from\":0,\"to\":5,\"records\":4,\"bytes\":10,\"sha256\":\"" + SHA
                    + "\",\"cid\":\"bafk\"},"
                    + "{\"path\":\"b\",\"from\":5,\"to\":12,\"records\":5,\"bytes\":11,\"sha256\":\"" + SHA
                    + "\",\"cid\":\"bafk\"}]}]}\n";

    @Test
    void bytesAreTheseAndTheirDigestIsTheirs() throws Exception {
        ArchiveManifest manifest = new ArchiveManifest(
                1,
                7,
                60,
                null,
                List.of(
                        new ArchiveManifest.Partition("job-events", 0, 3, 3, 0, List.of()),
                        new ArchiveManifest.Partition(
                                "telemetry",
                                0,
                                0,
                                12,
                                9,
                                List.of(
                                        new ArchiveManifest.File("a", 0, 5, 4, 10, SHA, "bafk"),
                                        new ArchiveManifest.File("b", 5, 12, 5, 11, SHA, "bafk")))));

        assertThat(new String(manifest.toBytes(), StandardCharsets.UTF_8)).isEqualTo(TEXT);
        assertThat(ArchiveManifest.parse(bytes(TEXT))).isEqualTo(manifest);
        assertThat(manifest.digest()).isEqualTo("3dcd12b39a98753cf503ac1e8d449dfb4f6f03fe23733a2b001bf83758899298");
    }

    @Test
    void whatIsNoManifestIsRefused() {
        refused("", "No content to map due to end-of-input");
        refused("null\n", "the bytes are not those that this manifest is written as: they were edited");
        refused("[]", "Cannot deserialize value of type");
        refused(TEXT + " ", "the bytes are not those that this manifest is written as: they were edited");
        refused(TEXT + TEXT, "Trailing token");
        refused(
                TEXT.replace("\"epoch\":7", "\"epoch\": 7"),
                "the bytes are not those that this manifest is written as: they were edited");
        refused(TEXT.replace("\"epoch\":7", "\"epoch\":\"7\""), "Cannot coerce String value");
        refused(TEXT.replace("\"epoch\":7", "\"epoch\":7,\"epoch\":8"), "Duplicate field 'epoch'");
        refused(TEXT.replace("\"epoch\":7", "\"epoch\":7,\"more\":8"), "Unrecognized field \"more\"");
        refused(TEXT.replace("\"epoch\":7,", ""), "Missing creator property 'epoch'");
        refused(TEXT.replace("\"epoch\":7", "\"epoch\":-7"), "epoch -7, expected at least 0");
        refused(TEXT.replace("\"format\":1", "\"format\":2"), "format 2, expected 1");
        refused(TEXT.replace("null", "\"ab\""), "previous ab, expected 64 lower-case hex digits");
    }

    @Test
    void rangesThatContradictThemselvesAreRefused() {
        refused(
                TEXT.replace("\"from\":5", "\"from\":6"),
                "b begins at offset 6, expected 5: offsets are missing or twice");
        refused(
                TEXT.replace("\"from\":5", "\"from\":4"),
                "b begins at offset 4, expected 5: offsets are missing or twice");
        refused(
                TEXT.replace("\"to\":12,\"records\":9", "\"to\":13,\"records\":9"),
                "telemetry-0: the files end at offset 12, expected 13: offsets are missing");
        refused(TEXT.replace("\"records\":9", "\"records\":8"), "telemetry-0: the files hold 9 records, expected 8");
        refused(TEXT.replace("\"records\":4", "\"records\":6"), "a: records 6, expected 1 … 5");
        refused(TEXT.replace("\"from\":3", "\"from\":4"), "job-events-0: from 4, to 3, expected 0 ≤ from ≤ to");
        refused(TEXT.replace("\"path\":\"a\"", "\"path\":\"../a\""), "path ../a, expected one below the archive");
        refused(
                TEXT.replace("job-events", "telemetry-x"),
                "telemetry-0 after telemetry-x-0, expected order by topic and partition");
    }

    private static void refused(String text, String message) {
        assertThatThrownBy(() -> ArchiveManifest.parse(bytes(text)))
                .isInstanceOf(MalformedRecordException.class)
                .hasMessageContaining(message);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
