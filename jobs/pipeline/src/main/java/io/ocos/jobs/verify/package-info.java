/** Recomputation of a settlement batch from the archived inputs, and what is behind a difference (SPEC 10, 13). */
package io.ocos.jobs.verify;
