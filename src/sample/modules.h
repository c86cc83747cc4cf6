/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From addresses of a running process and of the kernel to names: /proc/PID/maps, the symbol tables
 * of the ELF files that are mapped, /proc/kallsyms.
 *
 * Names are as in the tables (C++ ones mangled). A file is read once, through /proc/PID/root, so
 * that processes in containers are found too. What cannot be read has no symbols, which is told.
 */
#ifndef FT_SAMPLE_MODULES_H
#define FT_SAMPLE_MODULES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct modules;

struct place {
	const char *module; /* base name, "[vdso]", "[kernel]"; "[unknown]": not in any mapping */
	const char *symbol; /* NULL: there is none */
};

struct modules *modules_open(pid_t pid);
void modules_close(struct modules *m); /* NULL is fine */
/* An address of the process. Mappings are read again when it is in none that is known, at most once
 * a second. false: it is in no executable mapping; *out is filled in any case, and good until the
 * modules are closed. */
bool modules_find(struct modules *m, uint64_t address, struct place *out);
/* The same in the kernel. */
void modules_find_kernel(struct modules *m, uint64_t address, struct place *out);
/* Does /proc/kallsyms tell addresses? */
bool modules_kernel_known(const struct modules *m);

#endif
