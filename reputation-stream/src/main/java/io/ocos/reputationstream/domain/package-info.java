/** Beta reputation with exponential forgetting (SPEC 7). Pure Java: no framework is imported here. */
package io.ocos.reputationstream.domain;
