/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host profile for people and programs.
 */
#ifndef FT_REPORT_HOST_REPORT_H
#define FT_REPORT_HOST_REPORT_H

#include "base/opts.h"
#include "report/doc.h"
#include "survey/host.h"

/* Ways to look at it; any number of them. */
enum host_view {
	HOST_BY_SYSCALL = 1 << 0,
	HOST_BY_PROCESS = 1 << 1,
	HOST_BY_CGROUP = 1 << 2,
	HOST_BY_PATH = 1 << 3,
};
extern const char *const host_view_names[]; /* in that order, NULL-terminated */

struct host_report_opts {
	unsigned views; /* bits of enum host_view */
	size_t top;	/* rows of each table; 0: all */
};

/* The blocks of a text or Markdown report, appended. */
void host_report_doc(const struct host_profile *p, const struct host_report_opts *o, struct doc *d);
/* RFC 4180, a row a call or group (all of them): kind,name,events_per_s,share,failed_per_s,
 * per_cpu_per_s,p50_per_s,p99_per_s,max_per_s,processes,pid. A field is empty where the number is
 * unknown. */
void host_report_csv(const struct host_profile *p, const struct host_report_opts *o,
		     struct strbuf *out);

#endif
