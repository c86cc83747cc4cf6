/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program that loads BPF needs of its environment, checked before anything is loaded, so
 * that the one thing that is missing can be named.
 */
#ifndef FT_BPF_ENV_H
#define FT_BPF_ENV_H

#include "base/error.h"

/* Root or the capabilities, the bpf system call, BTF. `who` begins the sentence on rights ("the
 * embedded engine"). ERROR_ENV naming what is missing and how to get it. Raises RLIMIT_MEMLOCK too,
 * which kernels before 5.11 charge BPF memory to. */
int bpf_env_check(const char *who, struct error *err);

#endif
