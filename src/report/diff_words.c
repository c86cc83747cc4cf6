/* SPDX-License-Identifier: Apache-2.0 */
#include "report/diff_words.h"

#include "base/units.h"

#include <math.h>

static const char unknown[] = "unknown";

void diff_rate(struct strbuf *out, double per_s)
{
	if (isnan(per_s))
		strbuf_addstr(out, unknown);
	else
		strbuf_addf(out, "%s/s", UNITS_RATE(per_s));
}

static char sign_of(double v)
{
	return v < 0 ? '-' : '+';
}

void diff_relative(struct strbuf *out, double change)
{
	if (isnan(change))
		strbuf_addstr(out, unknown);
	else if (isinf(change))
		strbuf_addstr(out, "from nothing");
	else
		strbuf_addf(out, "%c%s", sign_of(change), UNITS_SHARE(fabs(change)));
}

static void add_relative(struct strbuf *out, double old, double new)
{
	if (new == old || isnan(new) || isnan(old))
		return;
	strbuf_addstr(out, " (");
	diff_relative(out, old > 0 ? new / old - 1 : (double)INFINITY);
	strbuf_addch(out, ')');
}

/* Rounding must not show as a change. */
static double settled(double old, double new)
{
	return fabs(new - old) <= 1e-9 * fmax(fabs(old), fabs(new)) ? 0 : new - old;
}

void diff_rate_change(struct strbuf *out, double old, double new)
{
	double change = settled(old, new);

	if (isnan(change)) {
		strbuf_addstr(out, unknown);
		return;
	}
	strbuf_addf(out, "%c%s/s", sign_of(change), UNITS_RATE(fabs(change)));
	add_relative(out, old, old + change);
}

void diff_cpu(struct strbuf *out, double share)
{
	strbuf_addstr(out, isnan(share) ? unknown : UNITS_SHARE(share));
}

void diff_cpu_change(struct strbuf *out, double old, double new)
{
	double change = settled(old, new);

	if (isnan(change)) {
		strbuf_addstr(out, unknown);
		return;
	}
	strbuf_addf(out, "%c%.3gpp", sign_of(change), fabs(change) * 100);
	add_relative(out, old, old + change);
}

void diff_checks(struct strbuf *out, double checks)
{
	if (isnan(checks))
		strbuf_addstr(out, "none");
	else
		strbuf_addf(out, "%.1f", checks);
}

void diff_names(struct strbuf *out, const struct strvec *names, size_t most)
{
	size_t shown = names->n <= most + 1 ? names->n : most;

	for (size_t i = 0; i < shown; i++)
		strbuf_addf(out, "%s%s", i ? ", " : "", names->v[i]);
	if (names->n > shown)
		strbuf_addf(out, " and %zu more", names->n - shown);
}

void diff_calls(struct strbuf *out, const struct catalogue *cat, struct bitset scs, size_t most)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	cat_scs_to_names(cat, scs, &names);
	diff_names(out, &names, most);
}

static void add_signed(struct strbuf *out, char sign, const struct strvec *names, size_t most)
{
	if (!names->n)
		return;
	strbuf_addf(out, "%s%c%zu: ", out->len ? "; " : "", sign, names->n);
	diff_names(out, names, most);
}

void diff_gained_lost(struct strbuf *out, const struct strvec *gained, const struct strvec *lost,
		      size_t most)
{
	add_signed(out, '+', gained, most);
	add_signed(out, '-', lost, most);
}
