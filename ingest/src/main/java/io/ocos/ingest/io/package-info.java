/** Clients, servers and files of the ingest processes. */
package io.ocos.ingest.io;
