package io.ocos.jobs.archive;

import io.ocos.schemas.avro.ArchivedRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.Consumer;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.file.SeekableByteArrayInput;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;

/** Archive files as somebody alters them who has an Avro library. */
final class AlteredFiles {

    private AlteredFiles() {}

    /** The file with one record changed. */
    static byte[] rewrite(byte[] file, int index, Consumer<ArchivedRecord> change) throws IOException {
        ByteArrayOutputStream altered = new ByteArrayOutputStream();
        try (DataFileReader<ArchivedRecord> reader =
                        new DataFileReader<>(new SeekableByteArrayInput(file), new SpecificDatumReader<>());
                DataFileWriter<ArchivedRecord> writer =
                        new DataFileWriter<>(new SpecificDatumWriter<>(ArchivedRecord.class))) {
            writer.setCodec(CodecFactory.zstandardCodec(3));
            for (String key : reader.getMetaKeys()) {
                if (!key.startsWith("avro.")) {
                    writer.setMeta(key, reader.getMeta(key));
                }
            }
            writer.create(reader.getSchema(), altered);
            for (int i = 0; reader.hasNext(); i++) {
                ArchivedRecord record = reader.next();
                if (i == index) {
                    change.accept(record);
                }
                writer.append(record);
            }
        }
        return altered.toByteArray();
    }
}
