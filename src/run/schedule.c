/* SPDX-License-Identifier: Apache-2.0 */
#include "run/schedule.h"

#include "base/mem.h"

/* splitmix64 (Steele, Lea, Flood 2014): small, and good enough to shuffle. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

struct slot *schedule_make(uint64_t seed, size_t n_cases, int repeats)
{
	struct slot *slots = xcalloc(n_cases * (size_t)repeats + 1, sizeof(*slots));

	for (int r = 0; r < repeats; r++) {
		struct slot *round = slots + (size_t)r * n_cases;

		for (size_t i = 0; i < n_cases; i++)
			round[i] = (struct slot){.case_index = i, .repeat = r + 1};
		for (size_t i = n_cases; i > 1; i--) {
			size_t j = next_random(&seed) % i;
			struct slot t = round[i - 1];

			round[i - 1] = round[j];
			round[j] = t;
		}
	}
	return slots;
}
