/** What the treasury looks at before a batch can pay: pure figures, from batches and what the chain says. */
package io.ocos.rewardssettlement.domain.review;
