/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/halving.h"

/* A round of one compares nothing. */
#define LAST_ROUND 2

size_t halving_plan(size_t n, int64_t first_ns, int64_t longest_ns,
		    struct halving_round out[HALVING_MAX_ROUNDS])
{
	int64_t longest = longest_ns > first_ns ? longest_ns : first_ns, ns = first_ns;
	size_t rounds = 0;

	while (n && rounds < HALVING_MAX_ROUNDS) {
		out[rounds++] = (struct halving_round){.n = n, .duration_ns = ns};
		if (n <= LAST_ROUND)
			break;
		n = (n + 1) / 2;
		ns = ns > longest / 2 ? longest : 2 * ns;
	}
	return rounds;
}

int64_t halving_total(const struct halving_round *v, size_t n)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (int64_t)v[i].n * v[i].duration_ns;
	return sum;
}
