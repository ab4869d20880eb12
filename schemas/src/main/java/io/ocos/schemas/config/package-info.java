/** Typed configuration: a record per process, built once in main, unknown keys refused. */
package io.ocos.schemas.config;
