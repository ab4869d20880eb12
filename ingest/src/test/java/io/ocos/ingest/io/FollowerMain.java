package io.ocos.ingest.io;

import io.ocos.ingest.config.ChainFollowerConfig;
import io.ocos.schemas.config.ConfigLoader;
import java.util.HashMap;
import java.util.Map;

/** A chain follower in a process of its own, to be killed; arguments are {@code key=value}. */
final class FollowerMain {

    private FollowerMain() {}

    public static void main(String[] arguments) {
        Map<String, String> values = new HashMap<>();
        for (String argument : arguments) {
            int at = argument.indexOf('=');
            values.put(argument.substring(0, at), argument.substring(at + 1));
        }
        ChainFollower.start(ConfigLoader.load(ChainFollowerConfig.class, null, values))
                .terminated()
                .join();
    }
}
