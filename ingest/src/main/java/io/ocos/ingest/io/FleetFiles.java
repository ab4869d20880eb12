package io.ocos.ingest.io;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.ocos.ingest.config.FleetConfig;
import io.ocos.ingest.domain.Availability;
import io.ocos.ingest.domain.FailureModel;
import io.ocos.ingest.domain.FleetPlan;
import io.ocos.ingest.domain.FleetPlan.Spec;
import io.ocos.ingest.domain.FleetTraffic;
import io.ocos.ingest.domain.FleetUsage;
import io.ocos.ingest.domain.OutageTrace;
import io.ocos.ingest.domain.OutageTrace.Outage;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.domain.NodeType;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** The plan of a fleet from its configuration, with nodes and outages from files where they are given. */
public final class FleetFiles {

    /** Nodes of the openb trace without GPUs take these types by turns. */
    private static final List<NodeType> TYPES_WITHOUT_GPU =
            List.of(NodeType.WASM, NodeType.STORAGE, NodeType.SIMULATION, NodeType.EDGE);

    /** The LANL trace is written in local time. */
    private static final ZoneId LOS_ALAMOS = ZoneId.of("America/Denver");

    private static final DateTimeFormatter LANL_TIME = DateTimeFormatter.ofPattern("M/d/uuuu H:mm");

    private static final Pattern WHOLE_NUMBER = Pattern.compile("[0-9]{1,9}");

    private FleetFiles() {}

    /**
     * The nodes.
     *
     * @throws ConfigException when the file of nodes cannot be used, naming file and line
     */
    public static FleetPlan plan(FleetConfig config) {
        if (config.nodesCsv() == null) {
            return FleetPlan.of(config.seed(), config.nodes());
        }
        Path file = Path.of(config.nodesCsv());
        List<Spec> specs = readNodes(file);
        int wanted = config.nodes() == FleetConfig.ALL_OF_FILE ? specs.size() : config.nodes();
        if (wanted > specs.size() || specs.isEmpty()) {
            throw new ConfigException("nodes: %d, expected at most the %d of %s".formatted(wanted, specs.size(), file));
        }
        return FleetPlan.of(config.seed(), specs.subList(0, wanted));
    }

    /** What customers use on the nodes; empty when the configuration names no escrow. */
    public static Optional<FleetUsage> usage(FleetConfig config, FleetPlan plan) {
        return Optional.ofNullable(config.escrow())
                .map(escrow -> FleetUsage.of(plan, config.chainId(), escrow, config.usageSinceMillis()));
    }

    /**
     * What the nodes send.
     *
     * @throws ConfigException when a file cannot be used, naming file and line
     */
    public static FleetTraffic traffic(FleetConfig config) {
        FleetPlan plan = plan(config);
        Availability availability = config.outagesCsv() == null
                ? new FailureModel(config.seed(), config.failureAcceleration(), config.repairAcceleration())
                : new OutageTrace(
                        readOutages(Path.of(config.outagesCsv())), plan.nodes().size(), config.failureAcceleration());
        return new FleetTraffic(plan, availability, config.disturbances());
    }

    /**
     * Reads nodes in the Alibaba openb format (cluster-trace-gpu-v2023): {@code sn,cpu_milli,memory_mib,gpu,model}. A node with
     * GPUs is of type AI.
     */
    public static List<Spec> readNodes(Path file) {
        List<Spec> specs = new ArrayList<>();
        for (Row row : rows(file)) {
            int gpus = row.integer("gpu");
            int cores = row.integer("cpu_milli") / 1_000;
            specs.add(
                    gpus > 0
                            ? Spec.gpus(gpus)
                            : Spec.cores(TYPES_WITHOUT_GPU.get(specs.size() % TYPES_WITHOUT_GPU.size()), cores));
        }
        return specs;
    }

