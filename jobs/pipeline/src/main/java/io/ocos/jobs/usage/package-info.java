/** The UsageJob: what customers use, their quotas, storage bills and invoices (SPEC 12). */
package io.ocos.jobs.usage;
