/** Minute and job rewards, epochs and batches (SPEC 8–10). Pure Java: no framework is imported here. */
package io.ocos.rewardssettlement.domain;
