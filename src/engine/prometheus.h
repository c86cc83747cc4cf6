/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Falco's metrics in Prometheus' text format, as its webserver gives them under /metrics
 * (webserver.prometheus_metrics_enabled), read as one snapshot of the metrics file. Pure.
 *
 * Names are those of Falco 0.38 to 0.44 (falcosecurity/falco, userspace/falco/falco_metrics.cpp,
 * and Falco's page on metrics); a name that is not known is passed over. What the endpoint never
 * tells stays unknown: the events seen in user space (falco.num_evts) above all.
 */
#ifndef FT_ENGINE_PROMETHEUS_H
#define FT_ENGINE_PROMETHEUS_H

#include "engine/metrics.h"

/* t_ns: when it was read, ns since the epoch, since the text has no time. n_cpus as for
 * metrics_parse_line. Error: ERROR_ENV for text that is not of that format ("line 3: ..."), and for
 * text without any metric of Falco's; *s then needs no release. */
int prometheus_parse(struct metrics_sample *s, const char *text, size_t len, int64_t t_ns,
		     size_t n_cpus, struct error *err);

/* The same with host, release, kernel and driver, for a text that was kept. Its time is Falco's
 * start plus how long it has run (falco_duration_seconds_total, whole seconds) where the text has
 * both, else t_ns (-1: unknown, an error then). */
int prometheus_read(struct metrics_line *l, const char *text, size_t len, int64_t t_ns,
		    const struct metrics_want *want, struct error *err);

/* The field of the metrics file that a metric of this name is, appended:
 * falcosecurity_scap_n_evts_total is scap.n_evts. Of metrics with labels it is one of theirs, such
 * as scap.n_drops_buffer_open_exit. False, and nothing appended, for a name that Falco does not
 * export. */
bool prometheus_field(const char *name, struct strbuf *out);

#endif
