/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of one host of a fleet: a record of constant size, whatever its files hold, which
 * is a line of the merged file (templates/fleet.schema.json).
 *
 * Rates are kernel events (n_evts) a second for each CPU of the host; shares 0..1. Unknown is NaN
 * or -1, null in JSON.
 */
#ifndef FT_FLEET_HOST_H
#define FT_FLEET_HOST_H

#include "base/error.h"
#include "base/strbuf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define FLEET_UNKNOWN INT64_C(-1)

/* What a record is made from; bits. The numbers are those of the first of them that there is. */
enum fleet_from {
	FLEET_METRICS = 1, /* a Falco's own metrics */
	FLEET_RESULTS = 2, /* results.json of falcotune run: of its reference case */
	FLEET_PROFILE = 4, /* host.json of falcotune survey: the calls that were made, no drops */
};

struct fleet_host {
	char *name;			 /* never NULL */
	char *file;			 /* the first that it is from */
	char *kernel, *driver, *version; /* NULL unknown; driver is modern_ebpf, kmod, ... */
	int64_t from;			 /* bits of enum fleet_from */
	int64_t n_files, n_cpus;
	int64_t n_sessions; /* starts of a Falco */
	int64_t n_samples, n_intervals;
	double seconds;
	int64_t evts, drops;
	int64_t drops_before; /* the first sample of each session: not in drops */
	double rate, rate_p50, rate_p99, rate_max; /* mean, and over the intervals */
	double drop_rate;			   /* NaN: no event */
	double worst_drop_rate; /* of the interval that lost most events a second; 0 without drops
				 */
	double cpu;		/* of the engine, 1: one CPU; mean */
	char *verdict, *next_step; /* NULL: no numbers to judge */
	struct strvec evidence;
	struct strvec change;	/* settings that the verdict asks for, "key=value" */
	struct strvec settings; /* settings that a run on this host recommends */
};

void fleet_host_init(struct fleet_host *h); /* nothing known, no name */
void fleet_host_release(struct fleet_host *h);
json_t *fleet_host_to_json(const struct fleet_host *h);
/* ERROR_INPUT naming the member, after `file:line`. */
int fleet_host_from_json(struct fleet_host *out, const json_t *doc, const char *file, size_t line,
			 struct error *err);
/* Two records of one host: add b to a and release it. Counters and times add up; quantiles are
 * those of the record with more intervals; of the verdicts the one about more lost events stays. */
void fleet_host_merge(struct fleet_host *a, struct fleet_host *b);

#endif
