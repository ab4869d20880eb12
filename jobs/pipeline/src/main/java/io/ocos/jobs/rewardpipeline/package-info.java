/** RewardPipelineJob (DESIGN 2): signed telemetry, chain and job events to uptime, reputation and rewards of every minute. */
package io.ocos.jobs.rewardpipeline;
