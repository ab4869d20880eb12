package io.ocos.ingest.domain;

import io.ocos.ingest.domain.LogsBloom.Probe;
import io.ocos.ingest.domain.RefusedLogException.Reason;
import io.ocos.schemas.domain.Address;
import io.ocos.schemas.domain.Hash32;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The contracts of a deployment: which logs are theirs, and whether a node has left any out (FAULTS, bad input 26–29). What
 * is wrong with one log refuses that log; what cannot be true of the blocks refuses the whole answer.
 */
public final class FollowedContracts {

    private record Followed(FollowedContract contract, Probe probe, Map<Hash32, Known> events) {}

    private record Known(EventSignature signature, Probe probe) {}

    private record Place(Address address, Hash32 topic) {}

    private final Map<Address, Followed> contracts;

    /**
     * A deployment.
     *
     * @throws IllegalArgumentException when two contracts have the same address
     */
    public FollowedContracts(Map<FollowedContract, Address> addresses) {
        Map<Address, Followed> byAddress = new HashMap<>();
        addresses.forEach((contract, address) -> {
            Map<Hash32, Known> events = contract.events().stream()
                    .collect(Collectors.toMap(
                            EventSignature::topic, event -> new Known(event, Probe.of(event.topic()))));
            Followed other = byAddress.put(address, new Followed(contract, Probe.of(address), events));
            if (other != null) {
                throw new IllegalArgumentException("%s and %s are both at %s, expected an address of its own for each"
                        .formatted(other.contract.contractName(), contract.contractName(), address));
            }
        });
        contracts = Map.copyOf(byAddress);
    }

    /** Their addresses, in order. */
    public List<Address> addresses() {
        return contracts.keySet().stream().sorted().toList();
    }

    /**
     * The blocks whose headers say that they may hold an event of which the answer has none: hardly any that is complete, and
     * every one of which all logs of some event were left out.
     *
     * @param headers of consecutive blocks
     * @param logs that a node gave as all of the contracts' logs of these blocks
     */
    public List<BlockHeader> suspects(List<BlockHeader> headers, List<EvmLog> logs) {
        Map<Long, Set<Place>> given = new HashMap<>();
        for (EvmLog log : logs) {
            if (!log.removed() && !log.topics().isEmpty()) {
                given.computeIfAbsent(log.blockNumber(), number -> new HashSet<>())
                        .add(new Place(log.address(), log.topics().get(0)));
            }
        }
        return headers.stream()
                .filter(header -> lacks(header, given.getOrDefault(header.number(), Set.of())))
                .toList();
    }

    /** The blocks whose headers say that they may hold logs of a followed contract. */
    public List<BlockHeader> mayHoldLogs(List<BlockHeader> headers) {
        return headers.stream()
                .filter(header -> contracts.values().stream()
                        .anyMatch(followed -> header.bloom().mayContain(followed.probe)))
                .toList();
    }

    private boolean lacks(BlockHeader header, Set<Place> given) {
        return contracts.entrySet().stream()
                .filter(entry -> header.bloom().mayContain(entry.getValue().probe))
                .anyMatch(entry -> entry.getValue().events.entrySet().stream()
                        .anyMatch(event -> header.bloom().mayContain(event.getValue().probe)
                                && !given.contains(new Place(entry.getKey(), event.getKey()))));
    }

    /**
     * Checks an answer against the receipts of a suspected block.
     *
     * @param receipts all logs of the block, from its receipts
     * @throws InconsistentAnswerException when the receipts are not those of the block, or the answer is not what they hold
     */
    public void checkAgainstReceipts(BlockHeader header, List<EvmLog> answer, List<EvmLog> receipts)
            throws InconsistentAnswerException {
        if (!LogsBloom.ofLogs(receipts).equals(header.bloom())) {
            throw new InconsistentAnswerException(
                    "the receipts of block %s have other logs than its header says".formatted(header.ref()));
        }
        Set<EvmLog> expected = receipts.stream().filter(this::isFollowed).collect(Collectors.toSet());
        Set<EvmLog> given = answer.stream()
                .filter(log -> log.blockNumber() == header.number() && !log.removed() && isFollowed(log))
                .collect(Collectors.toSet());
        if (!expected.equals(given)) {
            throw new InconsistentAnswerException("eth_getLogs gave %d logs of block %s, its receipts hold %d"
                    .formatted(given.size(), header.ref(), expected.size()));
        }
    }

