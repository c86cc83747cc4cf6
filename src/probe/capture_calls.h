/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How each native x86_64 syscall is recorded: what follows its arguments, how many arguments, where
 * its paths or address are, and which of Falco's drop categories it belongs to.
 */
#ifndef FT_PROBE_CAPTURE_CALLS_H
#define FT_PROBE_CAPTURE_CALLS_H

#include <stdint.h>

/* The interest map's entry (PROBE_HOW) for syscall nr; never 0 below PROBE_SYSCALLS. wants: bits of
 * enum probe_want. */
uint32_t capture_how(unsigned nr, unsigned wants);

#endif
