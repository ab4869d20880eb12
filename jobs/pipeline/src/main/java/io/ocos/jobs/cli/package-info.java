/** The command line: one class per command, each a thin shell around a process or a question. */
package io.ocos.jobs.cli;
