/**
 * A node's minutes, one after the other: composes the formulas of metering, reputation-stream and rewards-settlement. Pure
 * Java: no framework is imported here.
 */
package io.ocos.jobs.rewardpipeline.domain;
