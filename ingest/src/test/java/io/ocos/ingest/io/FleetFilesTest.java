package io.ocos.ingest.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ocos.ingest.config.FleetConfig;
import io.ocos.ingest.domain.FleetPlan;
import io.ocos.ingest.domain.FleetPlan.Spec;
import io.ocos.ingest.domain.FleetTraffic;
import io.ocos.ingest.domain.OutageTrace.Outage;
import io.ocos.schemas.config.ConfigException;
import io.ocos.schemas.config.ConfigLoader;
import io.ocos.schemas.domain.NodeType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.compressors.xz.XZCompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

class FleetFilesTest {

    private static final String HEADER =
            "System,machine type,nodes,procstot,procsinnode,nodenum,nodenumz,node install,node prod,node decom,fru type,mem,cputype,memtype,num intercon,purpose,Prob Started,Prob Fixed,Down Time,Facilities,Hardware,Human Error,Network,Undetermined,Software,Same Event\n";

    @TempDir
    Path directory;

    @Test
    void readsOpenbNodes() throws Exception {
        Path file = write(
                "nodes.csv",
                "sn,cpu_milli,memory_mib,gpu,model\nn0,64000,262144,2,P100\nn1,32000,65536,0,\nn2,2000,65536,0,\n");

        FleetPlan plan = FleetFiles.plan(config(Map.of("nodesCsv", file.toString())));

        assertThat(plan.nodes())
                .extracting(FleetPlan.Node::type)
                .containsExactly(NodeType.AI, NodeType.STORAGE, NodeType.SIMULATION);
        assertThat(plan.nodes()).extracting(FleetPlan.Node::capacityUnits).containsExactly(20L, 8L, 1L);
        assertThat(FleetFiles.plan(config(Map.of("nodesCsv", file.toString(), "nodes", "2")))
                        .nodes())
                .hasSize(2);
        assertThatThrownBy(() -> FleetFiles.plan(config(Map.of("nodesCsv", file.toString(), "nodes", "4"))))
                .isInstanceOf(ConfigException.class)
                .hasMessage("nodes: 4, expected at most the 3 of %s", file);
        assertThat(FleetFiles.readNodes(file).get(0)).isEqualTo(Spec.gpus(2));
    }

    @Test
    void readsLanlOutagesInLocalTime() throws Exception {
        Path file = write(
                "outages.csv",
                HEADER
                        + row(2, 1, "6/21/2005 10:54", "6/21/2005 11:00", 6)
                        // Down Time is one minute more than the times of day say: these hold.
                        + row(2, 0, "6/21/2005 10:54", "6/21/2005 11:00", 7)
                        // Over the start of daylight saving time: the night has an hour less.
                        + row(20, 0, "4/4/2004 1:30", "4/4/2004 3:30", 60)
                        // Begins in the hour that comes twice; Down Time says it is the second.
                        + row(20, 0, "10/27/2002 1:36", "10/27/2002 5:27", 231));

        List<List<Outage>> outages = FleetFiles.readOutages(file);

        assertThat(outages)
                .containsExactly(
                        List.of(outage("2005-06-21T16:54:00Z", "2005-06-21T17:00:00Z")),
                        List.of(outage("2005-06-21T16:54:00Z", "2005-06-21T17:00:00Z")),
                        List.of(
                                outage("2004-04-04T08:30:00Z", "2004-04-04T09:30:00Z"),
                                outage("2002-10-27T08:36:00Z", "2002-10-27T12:27:00Z")));
    }

    @Test
    void replaysATraceFasterAndAgain() throws Exception {
        Path file = write(
                "outages.csv",
                HEADER
                        + row(1, 0, "1/1/2000 0:00", "1/1/2000 1:00", 60)
                        + row(1, 0, "1/1/2000 0:30", "1/1/2000 2:00", 90)
                        + row(1, 1, "1/1/2000 3:00", "1/1/2000 4:00", 60));
        FleetTraffic traffic = FleetFiles.traffic(
                config(Map.of("outagesCsv", file.toString(), "nodes", "2", "failureAcceleration", "60")));

        // The trace spans 4 h, so 4 min here; its first node is down in the first half, the second in the last quarter.
        for (long run = 0; run < 3; run++) {
            long start = run * 240_000;
            assertThat(traffic.nodesUp(start)).isEqualTo(1);
            assertThat(traffic.nodesUp(start + 119_999)).isEqualTo(1);
            assertThat(traffic.nodesUp(start + 120_000)).isEqualTo(2);
            assertThat(traffic.nodesUp(start + 180_000)).isEqualTo(1);
        }
    }

