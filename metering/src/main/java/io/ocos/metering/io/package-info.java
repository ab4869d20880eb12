/** Encoded telemetry as the rules of metering see it. */
package io.ocos.metering.io;