    private boolean isFollowed(EvmLog log) {
        return contracts.containsKey(log.address());
    }

    /**
     * Sorts logs into their blocks and decodes them.
     *
     * @param headers of consecutive blocks
     * @param logs of these blocks, in any order
     * @throws InconsistentAnswerException when a log is of another block, or two differ that have the same index
     */
    public List<FinalBlock> assemble(List<BlockHeader> headers, List<EvmLog> logs) throws InconsistentAnswerException {
        Map<Long, List<EvmLog>> byBlock = new HashMap<>();
        Set<Long> numbers = headers.stream().map(BlockHeader::number).collect(Collectors.toSet());
        for (EvmLog log : logs) {
            if (!numbers.contains(log.blockNumber())) {
                throw new InconsistentAnswerException("a log of block %d, asked for were blocks %d … %d"
                        .formatted(
                                log.blockNumber(),
                                headers.get(0).number(),
                                headers.get(headers.size() - 1).number()));
            }
            byBlock.computeIfAbsent(log.blockNumber(), number -> new ArrayList<>())
                    .add(log);
        }
        List<FinalBlock> blocks = new ArrayList<>();
        for (BlockHeader header : headers) {
            blocks.add(block(header, byBlock.getOrDefault(header.number(), List.of())));
        }
        return blocks;
    }

    private FinalBlock block(BlockHeader header, List<EvmLog> logs) throws InconsistentAnswerException {
        List<FinalBlock.Event> events = new ArrayList<>();
        List<FinalBlock.Refused> refused = new ArrayList<>();
        int ignored = 0;
        List<EvmLog> sorted = new ArrayList<>(logs);
        sorted.sort(Comparator.comparingLong(EvmLog::logIndex));
        Map<Long, EvmLog> seen = new HashMap<>();
        for (EvmLog log : sorted) {
            Followed followed = contracts.get(log.address());
            Known event = followed == null || log.topics().isEmpty()
                    ? null
                    : followed.events.get(log.topics().get(0));
            if (event == null) {
                ignored++;
                continue;
            }
            try {
                if (log.removed()) {
                    throw new RefusedLogException(
                            Reason.REMOVED,
                            "%s of block %d with removed = true".formatted(event.signature.name(), log.blockNumber()));
                }
                if (!log.blockHash().equals(header.hash())) {
                    throw new InconsistentAnswerException("a log of block %d (%s), the block is %s"
                            .formatted(log.blockNumber(), log.blockHash(), header.ref()));
                }
                EvmLog same = seen.putIfAbsent(log.logIndex(), log);
                if (same != null && !same.equals(log)) {
                    throw new InconsistentAnswerException("two logs with index %d in block %s: %s and %s"
                            .formatted(log.logIndex(), header.ref(), same, log));
                }
                if (same != null) {
                    throw new RefusedLogException(
                            Reason.DUPLICATE_LOG,
                            "%s with index %d came before".formatted(event.signature.name(), log.logIndex()));
                }
                events.add(new FinalBlock.Event(log, event.signature.name(), event.signature.decode(log)));
            } catch (RefusedLogException e) {
                refused.add(new FinalBlock.Refused(log, e.reason(), e.detail()));
            }
        }
        return new FinalBlock(header, events, refused, ignored, outOfOrder(logs));
    }

    private static int outOfOrder(List<EvmLog> logs) {
        int count = 0;
        for (int i = 1; i < logs.size(); i++) {
            count += logs.get(i).logIndex() < logs.get(i - 1).logIndex() ? 1 : 0;
        }
        return count;
    }
}
