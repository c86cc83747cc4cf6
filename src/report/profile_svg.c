/* SPDX-License-Identifier: Apache-2.0 */
/* The call tree as a flame graph, and latency distributions, as pictures of the page. */
#include "base/mem.h"
#include "base/units.h"
#include "report/escape.h"
#include "report/profile.h"
#include "report/svg_draw.h"

#include <math.h>
#include <string.h>

#define WIDTH 960 /* pixels */

/* ---- flame graph ---- */

#define FRAME_H	  20
#define FRAME_MIN 0.5 /* narrower ones cannot be seen */
#define LETTER_W  6.2
#define LEGIBLE	  4 /* letters */

struct flame {
	struct strbuf out;
	double ns_per_px, whole;
	int depth; /* of the deepest level that is drawn */
};

static double cpu_of(const struct ep_node *n) /* NOLINT(misc-no-recursion) */
{
	double sum = 0;

	if (strcmp(n->kind, "window") != 0)
		return ep_apart(n) ? 0 : n->sum_ns;
	for (size_t i = 0; i < n->n; i++)
		sum += cpu_of(&n->v[i]);
	return sum;
}

static int depth_of(const struct flame *f, const struct ep_node *n) /* NOLINT(misc-no-recursion) */
{
	int deepest = 0;

	for (size_t i = 0; i < n->n; i++)
		if (cpu_of(&n->v[i]) >= FRAME_MIN * f->ns_per_px) {
			int d = 1 + depth_of(f, &n->v[i]);

			deepest = d > deepest ? d : deepest;
		}
	return deepest;
}

/* As much of it as there is room for. */
static void put_name(struct flame *f, const char *name, double x, double y, double width)
{
	if (width >= 6 + LEGIBLE * LETTER_W)
		svg_text(&f->out, "name", x + 3, y + 14, name, (size_t)((width - 6) / LETTER_W));
}

/* alarm: below a phase that only events which match a rule go through. */
static void frame(struct flame *f, const struct ep_node *n, double x, int level,
		  bool alarm) /* NOLINT */
{
	double ns = cpu_of(n), width = ns / f->ns_per_px, y = (f->depth - level) * FRAME_H;
	const char *name = n->name && *n->name ? n->name : "unnamed";

	if (width < FRAME_MIN)
		return;
	alarm = alarm || (!strcmp(n->kind, "phase") &&
			  (!strcmp(name, "rules_broken") || !strcmp(name, "output")));
	strbuf_addf(&f->out,
		    "<rect class=\"%s frame\" fill-opacity=\"%.2f\" x=\"%.1f\" y=\"%.1f\" "
		    "width=\"%.1f\" height=\"%d\"><title>",
		    alarm ? "c1" : "c0", level % 2 ? 0.45 : 0.6, x, y, width, FRAME_H - 1);
	escape_html(&f->out, name);
	strbuf_addf(&f->out, ": %s, %s of the CPU time, %lld times</title></rect>\n",
		    UNITS_DURATION(ns), UNITS_SHARE(ns / f->whole), (long long)n->count);
	put_name(f, name, x, y, width);
	for (size_t i = 0; i < n->n; i++) {
		frame(f, &n->v[i], x, level + 1, alarm);
		x += cpu_of(&n->v[i]) / f->ns_per_px;
	}
}

char *profile_tree_flame(const struct ep_node *root, const char *what)
{
	struct flame f = {.out = STRBUF_INIT, .whole = cpu_of(root)};
	char *desc cleanup_free = NULL;

	if (!(f.whole > 0))
		return NULL;
	f.ns_per_px = f.whole / WIDTH;
	f.depth = depth_of(&f, root);
	desc = xasprintf("CPU time of %s, each as wide as its time; %s in all.", what,
			 UNITS_DURATION(f.whole));
	svg_begin(&f.out, "Flame graph of the engine", desc, WIDTH, (f.depth + 1) * FRAME_H);
	frame(&f, root, 0, 0, false);
	svg_end(&f.out);
	return strbuf_detach(&f.out);
}

