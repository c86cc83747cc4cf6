/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/params.h"

unsigned param_nargs(unsigned nr)
{
	const struct param_list *list = &param_lists[nr % PROBE_SYSCALLS];
	unsigned n = 2;

	for (size_t i = 0; i < list->n; i++) {
		const struct param *p = &list->v[i];
		bool argument = p->from == PARAM_FROM_ARG || p->from == PARAM_FROM_OPENFLAGS ||
				p->from == PARAM_FROM_OPENMODE || p->from == PARAM_FROM_SOCKTYPE ||
				p->from == PARAM_FROM_SOCKFLAGS || p->from == PARAM_FROM_PRCTLINT;

		if (argument && p->n + 1u > n)
			n = p->n + 1u;
	}
	return n;
}
