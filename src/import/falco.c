/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a Falco: metrics, alerts, drops in its text log. */
#include "import/private.h"

#include <stdio.h>
#include <string.h>

static enum import_taken give(struct import_state *s, const char *line, size_t len,
			      struct error *why)
{
	static const struct metrics_want want = {0};
	struct metrics_line l;
	enum import_taken taken = TAKEN;

	if (metrics_read_line(&l, line, len, &want, why))
		return TAKEN_BROKEN;
	if (l.kind == METRICS_OTHER)
		taken = TAKEN_OTHER;
	else if (l.kind == METRICS_DROP_ALERT)
		import_give(s, IMPORT_DROP_ALERT, s->line, -1, &l);
	else if (l.s.v[METRIC_N_EVTS] == METRIC_UNKNOWN && l.id.start_ns == METRIC_UNKNOWN &&
		 !*l.id.version)
		taken = TAKEN_OTHER; /* fields of something else */
	else
		import_give(s, memmem(line, len, "\"rule\"", 6) ? IMPORT_SNAPSHOT : IMPORT_METRICS,
			    s->line, -1, &l);
	metrics_sample_release(&l.s);
	return taken;
}

/* Two writers of one file tear each other's lines: where a whole one stands behind the torn one, it
 * counts. */
static void give_rest(struct import_state *s, const char *line, size_t len)
{
	static const char *const heads[] = {"{\"output_fields\":{", "{\"hostname\":"};
	struct error unused = ERROR_INIT;

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		const char *p = line + 1, *end = line + len, *found = NULL;
		size_t n = strlen(heads[i]);

		while ((p = memmem(p, (size_t)(end - p), heads[i], n)))
			found = p++;
		if (found && give(s, found, (size_t)(end - found), &unused) == TAKEN)
			return;
	}
}

enum import_taken import_take_falco(struct import_state *s, const char *line, size_t len,
				    struct error *why)
{
	enum import_taken taken = give(s, line, len, why);

	if (taken == TAKEN_BROKEN)
		give_rest(s, line, len);
	return taken;
}

/* "... (ebpf_enabled=1 n_drops=5 n_drops_buffer_total=5 n_evts=100 ...)". Only the alert has them;
 * what the log action writes has the number of drops alone. */
enum import_taken import_take_drop_text(struct import_state *s, const char *line, size_t len,
					struct error *why)
{
	static const char said[] = "Falco internal: syscall event drop. ";
	const char *text = memmem(line, len, said, sizeof(said) - 1);
	const char *fields = memchr(line, '(', len);
	struct metrics_line l = {.kind = METRICS_DROP_ALERT};
	char copy[64] = "";
	long long n;

	metrics_sample_init(&l.s);
	l.id.start_ns = l.id.reload_ns = METRIC_UNKNOWN;
	if (text) {
		size_t left = len - (size_t)(text + sizeof(said) - 1 - line);

		memcpy(copy, text + sizeof(said) - 1, left < 63 ? left : 63);
	}
	if (sscanf(copy, "%18lld", &n) != 1 || n < 0) {
		error_env(why, "a drop alert without its number of drops");
		return TAKEN_BROKEN;
	}
	l.s.v[METRIC_N_DROPS] = n;
	if (fields) {
		const char *p = memmem(fields, len - (size_t)(fields - line), "n_evts=", 7);

		memset(copy, 0, sizeof(copy));
		if (p) {
			size_t left = len - (size_t)(p + 7 - line);

			memcpy(copy, p + 7, left < 63 ? left : 63);
			if (sscanf(copy, "%18lld", &n) == 1 && n >= 0)
				l.s.v[METRIC_N_EVTS] = n;
		}
	}
	import_give(s, IMPORT_DROP_ALERT, s->line, -1, &l);
	return TAKEN;
}
