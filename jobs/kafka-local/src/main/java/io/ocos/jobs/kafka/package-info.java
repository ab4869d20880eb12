/** The Kafka broker of the local stack and of tests: a real one, in a process and on a class path of its own. */
package io.ocos.jobs.kafka;
