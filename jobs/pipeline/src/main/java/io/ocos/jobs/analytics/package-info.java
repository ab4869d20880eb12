/** AnalyticsJob: every topic to ClickHouse, and the tables there (DESIGN 2). */
package io.ocos.jobs.analytics;
