package io.ocos.ingest.io;

import io.ocos.ingest.domain.BlockRef;
import io.ocos.ingest.domain.FinalBlock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A log in memory. */
final class MemoryChainLog implements ChainLog {

    final List<FinalBlock> blocks = new CopyOnWriteArrayList<>();

    @Override
    public List<BlockRef> open() {
        return blocks.stream().map(block -> block.header().ref()).toList();
    }

    @Override
    public void append(List<FinalBlock> written) {
        blocks.addAll(written);
    }

    List<FinalBlock.Event> events() {
        return blocks.stream().flatMap(block -> block.events().stream()).toList();
    }

    List<FinalBlock.Refused> refused() {
        return blocks.stream().flatMap(block -> block.refused().stream()).toList();
    }

    @Override
    public void close() {}
}
