/** The Flink process of the local stack: a cluster in one JVM that runs our jobs. */
package io.ocos.jobs.runtime;
