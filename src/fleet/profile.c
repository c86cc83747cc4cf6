/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/profile.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- settings ---- */

static size_t key_len(const char *setting)
{
	return strcspn(setting, "=");
}

static char **find(const struct strvec *settings, const char *setting)
{
	size_t n = key_len(setting);

	for (size_t i = 0; i < settings->n; i++)
		if (key_len(settings->v[i]) == n && !strncmp(settings->v[i], setting, n))
			return &settings->v[i];
	return NULL;
}

/* Does a, of the same key, give at least as much as b? Numbers by size: presets and table sizes
 * are what verdicts ask for. */
static bool covers(const char *a, const char *b)
{
	double x, y;

	if (!strcmp(a, b))
		return true;
	return a[key_len(a)] && b[key_len(b)] && units_number(a + key_len(a) + 1, &x) &&
	       units_number(b + key_len(b) + 1, &y) && x >= y;
}

static bool has_all(const struct strvec *settings, const struct strvec *asked)
{
	for (size_t i = 0; i < asked->n; i++) {
		char **own = find(settings, asked->v[i]);

		if (!own || !covers(*own, asked->v[i]))
			return false;
	}
	return true;
}

static void take(struct strvec *settings, const struct strvec *asked)
{
	for (size_t i = 0; i < asked->n; i++) {
		char **own = find(settings, asked->v[i]);

		if (!own) {
			strvec_push(settings, asked->v[i]);
		} else if (!covers(*own, asked->v[i])) {
			free(*own);
			*own = xstrdup(asked->v[i]);
		}
	}
}

/* ---- the profile ---- */

typedef char *(*text_fn)(const struct fleet_host *h); /* the caller frees; NULL none */

/* The text that most hosts of a class have, and how many; of equals the first one in the order of
 * bytes. NULL: none has any. The caller frees. */
static char *most_frequent(const struct fleet_summary *s, const struct fleet_class *c, text_fn fn,
			   size_t *votes, size_t *voters)
{
	struct strvec all cleanup_strvec = STRVEC_INIT;
	const char *best = NULL;

	for (size_t i = 0; i < c->n; i++) {
		char *text = fn(&s->fleet->hosts[c->hosts[i]]);

		if (text)
			strvec_take(&all, text);
	}
	strvec_sort(&all);
	*votes = 0;
	*voters = all.n;
	for (size_t i = 0, from = 0; i < all.n; i++) {
		if (strcmp(all.v[from], all.v[i]) != 0)
			from = i;
		if (i - from + 1 > *votes) {
			*votes = i - from + 1;
			best = all.v[i];
		}
	}
	return best ? xstrdup(best) : NULL;
}

static char *version_of(const struct fleet_host *h)
{
	return h->version ? xstrdup(h->version) : NULL;
}

static char *settings_of(const struct fleet_host *h)
{
	struct strbuf text = STRBUF_INIT;

	if (!h->settings.n)
		return NULL;
	strvec_join(&h->settings, "\n", &text);
	return strbuf_detach(&text);
}

static void take_lines(struct strvec *out, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		strvec_take(out, xstrndup(text, n));
		text += n + (text[n] != '\0');
	}
}

static void make_profile(struct fleet_summary *s, struct fleet_class *c)
{
	char *measured cleanup_free =
		most_frequent(s, c, settings_of, &c->n_agreed, &c->n_measured);
	size_t voters;

	c->version = most_frequent(s, c, version_of, &c->n_version, &voters);
	if (measured)
		take_lines(&c->settings, measured);
	for (size_t i = 0; i < c->n; i++) {
		const struct fleet_host *h = &s->fleet->hosts[c->hosts[i]];

		if (fleet_host_drops(s->fleet, h) && !h->settings.n)
			take(&c->settings, &h->change);
	}
	for (size_t i = 0; i < c->n; i++) {
		const struct fleet_host *h = &s->fleet->hosts[c->hosts[i]];

		if (!fleet_host_drops(s->fleet, h))
			continue;
		if (!h->change.n && !h->settings.n)
			c->n_other++;
		else if (has_all(&c->settings, h->settings.n ? &h->settings : &h->change))
			c->n_covered++;
	}
}

void fleet_make_profiles(struct fleet_summary *s)
{
	for (size_t i = 0; i < s->n_classes; i++)
		make_profile(s, &s->classes[i]);
}

/* ---- who disagrees ---- */

static void deviant(struct fleet_summary *s, size_t host, char *why)
{
	ALLOC_GROW(s->deviants, s->n_deviants, s->alloc_deviants);
	s->deviants[s->n_deviants++] =
		(struct fleet_deviant){.host = host, .class = s->class_of[host], .why = why};
}

static void check_rate(struct fleet_summary *s, const struct fleet_class *c, size_t i)
{
	double rate = s->fleet->hosts[i].rate_p50, median = c->tails[FLEET_RATE].p50;

	if (fleet_band(rate) == c->band || isnan(rate) ||
	    (rate < FLEET_APART * median && rate * FLEET_APART > median))
		return;
	deviant(s, i,
		xasprintf("typically %s events/s per CPU, the class has %s in the middle",
			  UNITS_RATE(rate), UNITS_RATE(median)));
}

static void check_version(struct fleet_summary *s, const struct fleet_class *c, size_t i)
{
	const char *version = s->fleet->hosts[i].version;

	if (!version || !c->version || !strcmp(version, c->version) ||
	    (double)c->n_version < FLEET_MOST * (double)c->n)
		return;
	deviant(s, i,
		xasprintf("runs %s, %zu of %zu hosts of the class run %s", version, c->n_version,
			  c->n, c->version));
}

/* What it needs is not what its class is recommended. */
static void check_profile(struct fleet_summary *s, const struct fleet_class *c, size_t i)
{
	const struct fleet_host *h = &s->fleet->hosts[i];

	if (h->settings.n && !has_all(&c->settings, &h->settings)) {
		struct strbuf own cleanup_strbuf = STRBUF_INIT;

		strvec_join(&h->settings, ", ", &own);
		deviant(s, i, xasprintf("its own run recommends %s", own.buf));
	} else if (fleet_host_drops(s->fleet, h) && !h->change.n && !h->settings.n) {
		deviant(s, i,
			xasprintf("drops, and no setting of the class's profile helps: %s",
				  h->verdict ? h->verdict : "no verdict"));
	}
}

void fleet_find_deviants(struct fleet_summary *s)
{
	for (size_t k = 0; k < s->n_classes; k++) {
		const struct fleet_class *c = &s->classes[k];

		for (size_t i = 0; i < c->n; i++) {
			check_rate(s, c, c->hosts[i]);
			check_version(s, c, c->hosts[i]);
			check_profile(s, c, c->hosts[i]);
		}
	}
}
