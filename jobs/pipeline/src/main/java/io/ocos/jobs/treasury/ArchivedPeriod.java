package io.ocos.jobs.treasury;

import io.ocos.jobs.archive.ArchiveException;
import io.ocos.jobs.archive.ArchiveInput;
import io.ocos.jobs.flink.RawRecord;
import io.ocos.jobs.rewardpipeline.ChainRecord;
import io.ocos.jobs.verify.Recomputation;
import io.ocos.rewardssettlement.domain.review.PeriodFigures;
import io.ocos.schemas.avro.ChainEvent;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.ChainFact;
import io.ocos.schemas.domain.NodeType;
import io.ocos.schemas.domain.ParameterHistory;
import io.ocos.schemas.io.MalformedRecordException;
import io.ocos.schemas.io.RecordCodec;
import io.ocos.schemas.io.Topic;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.Iterator;

/** A period's figures from what was computed again from the archive. */
final class ArchivedPeriod {

    private ArchivedPeriod() {}

    /**
     * Empty figures, with the caps as the archived votes have set them.
     *
     * @throws ArchiveException when the archive cannot be read
     */
    static PeriodFigures figures(ArchiveInput inputs) {
        ParameterHistory parameters = new ParameterHistory();
        inputs.forEach(Topic.CHAIN_EVENTS, raw -> add(raw, parameters));
        return new PeriodFigures((type, minute) -> parameters.at(minute).cap(type));
    }

    /** An event that cannot be read sets nothing, as in the pipeline. */
    private static void add(RawRecord raw, ParameterHistory parameters) {
        byte[] value = raw.value();
        if (value == null) {
            return;
        }
        try {
            ChainRecord record = ChainRecord.of(RecordCodec.decode(value, ChainEvent.class), raw.offset());
            if (record.fact() instanceof ChainFact.ParameterSet set) {
                parameters.add(new ParameterHistory.Change(
                        record.minute(), record.blockNumber(), record.logIndex(), set.key(), set.value()));
            }
        } catch (MalformedRecordException e) {
            return;
        }
    }

    /**
     * Reads the rewards of minutes from … to − 1. Both files are in order of (minute, node), with a MINUTE reward for each line
     * of the node minutes.
     */
    static void read(Recomputation recomputed, long from, long to, PeriodFigures figures) {
        try (BufferedReader minutes = recomputed.nodeMinutes()) {
            Iterator<String> nodes = minutes.lines().iterator();
            recomputed.forEachReward(line -> {
                String[] fields = line.split(",", -1);
                long minute = Long.parseLong(fields[0]);
                boolean counts = from <= minute && minute < to;
                BigInteger amount = new BigInteger(fields[5]);
                switch (fields[1]) {
                    case "MINUTE" -> {
                        String[] node = nodes.next().split(",", -1);
                        if (!node[0].equals(fields[0]) || !node[1].equals(fields[2])) {
                            throw new IllegalStateException(
                                    "reward '%s' beside node minute '%s'".formatted(line, String.join(",", node)));
                        }
                        if (counts) {
                            figures.addMinute(
                                    minute,
                                    NodeType.valueOf(node[2]),
                                    Address.parse(node[1]),
                                    Address.parse(fields[4]),
                                    Integer.parseInt(node[3]),
                                    amount,
                                    fields[6]);
                        }
                    }
                    case "JOB" -> {
                        if (counts) {
                            figures.addJob(amount);
                        }
                    }
                    default -> {
                        if (counts) {
                            figures.addAdjustment(amount);
                        }
                    }
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