    /**
     * Reads outages in the format of LA-UR-05-7318 (Los Alamos National Laboratory, 1996–2005), plain or {@code .xz}: one list
     * per node, nodes in the order of system and number.
     *
     * <p>Times are local, so 24 rows of the published file seem 60 min off by {@code Down Time} and are not; where an hour
     * comes twice in a night, {@code Down Time} says which is meant. 399 rows are 1 min off (rounding): the times of day hold.
     * 126 rows of system 17 name no node: they are taken as those of one more node.
     */
    static List<List<Outage>> readOutages(Path file) {
        Map<Long, List<Outage>> byNode = new TreeMap<>();
        for (Row row : rows(file)) {
            long number = row.text("nodenumz").isEmpty() ? 0 : 1 + row.integer("nodenumz");
            long node = row.integer("System") * 1_000_000_000L + number;
            byNode.computeIfAbsent(node, key -> new ArrayList<>()).add(row.outage());
        }
        if (byNode.isEmpty()) {
            throw new ConfigException("%s: holds no outage, expected at least one".formatted(file));
        }
        return List.copyOf(byNode.values());
    }

    private static List<Row> rows(Path file) {
        CsvSchema header = CsvSchema.emptySchema().withHeader();
        try (InputStream bytes = open(file);
                MappingIterator<Map<String, String>> values = new CsvMapper()
                        .readerForMapOf(String.class)
                        .with(header)
                        .readValues(bytes)) {
            List<Map<String, String>> read = values.readAll();
            return IntStream.range(0, read.size())
                    .mapToObj(index -> new Row(file, index + 2, read.get(index)))
                    .toList();
        } catch (IOException | RuntimeJsonMappingException e) {
            throw new ConfigException("%s: cannot be read as CSV: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static InputStream open(Path file) throws IOException {
        if (!Files.isReadable(file)) {
            throw new ConfigException("%s: no such file, or it cannot be read".formatted(file));
        }
        InputStream bytes = new BufferedInputStream(Files.newInputStream(file));
        return file.toString().endsWith(".xz") ? new XZCompressorInputStream(bytes) : bytes;
    }

    /** A line of a file, by the names of its header. */
    private record Row(Path file, int line, Map<String, String> values) {

        int integer(String column) {
            String value = text(column);
            if (!WHOLE_NUMBER.matcher(value).matches()) {
                throw new ConfigException(unusable(column, value, "a whole number from 0"));
            }
            return Integer.parseInt(value);
        }

        Outage outage() {
            LocalDateTime started = time("Prob Started");
            LocalDateTime fixed = time("Prob Fixed");
            long downMillis = integer("Down Time") * 60_000L;
            Outage best = null;
            for (ZoneOffset startOffset : offsets(started)) {
                for (ZoneOffset fixedOffset : offsets(fixed)) {
                    Outage outage = new Outage(millis(started, startOffset), millis(fixed, fixedOffset));
                    if (best == null || distance(outage, downMillis) < distance(best, downMillis)) {
                        best = outage;
                    }
                }
            }
            if (best == null || best.untilMillis() < best.fromMillis()) {
                throw new ConfigException(unusable("Prob Fixed", text("Prob Fixed"), "no time before Prob Started"));
            }
            return best;
        }

        private static long distance(Outage outage, long downMillis) {
            return Math.abs(outage.untilMillis() - outage.fromMillis() - downMillis);
        }

        private static long millis(LocalDateTime time, ZoneOffset offset) {
            return time.toInstant(offset).toEpochMilli();
        }

        /** Two in the hour that comes twice, one else; in the hour that is skipped, that of the moment before. */
        private static List<ZoneOffset> offsets(LocalDateTime time) {
            List<ZoneOffset> valid = LOS_ALAMOS.getRules().getValidOffsets(time);
            return valid.isEmpty() ? List.of(LOS_ALAMOS.getRules().getOffset(time)) : valid;
        }

        private LocalDateTime time(String column) {
            String value = text(column);
            try {
                return LocalDateTime.parse(value, LANL_TIME);
            } catch (DateTimeParseException e) {
                throw new ConfigException(unusable(column, value, "month/day/year hour:minute"), e);
            }
        }

        private String text(String column) {
            String value = values.get(column);
            if (value == null) {
                throw new ConfigException("%s line %d: has no column '%s'".formatted(file, line, column));
            }
            return value;
        }

        private String unusable(String column, String value, String expected) {
            return "%s line %d: %s is '%s', expected %s".formatted(file, line, column, value, expected);
        }
    }
}
