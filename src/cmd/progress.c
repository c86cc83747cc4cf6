/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/progress.h"

#include "base/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BAR	  10
#define REDRAW_NS (100 * NS_PER_MS)

void progress_view_init(struct progress_view *v, const struct log *log)
{
	const char *term = getenv("TERM");

	*v = (struct progress_view){
		.log = log,
		.terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0,
	};
}

void progress_view_close(struct progress_view *v)
{
	if (v->open)
		fputs("\r\033[K", v->log->to);
	v->open = false;
}

static void add_bar(struct strbuf *line, double part)
{
	int full = part > 0 ? (int)(part * BAR + 0.5) : 0;

	strbuf_addstr(line, " [");
	for (int i = 0; i < BAR; i++)
		strbuf_addch(line, i < full ? '#' : '.');
	strbuf_addch(line, ']');
}

static void add_left(struct strbuf *line, double left_s)
{
	char b[UNITS_BUF];

	if (left_s >= 1)
		strbuf_addf(line, " (%s left)", units_fmt_duration(b, floor(left_s) * 1e9));
}

static void draw_live(struct progress_view *v, const struct progress *p)
{
	struct strbuf line cleanup_strbuf = STRBUF_INIT;
	char b[UNITS_BUF];
	int64_t now = clock_mono();

	if (!v->terminal || (v->open && now - v->drawn_at < REDRAW_NS))
		return;
	v->drawn_at = now;
	strbuf_addf(&line, "%-18s", p->case_key ? p->case_key : "(idle)");
	if (p->repeats > 1)
		strbuf_addf(&line, " %d/%d", p->repeat, p->repeats);
	add_bar(&line, p->part);
	strbuf_addf(&line, " %s", p->phase);
	if (!isnan(p->evts_per_s))
		strbuf_addf(&line, " %s events/s", units_fmt_rate(b, p->evts_per_s));
	if (!isnan(p->drop_rate))
		strbuf_addf(&line, ", dropped %s", units_fmt_share(b, p->drop_rate));
	add_left(&line, p->left_s);
	fprintf(v->log->to, "\r%s\033[K", line.buf);
	fflush(v->log->to);
	v->open = true;
}

static void print_done(struct progress_view *v, const struct progress *p)
{
	struct strbuf line cleanup_strbuf = STRBUF_INIT;

	strbuf_addf(&line, "%-18s", p->case_key);
	if (p->kind == PROGRESS_DRY) {
		strbuf_addf(&line, " dry run: %s", p->text);
	} else {
		strbuf_addf(&line, " %d/%d", p->repeat, p->repeats);
		if (v->terminal && !p->failed)
			add_bar(&line, p->part);
		strbuf_addf(&line, " %s", p->text);
		add_left(&line, p->left_s);
	}
	log_print(v->log, p->failed ? LOG_WARNING : LOG_NOTE, "%s", line.buf);
}

void progress_view_show(void *arg, const struct progress *p)
{
	struct progress_view *v = arg;

	if (p->kind == PROGRESS_LIVE) {
		draw_live(v, p);
		return;
	}
	progress_view_close(v);
	if (p->kind == PROGRESS_DRY || p->kind == PROGRESS_DONE)
		print_done(v, p);
	else
		log_print(v->log, p->kind == PROGRESS_WARNING ? LOG_WARNING : LOG_NOTE, "%s",
			  p->text);
}
