/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/loghist.h"

uint64_t loghist_low(size_t bucket)
{
	size_t octave = bucket / LOGHIST_SUB;

	if (octave == 0)
		return bucket;
	return (uint64_t)(LOGHIST_SUB + bucket % LOGHIST_SUB) << (octave - 1);
}

double loghist_quantile(const struct loghist *h, double q)
{
	double rank = q * (double)h->n, below = 0;
	size_t i = 0;

	while (i < LOGHIST_BUCKETS - 1 && below + (double)h->bucket[i] < rank)
		below += (double)h->bucket[i++];
	while (i < LOGHIST_BUCKETS - 1 && h->bucket[i] == 0)
		i++; /* q = 0 */
	return (double)loghist_low(i) + (double)(loghist_low(i + 1) - loghist_low(i)) *
						(rank - below) / (double)h->bucket[i];
}

void loghist_merge(struct loghist *to, const struct loghist *from)
{
	to->n += from->n;
	for (size_t i = 0; i < LOGHIST_BUCKETS; i++)
		to->bucket[i] += from->bucket[i];
}
