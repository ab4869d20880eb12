package io.ocos.jobs.stack;

import io.ocos.jobs.stack.ClickHouseHttp.QueryException;
import io.ocos.schemas.domain.Minutes;
import io.ocos.schemas.domain.TokenAmount;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a running stack has done so far.
 *
 * @param minutesClosed rows of {@code minutes_closed}
 * @param lastMinute the newest of them; -1 when there is none
 * @param rewards sum over all of them
 * @param lastRewards of the newest
 * @param nodeMinutes rows of {@code node_minutes}
 * @param paidMinutesOfOwnNode of this machine's own node
 * @param nodesUp simulated nodes that are up; -1 when unknown
 * @param envelopesPerSecond that the gateway accepted lately; NaN when unknown
 * @param batches what became of them
 */
record Figures(
        long minutesClosed,
        long lastMinute,
        TokenAmount rewards,
        TokenAmount lastRewards,
        long nodeMinutes,
        long paidMinutesOfOwnNode,
        long nodesUp,
        double envelopesPerSecond,
        Batches batches) {

    /**
     * Settlement batches as the submitter sees them.
     *
     * @param newest number of the last one that was made; -1 when unknown
     * @param proposed number of the last one on chain; 0 = none
     * @param finalized number of the one that can be claimed from; 0 = none
     * @param halted whether the submitter waits for a person
     */
    record Batches(long newest, long proposed, long finalized, boolean halted) {

        static final Batches UNKNOWN = new Batches(-1, 0, 0, false);
    }

    /** How long ago the last closed minute ended. */
    long lagSeconds(long nowMillis) {
        return (nowMillis - (lastMinute + 1) * Minutes.MILLIS) / 1_000;
    }

    /** Reads them from ClickHouse and from the processes' metrics. Not for several threads. */
    static final class Reader {

        /** Nodes send near the middle of a slot: a rate over less than two slots jumps. */
        private static final long RATE_NANOS = 2 * Minutes.SLOT_MILLIS * 1_000_000;

        private final HttpClient client;
        private final ClickHouseHttp clickHouse;
        private final URI gatewayMetrics;
        private final @Nullable URI fleetMetrics;
        private final URI submitterMetrics;
        private final @Nullable String ownNode;
        private double lastAccepted = Double.NaN;
        private double lastRate = Double.NaN;
        private long lastAcceptedNanos;

        Reader(
                HttpClient client,
                ClickHouseHttp clickHouse,
                URI gatewayMetrics,
                @Nullable URI fleetMetrics,
                URI submitterMetrics,
                @Nullable String ownNode) {
            this.client = client;
            this.clickHouse = clickHouse;
            this.gatewayMetrics = gatewayMetrics;
            this.fleetMetrics = fleetMetrics;
            this.submitterMetrics = submitterMetrics;
            this.ownNode = ownNode;
        }

        /** What can be read; a part that does not answer leaves its figures unknown, ClickHouse all of its own at 0. */
        Figures read() throws InterruptedException {
            double perSecond = envelopesPerSecond();
            OptionalDouble up =
                    fleetMetrics == null ? OptionalDouble.empty() : sum(fleetMetrics, "ocos_fleet_nodes_up");
            long nodesUp = (long) up.orElse(-1);
            Batches batches = batches();
            try {
                List<String> closed = clickHouse.row("SELECT count(), toInt64(max(minute)), toString(sum(rewards)), "
                        + "toString(argMax(rewards, minute)) FROM minutes_closed");
                long count = Long.parseLong(closed.get(0));
                long nodeMinutes = Long.parseLong(
                        clickHouse.row("SELECT count() FROM node_minutes").get(0));
                long paid = ownNode == null
                        ? 0
                        : Long.parseLong(clickHouse
                                .row(
                                        "SELECT count() FROM rewards WHERE kind = 'MINUTE' AND reason IN ('PAID', 'SCALED') "
                                                + "AND node = '" + ownNode + "'")
                                .get(0));
                return new Figures(
                        count,
                        count == 0 ? -1 : Long.parseLong(closed.get(1)),
                        wei(closed.get(2)),
                        wei(closed.get(3)),
                        nodeMinutes,
                        paid,
                        nodesUp,
                        perSecond,
                        batches);
            } catch (QueryException e) {
                return new Figures(0, -1, TokenAmount.ZERO, TokenAmount.ZERO, 0, 0, nodesUp, perSecond, batches);
            }
        }

        private Batches batches() throws InterruptedException {
            String text = text(submitterMetrics);
            OptionalDouble newest = sum(text, "ocos_submitter_newest_batch");
            return newest.isEmpty()
                    ? Batches.UNKNOWN
                    : new Batches(
                            (long) newest.getAsDouble(),
                            (long) sum(text, "ocos_submitter_last_proposed").orElse(0),
                            (long) sum(text, "ocos_submitter_last_finalized").orElse(0),
                            sum(text, "ocos_submitter_halted").orElse(0) > 0);
        }

        private static TokenAmount wei(String text) {
            return new TokenAmount(new BigInteger(text));
        }

        private double envelopesPerSecond() throws InterruptedException {
            OptionalDouble accepted = sum(gatewayMetrics, "ocos_gateway_accepted_total");
            long now = System.nanoTime();
            if (accepted.isEmpty()) {
                return Double.NaN;
            }
            if (now - lastAcceptedNanos < RATE_NANOS && !Double.isNaN(lastAccepted)) {
                return lastRate;
            }
            double rate = (accepted.getAsDouble() - lastAccepted) / ((now - lastAcceptedNanos) / 1e9);
            lastAccepted = accepted.getAsDouble();
            lastAcceptedNanos = now;
            // Negative: the gateway was started anew and counts from 0.
            lastRate = rate >= 0 ? rate : Double.NaN;
            return lastRate;
        }

        private OptionalDouble sum(URI url, String metric) throws InterruptedException {
            return sum(text(url), metric);
        }

        /** The sum over a metric's samples. */
        private static OptionalDouble sum(String text, String metric) {
            Matcher samples = Pattern.compile(
                            "^" + Pattern.quote(metric) + "(?:\\{[^}]*\\})? ([0-9.Ee+-]+)", Pattern.MULTILINE)
                    .matcher(text);
            OptionalDouble sum = OptionalDouble.empty();
            while (samples.find()) {
                sum = OptionalDouble.of(sum.orElse(0) + Double.parseDouble(samples.group(1)));
            }
            return sum;
        }

        /** Metrics of a process; empty when it does not answer. */
        private String text(URI url) throws InterruptedException {
            try {
                return client.send(
                                HttpRequest.newBuilder(url)
                                        .timeout(Duration.ofSeconds(2))
                                        .build(),
                                BodyHandlers.ofString())
                        .body();
            } catch (IOException e) {
                return "";
            }
        }
    }
}
