/** The SettlementJob: rewards to epochs, Merkle batches and their artifacts (SPEC 10, DESIGN 2). */
package io.ocos.jobs.settlement;
