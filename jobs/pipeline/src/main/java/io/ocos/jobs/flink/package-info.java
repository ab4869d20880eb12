/** What the Flink jobs share: records as they lie in Kafka, sources, serializers, settings. */
package io.ocos.jobs.flink;
