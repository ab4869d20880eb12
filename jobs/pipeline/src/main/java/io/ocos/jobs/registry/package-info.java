/**
 * The registry: its tables in PostgreSQL, the commands that edit them, and the RegistryCdcJob, which carries their changes to topic
 * {@code registry-changes} (DESIGN 2).
 */
package io.ocos.jobs.registry;
