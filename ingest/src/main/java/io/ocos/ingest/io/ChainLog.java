package io.ocos.ingest.io;

import io.ocos.ingest.domain.BlockRef;
import io.ocos.ingest.domain.FinalBlock;
import java.util.List;

/** Where final blocks are written, each once; used by one thread. */
interface ChainLog extends AutoCloseable {

    /**
     * Takes over from whoever wrote before, which cannot write any more afterwards, and reads back where that ended.
     *
     * @return the last blocks that are committed, oldest first; empty when none ever was
     * @throws org.apache.kafka.common.KafkaException when it cannot be reached now
     * @throws FollowerStoppedException when it cannot be gone on with
     */
    List<BlockRef> open();

    /**
     * Writes blocks, all or none.
     *
     * @param blocks consecutive ones, the first the child of the last committed one
     * @throws org.apache.kafka.common.KafkaException when it is not known whether they are committed: {@link #open} must follow
     * @throws FollowerStoppedException when another follower has taken over
     */
    void append(List<FinalBlock> blocks);

    @Override
    void close();
}
