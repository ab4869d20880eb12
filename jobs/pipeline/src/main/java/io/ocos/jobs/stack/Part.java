package io.ocos.jobs.stack;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A process of the stack, as the supervisor sees it.
 *
 * @param name lower case, with dashes; also the name of its log file
 * @param command asked for before each start; the process must end when its standard input does
 * @param ports what it listens on, on 127.0.0.1, by purpose; the first is the one that people use
 * @param url where people reach it; empty when they do not
 * @param health whether it does its work
 * @param stage parts of a higher stage are stopped first, those of one stage together
 * @param stopBound what an orderly stop may take before it is killed
 */
public record Part(
        String name,
        Supplier<List<String>> command,
        Map<String, Integer> ports,
        String url,
        HealthCheck health,
        int stage,
        Duration stopBound) {}
