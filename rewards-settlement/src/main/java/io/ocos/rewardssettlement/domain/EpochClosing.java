package io.ocos.rewardssettlement.domain;

/**
 * An epoch of which every reward is there, and in which somebody earned something (SPEC 10).
 *
 * @param number the batch that it makes: 1, 2, 3 …
 * @param epoch index
 * @param fromMinute first minute after those of the batch before
 * @param toMinute first minute after the epoch
 */
public record EpochClosing(long number, long epoch, long fromMinute, long toMinute) {}
