/* SPDX-License-Identifier: Apache-2.0 */
#include "run/canary.h"

#include "base/fs.h"
#include "base/mem.h"
#include "load/profile.h"
#include "run/results.h"
#include "run/session.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *canary_rules(struct error *err)
{
	char *path = fs_data_path("rulesets/canary.yaml");
	char *whole = path ? realpath(path, NULL) : NULL;

	free(path);
	if (!whole)
		error_env(err, "rulesets/canary.yaml is not among the program's data, expected an "
			       "installed falcotune or FALCOTUNE_DATADIR");
	return whole;
}

char *canary_marker(void)
{
	uint64_t now = (uint64_t)clock_real(), mixed = pace_random(now, (uint64_t)getpid());

	return xasprintf(CANARY_PREFIX "%08llx", (unsigned long long)(mixed & 0xffffffff));
}

char *canary_obstacle(const struct strvec *before, const struct strvec *with)
{
	const struct load_op *op = load_op_find("canary");
	struct load_truth rows[LOAD_TRUTH_MAX + 1];

	for (size_t i = 0; i < with->n; i++)
		if (!strvec_has(before, with->v[i]))
			return xasprintf("its rule would add %s to the set", with->v[i]);
	if (!strvec_has(before, "execve"))
		return xstrdup("execve is not in the set");
	/* Without the clone, the engine does not know the process that executes. */
	load_op_truth(op, rows);
	for (const struct load_truth *t = rows; t->syscall; t++)
		if (t->per_op && !strncmp(t->syscall, "clone", 5) &&
		    !strvec_has(before, t->syscall))
			return xasprintf("%s is not in the set", t->syscall);
	return NULL;
}

struct counted {
	uint8_t *seen; /* by number */
	size_t n;
	int64_t sum;
};

#define NUMBER_MAX (1UL << 26)

static void take_number(struct counted *c, const char *text)
{
	char *end;
	unsigned long k;

	if (*text != '-')
		return;
	errno = 0;
	k = strtoul(text + 1, &end, 10);
	if (end == text + 1 || errno || k >= NUMBER_MAX)
		return;
	if (k >= c->n) {
		size_t n = 2 * k + 64;

		c->seen = xrealloc(c->seen, n, 1);
		memset(c->seen + c->n, 0, n - c->n);
		c->n = n;
	}
	c->sum += !c->seen[k];
	c->seen[k] = 1;
}

/* A line that holds the marker: an alert of our rule? A rule of the user's may tell of it too. */
static void take_alert(struct counted *c, const char *line, size_t len, const char *marker)
{
	json_t *doc = json_loadb(line, len, 0, NULL);
	const char *rule = json_string_value(json_object_get(doc, "rule"));
	const char *output = json_string_value(json_object_get(doc, "output"));
	const char *at = output ? strstr(output, marker) : NULL;

	if (rule && at && !strcmp(rule, CANARY_RULE))
		take_number(c, at + strlen(marker));
	json_decref(doc);
}

int64_t canary_count(const char *path, const char *marker)
{
	FILE *f = fopen(path, "re");
	struct counted c = {0};
	char *line = NULL;
	size_t alloc = 0;
	ssize_t len;

	if (!f)
		return errno == ENOENT ? 0 : RES_UNKNOWN; /* engines make it with the first alert */
	while ((len = getline(&line, &alloc, f)) > 0)
		if (strstr(line, marker))
			take_alert(&c, line, (size_t)len, marker);
	free(line);
	fclose(f);
	free(c.seen);
	return c.sum;
}
