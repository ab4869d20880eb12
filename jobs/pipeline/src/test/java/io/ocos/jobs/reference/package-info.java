/**
 * SPEC 2–10 a second time, as plainly as possible and apart from everything else: the oracle of the tests. It uses the
 * value types and readers of {@code schemas} only.
 */
package io.ocos.jobs.reference;
