/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an engine that waits for events takes of a CPU, besides its work on them. Pure.
 *
 * Falco's modern probe is read without a signal from the kernel: when all buffers are empty the
 * consumer sleeps for 0.5 ms, twice as long each time that it finds nothing, up to 30 ms, and for
 * 0.5 ms again once it has found something (userspace/libscap/engine/modern_bpf of
 * falcosecurity/libs; the embedded engine does the same). Each look costs a timer, two switches
 * and cold caches, however few events there are. With r events a second that come alone it looks
 * about r * log2(1 + 1 / (r * 0.5 ms)) times, at most 1 / 0.5 ms and at least 1 / 30 ms, and only
 * in the time that its work leaves:
 *
 *   CPU = work + wake * share(r) * (1 - work)
 *
 * Events that come in bursts wake it less often, so share() is an upper bound for them.
 */
#ifndef FT_COST_WAKE_H
#define FT_COST_WAKE_H

/* How often it looks, of the most. per_s: events a second. */
double wake_share(double per_s);
/* Shares of a CPU. wake: of an engine that looks as often as it can and has no work. */
double wake_cpu(double wake, double per_s, double work);
/* The work that is in the CPU share of an engine. */
double wake_work(double wake, double per_s, double cpu);

struct wake_point {
	double per_s; /* events a second */
	double cpu;   /* share of a CPU */
};
/* wake from one rule set under much and under little of the same load, so that the work of an event
 * is the same; 0 when the CPU is in proportion to the events. per_s: more than 0, much > little. */
double wake_solve(const struct wake_point *much, const struct wake_point *little);

#endif
