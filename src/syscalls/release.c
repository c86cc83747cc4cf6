/* SPDX-License-Identifier: Apache-2.0 */
#include "syscalls/release.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

/* Oldest first, one row for each catalogue. */
static const struct release rows[] = {
	{.minor = 38, .all_flag = true, .enter_events = true, .container_builtin = true},
	{.minor = 39,
	 .all_flag = true,
	 .plugin_sets = true,
	 .enter_events = true,
	 .container_builtin = true},
	{.minor = 40,
	 .all_key = true,
	 .all_flag = true,
	 .plugin_sets = true,
	 .enter_events = true,
	 .container_builtin = true},
	{.minor = 41, .all_key = true, .plugin_sets = true, .enter_events = true},
	{.minor = 42, .all_key = true, .plugin_sets = true},
	{.minor = 43, .all_key = true, .plugin_sets = true},
	{.minor = 44, .all_key = true, .plugin_sets = true},
};

static bool parse(const char *text, unsigned v[3])
{
	int end = 0, n;

	text += *text == 'v';
	v[2] = 0;
	n = sscanf(text, "%5u.%5u%n.%5u%n", &v[0], &v[1], &end, &v[2], &end);
	return n >= 2 && strspn(text, "0123456789.") == strlen(text) && !text[end];
}

int release_minor(const char *version)
{
	unsigned v[3];

	return parse(version, v) && v[0] == 0 ? (int)v[1] : -1;
}

const struct release *release_of(const struct catalogue *c)
{
	int minor = release_minor(c->falco);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].minor == minor)
			return &rows[i];
	return &rows[ARRAY_SIZE(rows) - 1];
}

const struct catalogue *release_find(const char *version, enum release_match *how)
{
	const struct catalogue *newest = catalogue_find(NULL);
	unsigned want[3], have[3];

	*how = RELEASE_UNKNOWN;
	if (!parse(version, want))
		return NULL;
	for (const struct catalogue *const *c = catalogue_all(); *c; c++) {
		parse((*c)->falco, have);
		if (have[0] != want[0] || have[1] != want[1])
			continue;
		*how = have[2] == want[2] ? RELEASE_EXACT : RELEASE_NEAREST;
		return *c;
	}
	parse(newest->falco, have);
	if (want[0] < have[0] || (want[0] == have[0] && want[1] < have[1]))
		return NULL;
	*how = RELEASE_NEWER;
	return newest;
}

void release_list(struct strbuf *out)
{
	for (const struct catalogue *const *c = catalogue_all(); *c; c++)
		strbuf_addf(out, "%s%s", c == catalogue_all() ? "" : ", ", (*c)->falco);
}
