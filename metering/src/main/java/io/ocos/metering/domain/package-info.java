/** Acceptance of telemetry, node lifecycle, uptime and job evidence (SPEC 2–6). Pure Java: no framework is imported here. */
package io.ocos.metering.domain;
