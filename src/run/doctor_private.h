/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FT_RUN_DOCTOR_PRIVATE_H
#define FT_RUN_DOCTOR_PRIVATE_H

#include "run/doctor.h"

/* Fills status, found and fix; the status is DOCTOR_OK when it says nothing. */
typedef void (*doctor_fn)(struct doctor_check *c, const struct doctor_input *in);

struct doctor_row {
	const char *id, *title;
	doctor_fn look;
};

/* Ends with an entry whose id is NULL; in the order of the report. */
extern const struct doctor_row doctor_kernel_rows[]; /* rights, BPF, BTF, ... */
extern const struct doctor_row doctor_host_rows[];   /* CPUs, memory, programs, ... */

/* The recorded tree's file, or the host's. The caller frees. */
char *doctor_path(const struct doctor_input *in, const char *file);
/* What a small file holds, without the last line end; false when it cannot be read. Appended. */
bool doctor_read(const struct doctor_input *in, const char *file, struct strbuf *out);
bool doctor_recorded(const struct doctor_input *in);
/* The kernel's release is at least that; false when it is not known. */
bool doctor_kernel_has(const struct doctor_input *in, int major, int minor);

#endif