    @Test
    void readsXz() throws Exception {
        Path file = directory.resolve("outages.csv.xz");
        try (var out = new XZCompressorOutputStream(Files.newOutputStream(file))) {
            out.write((HEADER + row(1, 0, "1/1/2000 0:00", "1/1/2000 1:00", 60))
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        assertThat(FleetFiles.readOutages(file)).hasSize(1);
    }

    @Test
    void unusableFilesNameFileAndLine() throws Exception {
        Path badTime = write("time.csv", HEADER + row(1, 0, "2000-01-01", "1/1/2000 1:00", 60));
        Path badOrder = write("order.csv", HEADER + row(1, 0, "1/2/2000 1:00", "1/1/2000 1:00", 60));
        Path badNumber = write("gpu.csv", "sn,cpu_milli,memory_mib,gpu,model\nn0,64000,1,2,x\nn1,64000,1,-2,x\n");
        Path noColumn = write("column.csv", "sn,cpu\nn0,64000\n");
        Path empty = write("empty.csv", HEADER);

        assertThatThrownBy(() -> FleetFiles.readOutages(badTime))
                .hasMessage("%s line 2: Prob Started is '2000-01-01', expected month/day/year hour:minute", badTime);
        assertThatThrownBy(() -> FleetFiles.readOutages(badOrder))
                .hasMessage("%s line 2: Prob Fixed is '1/1/2000 1:00', expected no time before Prob Started", badOrder);
        assertThatThrownBy(() -> FleetFiles.readNodes(badNumber))
                .hasMessage("%s line 3: gpu is '-2', expected a whole number from 0", badNumber);
        assertThatThrownBy(() -> FleetFiles.readNodes(noColumn)).hasMessage("%s line 2: has no column 'gpu'", noColumn);
        assertThatThrownBy(() -> FleetFiles.readOutages(empty)).hasMessageContaining("holds no outage");
        assertThatThrownBy(() -> FleetFiles.readOutages(directory.resolve("absent")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("no such file");
    }

    /** The published trace, when its path is given: -Docos.lanl=FILE. */
    @Test
    @EnabledIfSystemProperty(named = "ocos.lanl", matches = ".+")
    void readsThePublishedTrace() {
        List<List<Outage>> outages = FleetFiles.readOutages(Path.of(System.getProperty("ocos.lanl")));

        assertThat(outages).hasSize(3_577);
        assertThat(outages.stream().mapToInt(List::size).sum()).isEqualTo(23_739);
        assertThat(outages.stream()
                        .flatMap(List::stream)
                        .mapToLong(outage -> outage.untilMillis() - outage.fromMillis())
                        .sum())
                .isBetween(139_300L * 3_600_000, 139_500L * 3_600_000);
    }

    @Test
    void unknownKeysAndValuesOutOfRangeAreRefused() {
        assertThatThrownBy(() -> config(Map.of("node", "3")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("unknown key 'node'");
        assertThatThrownBy(() -> config(Map.of("skewPpm", "1000001")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("skewPpm: 1000001, expected 0 … 1000000");
        assertThatThrownBy(() -> config(Map.of("nodes", "0")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("nodes: 0, expected 1 … 1000000");
    }

    static FleetConfig config(Map<String, String> values) {
        Map<String, String> all = new HashMap<>(values);
        all.putIfAbsent("chainId", "56");
        all.putIfAbsent("registry", "0x00000000000000000000000000000000000000aa");
        return ConfigLoader.load(FleetConfig.class, null, all);
    }

    private static Outage outage(String from, String until) {
        return new Outage(
                Instant.parse(from).toEpochMilli(), Instant.parse(until).toEpochMilli());
    }

    private static String row(int system, int node, String started, String fixed, int downMinutes) {
        return "%d,cluster,49,6152,80,%d,%d,5-Apr,5-Jun,current,part,80,1,1,0,graphics.fe,%s,%s,%d,,\"Fan, Hdwr\",,,,,No\n"
                .formatted(system, node, node, started, fixed, downMinutes);
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }
}
