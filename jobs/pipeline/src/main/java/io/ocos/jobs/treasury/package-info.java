/** What the treasury sees of batches, and what is behind every amount: composed from topics, artifacts, archive and chain. */
package io.ocos.jobs.treasury;
