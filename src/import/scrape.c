/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prometheus text: one scrape, or several one after the other. A new one begins where the name
 * (with its labels) of the first sample comes again.
 */
#include "import/private.h"

#include "engine/prometheus.h"

#include <string.h>

/* A Falco with 10,000 rules answers with 2 MB. */
#define SCRAPE_MAX ((size_t)8 << 20)

void import_end_scrape(struct import_state *s)
{
	static const struct metrics_want want = {0};
	struct error why = ERROR_INIT;
	struct metrics_line l;

	if (!s->first_name.len) {
		strbuf_reset(&s->scrape);
		return;
	}
	if (!prometheus_read(&l, s->scrape.buf, s->scrape.len, s->mtime_ns, &want, &why)) {
		import_give(s, IMPORT_SCRAPE, s->scrape_line, -1, &l);
		metrics_sample_release(&l.s);
	} else {
		import_broken(s, s->scrape_line, why.msg);
	}
	strbuf_reset(&s->scrape);
	strbuf_reset(&s->first_name);
}

enum import_taken import_take_scrape(struct import_state *s, const char *line, size_t len,
				     struct error *why)
{
	const char *brace = memrchr(line, '}', len), *blank = memchr(line, ' ', len);
	size_t name = brace ? (size_t)(brace + 1 - line) : blank ? (size_t)(blank - line) : len;

	if (len == 5 && !memcmp(line, "# EOF", 5)) /* of OpenMetrics */
		import_end_scrape(s);
	if (*line == '#')
		return TAKEN;
	if (!blank || memchr(line, '\0', len)) {
		error_env(why, "no metric in Prometheus' text format");
		return TAKEN_BROKEN;
	}
	if (s->first_name.len == name && !memcmp(s->first_name.buf, line, name))
		import_end_scrape(s);
	if (strncmp(line, "falcosecurity_", 14) != 0)
		return TAKEN; /* of another program, or of Falco's own web server */
	if (!s->first_name.len) {
		strbuf_add(&s->first_name, line, name);
		s->scrape_line = s->line;
	}
	if (s->scrape.len + len > SCRAPE_MAX) {
		error_env(why, "a scrape of more than 8 MiB");
		return TAKEN_BROKEN;
	}
	strbuf_add(&s->scrape, line, len);
	strbuf_addch(&s->scrape, '\n');
	return TAKEN;
}
