package io.ocos.jobs.runtime;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Tag;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.LogicalScopeProvider;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/**
 * Puts Flink's metrics beside those of the process, on its operations port: {@code flink_SCOPE_NAME} with job, task,
 * operator and subtask as labels; of a meter its rate, of a histogram its 99th percentile. Flink's own Prometheus reporter
 * would listen on a port more, and on all addresses.
 */
public final class OpsMetricReporter implements MetricReporter {

    /** Name of the reporter in Flink's settings. */
    static final String NAME = "ops";

    private static final double PERCENTILE = 0.99;

    /** Variables that change at every restart of a task: as labels they would only make new series. */
    private static final Set<String> IDS = Set.of(
            "<host>", "<tm_id>", "<job_id>", "<task_id>", "<task_attempt_id>", "<task_attempt_num>", "<operator_id>");

    private record Key(String name, List<Tag> tags) {}

    private record Registered(Metric metric, Meter meter) {}

    private final MeterRegistry registry = Metrics.globalRegistry;
    private final Map<Key, Registered> registered = new HashMap<>();

    @Override
    public void open(MetricConfig config) {
        // The registry is the process's and is there already.
    }

    @Override
    public synchronized void close() {
        registered.values().forEach(entry -> registry.remove(entry.meter()));
        registered.clear();
    }

    @Override
    public synchronized void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
        Key key = key(name, group);
        Registered before = registered.get(key);
        if (before != null) {
            registry.remove(before.meter()); // of the attempt before; its removal may be told after this addition
        }
        Meter meter = io.micrometer.core.instrument.Gauge.builder(key.name(), metric, value(metric))
                .tags(key.tags())
                .strongReference(true)
                .register(registry);
        registered.put(key, new Registered(metric, meter));
    }

    @Override
    public synchronized void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
        Key key = key(name, group);
        Registered entry = registered.get(key);
        if (entry != null && entry.metric() == metric) {
            registry.remove(entry.meter());
            registered.remove(key);
        }
    }

    private static Key key(String name, MetricGroup group) {
        String scope = LogicalScopeProvider.castFrom(group).getLogicalScope(text -> text, '.');
        List<Tag> tags = group.getAllVariables().entrySet().stream()
                .filter(variable -> !IDS.contains(variable.getKey()))
                .map(variable ->
                        Tag.of(variable.getKey().substring(1, variable.getKey().length() - 1), variable.getValue()))
                .sorted()
                .toList();
        return new Key("flink." + scope + "." + name, tags);
    }

    private static ToDoubleFunction<Metric> value(Metric metric) {
        return switch (metric.getMetricType()) {
            case COUNTER -> counter -> ((Counter) counter).getCount();
            case METER -> meter -> ((org.apache.flink.metrics.Meter) meter).getRate();
            case HISTOGRAM ->
                histogram -> ((Histogram) histogram).getStatistics().getQuantile(PERCENTILE);
            case GAUGE -> gauge -> number(((Gauge<?>) gauge).getValue());
        };
    }

    /** NaN for what is no number: a text cannot be a sample. */
    private static double number(Object value) {
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        return value instanceof Boolean bool ? (bool ? 1 : 0) : Double.NaN;
    }

    /** Found by Flink through {@code META-INF/services}. */
    public static final class Factory implements MetricReporterFactory {
        @Override
        public MetricReporter createMetricReporter(Properties properties) {
            return new OpsMetricReporter();
        }
    }
}
