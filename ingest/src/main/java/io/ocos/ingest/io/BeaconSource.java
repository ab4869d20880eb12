package io.ocos.ingest.io;

import io.ocos.ingest.io.EnvelopeSigner.Beacon;
import java.io.IOException;

/** Where a recent block comes from. */
interface BeaconSource {

    /**
     * A recent block.
     *
     * @param gateway which gateway the envelope goes to, as for {@link GatewayClient#submit}
     * @throws IOException when there is none to be had now
     */
    Beacon recent(int gateway) throws IOException, InterruptedException;
}