char *profile_flame_svg(const struct eprofile *p)
{
	return profile_tree_flame(&p->tree,
				  "the consumer: phases, in these event types, rules and checks");
}

/* ---- distributions ---- */

#define LABEL_W 300
#define TOP	4
#define ROW_H	56
#define BAR_H	40
#define AXIS_H	44

struct plot {
	struct strbuf out;
	struct svg_scale x;
};

/* On a logarithmic axis less than 1 ns is shown as 1 ns. */
static double x_of(const struct plot *g, double ns)
{
	return svg_scale_px(&g->x, fmax(ns, 1));
}

static void set_range(struct plot *g, const struct profile_hist *v, size_t n)
{
	double lo = INFINITY, hi = 1;

	for (size_t i = 0; i < n; i++) {
		const struct ep_time *t = v[i].time;

		if (!t->n)
			continue;
		lo = fmin(lo, fmax(t->v[0].lo_ns, 1));
		hi = fmax(hi, t->v[t->n - 1].hi_ns);
	}
	svg_scale_make(&g->x, lo, hi, LABEL_W, WIDTH - 20);
}

static void row(struct plot *g, const struct profile_hist *h, double y)
{
	const struct ep_time *t = h->time;
	int64_t most = 1;

	for (size_t i = 0; i < t->n; i++)
		most = t->v[i].n > most ? t->v[i].n : most;
	svg_text(&g->out, "label", LABEL_W - 8, y + ROW_H - 16, h->label,
		 (size_t)((LABEL_W - 12) / SVG_LETTER_W));
	for (size_t i = 0; i < t->n; i++) {
		const struct ep_bucket *b = &t->v[i];
		double x = x_of(g, b->lo_ns), high = fmax((double)b->n / (double)most * BAR_H, 1);

		strbuf_addf(&g->out,
			    "<rect class=\"c0\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			    "height=\"%.1f\"><title>%s to %s: %lld</title></rect>\n",
			    x, y + ROW_H - 8 - high, fmax(x_of(g, b->hi_ns) - x - 0.5, 1), high,
			    UNITS_DURATION(b->lo_ns), UNITS_DURATION(b->hi_ns), (long long)b->n);
	}
}

static void describe(const struct profile_hist *v, size_t n, struct strbuf *desc)
{
	strbuf_addstr(desc, "Distributions on a logarithmic scale: ");
	for (size_t i = 0; i < n; i++) {
		strbuf_addstr(desc, v[i].label);
		if (v[i].time->n)
			strbuf_addf(desc, " median %s, p99 %s%s", UNITS_DURATION(v[i].time->p50_ns),
				    UNITS_DURATION(v[i].time->p99_ns), i + 1 < n ? "; " : ".");
		else
			strbuf_addf(desc, " never timed%s", i + 1 < n ? "; " : ".");
	}
}

char *profile_hist_svg(const char *title, const struct profile_hist *v, size_t n)
{
	struct plot g = {.out = STRBUF_INIT, .x = {.unit = SVG_NS, .log = true}};
	struct strbuf desc cleanup_strbuf = STRBUF_INIT;
	bool any = false;

	for (size_t i = 0; i < n; i++)
		any = any || v[i].time->n;
	if (!any)
		return NULL;
	set_range(&g, v, n);
	describe(v, n, &desc);
	svg_begin(&g.out, title, desc.buf, WIDTH, TOP + (int)n * ROW_H + AXIS_H);
	svg_axis_x(&g.out, &g.x, "time of one, each row as high as its most frequent one", TOP,
		   TOP + (double)n * ROW_H);
	for (size_t i = 0; i < n; i++)
		row(&g, &v[i], TOP + (double)i * ROW_H);
	svg_end(&g.out);
	return strbuf_detach(&g.out);
}
