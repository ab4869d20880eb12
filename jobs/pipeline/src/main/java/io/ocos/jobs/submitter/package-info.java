/** The settlement submitter as a process: its journal and lease in Kafka, its batches, its checks. */
package io.ocos.jobs.submitter;
