package io.ocos.jobs.replay;

/** The input files, in the order in which unreadable lines are kept (SPEC 13). */
enum InputFile {
    TELEMETRY("telemetry.jsonl"),
    CHAIN_EVENTS("chain-events.jsonl"),
    JOB_EVENTS("job-events.jsonl");

    private final String fileName;

    InputFile(String fileName) {
        this.fileName = fileName;
    }

    String fileName() {
        return fileName;
    }
}
