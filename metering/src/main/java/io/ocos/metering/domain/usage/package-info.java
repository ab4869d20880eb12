/** Usage, quotas, storage billing and invoices (SPEC 12): pure rules, and the state they need. */
package io.ocos.metering.domain.usage;
