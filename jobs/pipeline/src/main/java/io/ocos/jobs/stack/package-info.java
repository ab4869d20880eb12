/** The local stack (DESIGN 4): real parts as child processes of one supervisor, everything they write below one directory. */
package io.ocos.jobs.stack;
