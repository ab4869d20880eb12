package io.ocos.jobs.archive;

/**
 * How far a partition has come in the manifests.
 *
 * @param partition {@code TOPIC-NUMBER}
 * @param from where its range of the next manifest begins
 * @param closedEpoch newest epoch that is closed in it, -1 for none
 */
public record PartitionHead(String partition, long from, long closedEpoch) {}
