/** Benchmarks: {@code ./ocos bench …}. */
package io.ocos.jobs.bench;
