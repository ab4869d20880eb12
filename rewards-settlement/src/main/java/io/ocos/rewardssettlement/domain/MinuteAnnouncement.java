package io.ocos.rewardssettlement.domain;

import io.ocos.schemas.domain.TokenAmount;

/**
 * What is said of the rewards of a closed minute.
 *
 * @param minute minute index
 * @param rewards number of rewards of every kind, those of 0 among them
 * @param total their sum, wei; 2<sup>256</sup> − 1 when larger
 */
public record MinuteAnnouncement(long minute, long rewards, TokenAmount total) {}
