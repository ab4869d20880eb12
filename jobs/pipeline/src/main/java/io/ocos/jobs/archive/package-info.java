/**
 * The archive: the input topics as files with manifests, from which everything can be recomputed (DESIGN 2, SPEC 11, 13);
 * written by the ArchiveJob or once, read by replay, batch verification and disputes.
 */
package io.ocos.jobs.archive;
