/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading one case file; case.h describes the format. Private to src/run.
 */
#ifndef FT_RUN_CASE_FILE_H
#define FT_RUN_CASE_FILE_H

#include "run/case.h"

struct case_place {
	size_t line, col; /* 1-based */
};

/* Read a file and append its variants to out. *id: where its id stands. On failure nothing is
 * appended; ERROR_INPUT with place. */
int case_file_read(struct case_list *out, const char *path, enum engine_kind kind, int n_cpus,
		   struct case_place *id, struct error *err);
bool case_id_valid(const char *id);
/* Frees what a case owns, not the case itself. */
void case_release(struct tcase *c);

#endif
