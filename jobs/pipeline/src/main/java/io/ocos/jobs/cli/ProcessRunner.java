package io.ocos.jobs.cli;

import io.ocos.schemas.config.Service;
import java.util.concurrent.ExecutionException;
import org.apache.logging.log4j.LogManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a service as the process: until it ends by itself, or SIGTERM or SIGINT stops it cleanly. */
public final class ProcessRunner {

    private static final Logger LOG = LoggerFactory.getLogger(ProcessRunner.class);

    private ProcessRunner() {}

    /**
     * Waits for the end of the service and closes it.
     *
     * @return the exit code: 0 after a clean end, 1 after {@link Service#terminated()} or {@link Service#close()} failed.
     *     After a signal it does not return: the process exits with that code once the service is closed.
     */
    public static int run(Service service) {
        // A JVM that a signal ends exits with 128 + signal; a clean stop is a success, hence the halt.
        Thread onSignal = new Thread(
                () -> {
                    int code = close(service);
                    LogManager.shutdown();
                    Runtime.getRuntime().halt(code);
                },
                "stop");
        Runtime.getRuntime().addShutdownHook(onSignal);
        int code = await(service);
        try {
            Runtime.getRuntime().removeShutdownHook(onSignal);
        } catch (IllegalStateException e) {
            // The process is being stopped: the hook closes the service and ends the process.
            awaitEndOfProcess(onSignal);
        }
        return Math.max(code, close(service));
    }

    private static int await(Service service) {
        try {
            service.terminated().get();
            return 0;
        } catch (ExecutionException e) {
            LOG.error("{} failed", service.getClass().getSimpleName(), e.getCause());
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    private static int close(Service service) {
        try {
            service.close();
            return 0;
        } catch (RuntimeException e) {
            LOG.error("{} did not stop cleanly", service.getClass().getSimpleName(), e);
            return 1;
        }
    }

    private static void awaitEndOfProcess(Thread onSignal) {
        try {
            onSignal.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
