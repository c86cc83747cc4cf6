/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The results of a run as metrics in Prometheus' text format, for the textfile collector of
 * node_exporter: one gauge a figure of a case, in base units (seconds, bytes, ratios 0..1). What is
 * unknown has no sample.
 *
 * Format: prometheus.io, "Exposition formats", text format 0.0.4; names by its "Metric and label
 * naming".
 */
#ifndef FT_REPORT_TEXTFILE_H
#define FT_REPORT_TEXTFILE_H

#include "base/error.h"
#include "base/strbuf.h"
#include "run/results.h"

/* Append the metrics of r, which must have been through advise_results(). complete: no run of it is
 * left to do. */
void textfile_format(const struct results *r, bool complete, struct strbuf *out);
/* A name that node_exporter reads (*.prom, in a folder that is there). Error: ERROR_INPUT naming
 * the option. */
int textfile_check(const char *path, const char *option, struct error *err);
/* Format and write, so that a reader sees the old file or the new one. Error: ERROR_INPUT. */
int textfile_write(const struct results *r, bool complete, const char *path, struct error *err);

#endif
