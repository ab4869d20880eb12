package io.ocos.jobs.cli;

import java.util.function.LongConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/** Bytes that have been read of so many, as a bar on a terminal; nothing where there is no terminal. */
final class ProgressLine implements LongConsumer, AutoCloseable {

    private static final long MEBIBYTE = 1L << 20;

    private final @Nullable ProgressBar bar;

    private ProgressLine(@Nullable ProgressBar bar) {
        this.bar = bar;
    }

    /** @param bytes in all */
    static ProgressLine of(String task, long bytes) {
        return new ProgressLine(
                isTerminal()
                        ? new ProgressBarBuilder()
                                .setTaskName(task)
                                .setInitialMax(bytes)
                                .setUnit(" MiB", MEBIBYTE)
                                .build()
                        : null);
    }

    @Override
    public void accept(long bytes) {
        if (bar != null) {
            bar.stepTo(bytes);
        }
    }

    /** Everything was read. */
    void done() {
        if (bar != null) {
            bar.stepTo(bar.getMax());
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }

    @SuppressWarnings("SystemConsoleNull") // The build and the launcher take JDK 17 only, where null means no terminal.
    private static boolean isTerminal() {
        return System.console() != null;
    }
}
