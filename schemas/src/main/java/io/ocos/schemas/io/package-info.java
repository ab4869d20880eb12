/** Topics, Avro encoding and keys: what every process uses to read and write the contracts. */
package io.ocos.schemas.io;
