package io.ocos.jobs.stack;

import io.ocos.schemas.domain.Minutes;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * What a run shows: in a terminal, progress bars and a line that is redrawn; elsewhere, plain lines. Safe for use by several
 * threads.
 */
public final class StackView {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

    private static final String CLEAR_LINE = "\r\u001b[2K";
    private static final String WRAP_OFF = "\u001b[?7l";
    private static final String WRAP_ON = "\u001b[?7h";

    private final PrintStream out;
    private final boolean terminal;
    private boolean lineOpen;
    private long lastPlainMinute = -1;
    private @Nullable ProgressBar bar;

    /** @param terminal whether lines can be redrawn */
    public StackView(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** On standard output. */
    @SuppressWarnings("SystemConsoleNull") // The build and the launcher take JDK 17 only, where null means no terminal.
    public static StackView standard() {
        return new StackView(System.out, System.console() != null && !"dumb".equals(System.getenv("TERM")));
    }

    /** A line that stays. */
    public synchronized void line(String text) {
        closeLine();
        out.println(text);
        out.flush();
    }

    /** A step is done. */
    void done(String what, Duration sinceStart) {
        line("%6.1f s  %s".formatted(sinceStart.toMillis() / 1_000.0, what));
    }

    /** Part of a long step is done; {@code done = total} ends it. */
    synchronized void progress(String what, String unit, long done, long total) {
        if (!terminal) {
            if (done == total || done % 10 == 0) {
                line("          %s: %d of %d %s".formatted(what, done, total, unit));
            }
            return;
        }
        ProgressBar current = bar;
        if (current == null) {
            closeLine();
            current = new ProgressBarBuilder()
                    .setTaskName(what)
                    .setInitialMax(total)
                    .setUnit(" " + unit, 1)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(200)
                    .setConsumer(new ConsoleProgressBarConsumer(out))
                    .build();
            bar = current;
        }
        current.stepTo(done);
        if (done == total) {
            current.close();
            bar = null;
        }
    }

    /** The state of a running stack: every call in a terminal, else once for each closed minute. */
    synchronized void live(Figures figures, int nodes, List<PartState> parts) {
        String text = text(figures, nodes, parts);
        if (terminal) {
            out.print(CLEAR_LINE + WRAP_OFF + text + WRAP_ON);
            out.flush();
            lineOpen = true;
        } else if (figures.lastMinute() > lastPlainMinute) {
            lastPlainMinute = figures.lastMinute();
            line(text);
        }
    }

    private static String text(Figures figures, int nodes, List<PartState> parts) {
        Instant now = Instant.now();
        StringBuilder text = new StringBuilder(TIME.format(now)).append("  ");
        if (figures.lastMinute() < 0) {
            text.append("no minute closed yet");
        } else {
            text.append("closed ")
                    .append(MINUTE.format(Instant.ofEpochMilli(figures.lastMinute() * Minutes.MILLIS)))
                    .append(" (lag ")
                    .append(figures.lagSeconds(now.toEpochMilli()))
                    .append(" s)");
        }
        if (figures.nodesUp() >= 0) {
            text.append(" | nodes up ").append(figures.nodesUp()).append('/').append(nodes);
        }
        if (!Double.isNaN(figures.envelopesPerSecond())) {
            text.append(" | %.1f envelopes/s".formatted(figures.envelopesPerSecond()));
        }
        if (figures.lastMinute() >= 0) {
            text.append(" | rewards ")
                    .append(rounded(figures.lastRewards().toOcos()))
                    .append(" OCOS, in all ")
                    .append(rounded(figures.rewards().toOcos()));
        }
        Figures.Batches batches = figures.batches();
        if (batches.newest() > 0) {
            text.append(" | batch ").append(batches.newest()).append(" made, ");
            text.append(batches.proposed() == 0 ? "none" : batches.proposed()).append(" proposed, ");
            text.append(batches.finalized() == 0 ? "none" : batches.finalized()).append(" finalized");
            if (batches.halted()) {
                text.append(", submitter HALTED");
            }
        }
        String down = parts.stream()
                .filter(part -> part.state() != PartState.State.UP)
                .map(part -> part.name() + " " + part.state().name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
        return down.isEmpty() ? text.toString() : text + " | " + down;
    }

    /** Three digits after the point, cut off: for people, not for sums. */
    static String rounded(String ocos) {
        int point = ocos.indexOf('.');
        return point < 0 || ocos.length() <= point + 4 ? ocos : ocos.substring(0, point + 4);
    }

    private void closeLine() {
        if (lineOpen) {
            out.print(CLEAR_LINE);
            lineOpen = false;
        }
    }
}
