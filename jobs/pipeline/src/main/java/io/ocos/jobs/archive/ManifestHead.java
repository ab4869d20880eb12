package io.ocos.jobs.archive;

/**
 * The newest manifest.
 *
 * @param epoch its epoch
 * @param digest its SHA-256
 */
public record ManifestHead(long epoch, String digest) {}
