/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts about the host, for the results.
 */
#ifndef FT_RUN_HOST_H
#define FT_RUN_HOST_H

#include "run/results.h"

#include <sys/types.h>

/* Fill the host members of r; what cannot be read stays unknown. proc: "/proc", or a recorded tree
 * for tests. */
void host_facts(struct results *r, const char *proc);
/* MemAvailable, in bytes; RES_UNKNOWN when it cannot be read. */
int64_t host_mem_available(const char *proc);
/* Falcos that already run on the host, "PID NAME" each, appended. */
void host_other_falcos(const char *proc, struct strvec *out);

#endif
