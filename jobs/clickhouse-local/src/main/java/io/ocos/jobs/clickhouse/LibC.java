package io.ocos.jobs.clickhouse;

import com.sun.jna.Library;
import com.sun.jna.Native;

/** The two calls to the C library for which Java has no equivalent. */
interface LibC extends Library {

    LibC INSTANCE = Native.load("c", LibC.class);

    int setenv(String name, String value, int overwrite);

    /**
     * Ends the process at once, without the destructors of loaded libraries: those of libchdb race its own threads, and
     * crash now and then.
     */
    void _exit(int status);
}
