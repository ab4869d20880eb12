/** What the ingest processes decide, without any framework. */
package io.ocos.ingest.domain;
