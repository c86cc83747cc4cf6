/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time stamp counter of the CPU: the cheapest clock there is (about 10 ns a reading in a
 * virtual machine). Its rate does not change with the frequency on any x86_64 of the last fifteen
 * years (constant_tsc).
 */
#ifndef FT_PROBE_TSC_H
#define FT_PROBE_TSC_H

#include <stdint.h>
#include <time.h>

static inline uint64_t tsc_read(void)
{
	return __builtin_ia32_rdtsc();
}

/* CLOCK_MONOTONIC in ns. */
static inline int64_t mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* Ticks a nanosecond; takes ns of time. 2 ms give it to about 0.01 %. */
static inline double tsc_measure(int64_t ns)
{
	int64_t from = mono_ns(), to;
	uint64_t t = tsc_read();

	do {
		to = mono_ns();
	} while (to - from < ns);
	return (double)(tsc_read() - t) / (double)(to - from);
}

#endif
