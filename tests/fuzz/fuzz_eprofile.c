/* SPDX-License-Identifier: Apache-2.0 */
/* An engine's profile: read, written and read again, added to itself, ranked, and drawn. */
#include "fuzz.h"

#include "base/mem.h"
#include "cost/profile.h"
#include "report/profile.h"

#include <math.h>

static char *text_of(const struct eprofile *p)
{
	json_t *doc = eprofile_to_json(p);
	char *text = json_dumps(doc, JSON_SORT_KEYS);

	json_decref(doc);
	FUZZ_ASSERT(text, "no text");
	return text;
}

/* Each line is a path, a blank and a whole number. */
static void check_folded(const struct eprofile *p)
{
	struct strbuf out cleanup_strbuf = STRBUF_INIT;
	char *save = NULL;

	profile_folded(p, &out);
	FUZZ_ASSERT(!out.len || out.buf[out.len - 1] == '\n', "no line end");
	for (char *l = out.len ? strtok_r(out.buf, "\n", &save) : NULL; l;
	     l = strtok_r(NULL, "\n", &save)) {
		const char *blank = strrchr(l, ' ');

		FUZZ_ASSERT(blank && blank > l && blank[1] &&
				    !blank[1 + strspn(blank + 1, "0123456789")],
			    "%s", l);
	}
}

static void check_figures(const struct eprofile *p)
{
	size_t *order cleanup_free = ep_ranking(p);
	struct strbuf dot cleanup_strbuf = STRBUF_INIT;

	for (size_t i = 0; i < p->n_rules; i++)
		FUZZ_ASSERT(order[i] < p->n_rules, "%zu of %zu", order[i], p->n_rules);
	FUZZ_ASSERT(isfinite(ep_cpu_ns(p)), "%g", ep_cpu_ns(p));
	check_folded(p);
	profile_dot(p, &dot);
	FUZZ_ASSERT(dot.len > 2 && !strcmp(dot.buf + dot.len - 2, "}\n"), "%s", dot.buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct eprofile p, *twice = xcalloc(2, sizeof(*twice));
	struct error err = ERROR_INIT;
	char *one cleanup_free = NULL, *two cleanup_free = NULL, *differs = NULL;
	struct ep_runs runs = {0};

	if (eprofile_parse("p.json", (const char *)data, size, &p, &err)) {
		FUZZ_ASSERT_ERROR(err);
		free(twice);
		return 0;
	}
	one = text_of(&p);
	for (size_t i = 0; i < 2; i++)
		FUZZ_ASSERT(!eprofile_parse("again", one, strlen(one), &twice[i], &err), "%s",
			    err.msg);
	two = text_of(&twice[0]);
	FUZZ_ASSERT(!strcmp(one, two), "%s\n%s", one, two);
	FUZZ_ASSERT(eprofile_same_counts(&twice[0], &twice[1], &differs), "%s", differs);
	check_figures(&p);
	if (!ep_runs_make(&runs, twice, 2, &err)) {
		FUZZ_ASSERT(runs.all.seen == 2 * p.seen, "%lld", (long long)runs.all.seen);
		check_figures(&runs.all);
	} else {
		FUZZ_ASSERT_ERROR(err);
	}
	ep_runs_release(&runs);
	eprofile_release(&p);
	return 0;
}
