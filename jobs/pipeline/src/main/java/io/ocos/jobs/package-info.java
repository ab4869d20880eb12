/** Flink jobs, command line and local stack. */
package io.ocos.jobs;
