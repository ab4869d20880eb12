/** Configuration records and metric names of the ingest processes. */
package io.ocos.ingest.config;
