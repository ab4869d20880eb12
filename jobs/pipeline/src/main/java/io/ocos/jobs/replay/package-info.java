/** {@code ./ocos replay}: the operators of the jobs over files, in Flink's batch mode (SPEC 13). */
package io.ocos.jobs.replay;
