/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a fleet's records say: classes of hosts, tails, hosts that drop, one profile a class, and
 * hosts that disagree with their class. Pure.
 *
 * A class is CPUs, driver, kernel series (6.1) and the band of the typical (median) event rate a
 * CPU. A band with so few hosts that it is the tail of another one (FLEET_FEW of those that share
 * CPUs, driver and kernel) makes no class: its hosts belong to that one's, and disagree with it
 * where their rate is half or twice its median, or beyond.
 */
#ifndef FT_FLEET_CLASSES_H
#define FT_FLEET_CLASSES_H

#include "fleet/fleet.h"

/* Bands of kernel events a second and CPU: the rules of thumb of Falco's page on dropped events
 * (see cost/rate.h), and three a decade beyond. */
extern const double fleet_band_ends[]; /* each is the begin of the next; the last is infinite */
extern const char *const fleet_band_names[]; /* "below 1K" .. "above 100K", "unknown" */
#define FLEET_BANDS	   7
#define FLEET_BAND_UNKNOWN FLEET_BANDS

#define FLEET_FEW      0.05
#define FLEET_FEW_HOST 10 /* of the class that takes them, at least */
#define FLEET_APART    2.0
/* A version that fewer hosts of a class have than this is not its own. */
#define FLEET_MOST 0.9

/* A quantity over hosts: nearest tails first. */
enum fleet_measure {
	FLEET_RATE,	/* typical rate a CPU: the median over a host's intervals */
	FLEET_RATE_MAX, /* its highest */
	FLEET_DROPS,	/* share of its events that it lost */
	FLEET_WORST,	/* the same of its worst interval */
	FLEET_CPU,	/* of the engine */
	FLEET_MEASURES,
};
extern const char *const fleet_measure_names[]; /* "typical events/s per CPU" .. */
extern const char *const fleet_measure_keys[];	/* "rate_p50" .., in JSON and CSV */

/* Quantiles over hosts (type 7 of stats/describe.h). */
struct fleet_tail {
	size_t n; /* hosts that it is known of */
	double p50, p99, p999, max;
	size_t p999_hosts; /* so many of the highest hosts are all that p999 is made of */
};

struct fleet_class {
	int64_t n_cpus;
	char *driver, *kernel; /* NULL unknown */
	int band;
	size_t *hosts; /* indexes, in order */
	size_t n, alloc;
	struct fleet_tail tails[FLEET_MEASURES];
	size_t n_drop, n_unjudged; /* hosts that drop; without numbers of a Falco */
	char *version;		   /* the most frequent one; NULL unknown */
	size_t n_version;
	/* The profile: settings for all hosts of the class on top of their configuration. */
	struct strvec settings;
	size_t n_measured, n_agreed; /* hosts whose own run recommends something; exactly that */
	size_t n_covered;	     /* of those that drop, what their verdict asks for is in it */
	size_t n_other;		     /* of those that drop, no setting helps */
};

struct fleet_deviant {
	size_t host, class; /* indexes */
	char *why;
};

struct fleet_summary {
	const struct fleet *fleet;   /* borrowed */
	struct fleet_class *classes; /* most hosts first */
	size_t n_classes, alloc_classes;
	size_t *class_of; /* index of each host's class */
	struct fleet_tail tails[FLEET_MEASURES];
	size_t *drops; /* hosts that drop, most first; indexes */
	size_t n_drops;
	struct fleet_deviant *deviants; /* by class, then host */
	size_t n_deviants, alloc_deviants;
};

/* Fill *out; release it with fleet_summary_release. */
void fleet_summarise(const struct fleet *f, struct fleet_summary *out);
void fleet_summary_release(struct fleet_summary *s);

int fleet_band(double rate);
/* Does it lose more than the fleet's limit? */
bool fleet_host_drops(const struct fleet *f, const struct fleet_host *h);
double fleet_measured(const struct fleet_host *h, enum fleet_measure m);
/* "4 CPUs, modern_ebpf, kernel 6.1, 1.5K to 3K"; appended. */
void fleet_class_name(const struct fleet_class *c, struct strbuf *out);
/* "6.1" of "6.1.0-18-amd64"; NULL for NULL. The caller frees. */
char *fleet_kernel_series(const char *release);

#endif
