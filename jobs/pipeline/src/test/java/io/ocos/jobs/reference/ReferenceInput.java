package io.ocos.jobs.reference;

import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.avro.JobEvent;
import io.ocos.schemas.avro.SignedEnvelope;
import io.ocos.schemas.io.JsonRecords;
import io.ocos.schemas.io.MalformedRecordException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Input records in any order, duplicates included. */
public record ReferenceInput(List<SignedEnvelope> telemetry, List<ChainEvent> chainEvents, List<JobEvent> jobEvents) {

    private interface Reader<T> {
        T read(byte[] line) throws MalformedRecordException;
    }

    /** The three files of a folder (SPEC 13); a missing file is an empty input, an unreadable line an error. */
    public static ReferenceInput read(Path folder) throws IOException {
        return new ReferenceInput(
                read(folder.resolve("telemetry.jsonl"), JsonRecords::envelope),
                read(folder.resolve("chain-events.jsonl"), JsonRecords::chainEvent),
                read(folder.resolve("job-events.jsonl"), JsonRecords::jobEvent));
    }

    private static <T> List<T> read(Path file, Reader<T> reader) throws IOException {
        List<T> records = new ArrayList<>();
        if (!Files.exists(file)) {
            return records;
        }
        byte[] bytes = Files.readAllBytes(file);
        for (int from = 0; from < bytes.length; ) {
            int to = from;
            while (to < bytes.length && bytes[to] != '\n') {
                to++;
            }
            try {
                records.add(reader.read(Arrays.copyOfRange(bytes, from, to)));
            } catch (MalformedRecordException e) {
                throw new IOException("%s: line %d: %s".formatted(file, records.size() + 1, e.detail()), e);
            }
            from = to + 1;
        }
        return records;
    }
}
