/* SPDX-License-Identifier: Apache-2.0 */
/* The call tree as a flame graph, and latency distributions, as pictures of the page. */
#include "base/mem.h"
#include "base/units.h"
#include "report/escape.h"
#include "report/profile.h"

#include <math.h>
#include <string.h>

#define WIDTH 960 /* pixels */

static const char svg_begin[] =
	"<svg class=\"chart\" role=\"img\" aria-labelledby=\"%s-t %s-d\" viewBox=\"0 0 %d %d\" "
	"width=\"%d\" xmlns=\"http://www.w3.org/2000/svg\">\n";

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
	size_t room = (size_t)((width - 6) / LETTER_W), len = 0, letters = 0;
	char *cut cleanup_free = NULL;
	bool whole = escape_width(name) <= room;

	if (width < 6 + LEGIBLE * LETTER_W)
		return;
	while (name[len] && letters + !whole < room) {
		size_t n = escape_char_len(name + len);

		len += n ? n : 1;
		letters++;
	}
	cut = xstrndup(name, len);
	strbuf_addf(&f->out, "<text class=\"name\" x=\"%.1f\" y=\"%.1f\">", x + 3, y + 14);
	escape_html(&f->out, cut);
	strbuf_addf(&f->out, "%s</text>\n", whole ? "" : "\xe2\x80\xa6");
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
		    alarm ? "over" : "bar", level % 2 ? 0.45 : 0.6, x, y, width, FRAME_H - 1);
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

	if (!(f.whole > 0))
		return NULL;
	f.ns_per_px = f.whole / WIDTH;
	f.depth = depth_of(&f, root);
	strbuf_addf(&f.out, svg_begin, "flame", "flame", WIDTH, (f.depth + 1) * FRAME_H, WIDTH);
	strbuf_addf(&f.out,
		    "<title id=\"flame-t\">Flame graph of the engine</title><desc id=\"flame-d\">"
		    "CPU time of %s, each as wide as its time; %s in all.</desc>\n",
		    what, UNITS_DURATION(f.whole));
	frame(&f, root, 0, 0, false);
	strbuf_addstr(&f.out, "</svg>");
	return strbuf_detach(&f.out);
}

char *profile_flame_svg(const struct eprofile *p)
{
	return profile_tree_flame(&p->tree,
				  "the consumer: phases, in these event types, rules and checks");
}

/* ---- distributions ---- */

#define LABEL_W 300
#define PLOT_W	(WIDTH - LABEL_W - 20)
#define ROW_H	56
#define BAR_H	40
#define AXIS_H	40

struct plot {
	struct strbuf out;
	double lo, hi; /* log10 of ns */
};

static double x_of(const struct plot *g, double ns)
{
	double at = (log10(fmax(ns, 1e-3)) - g->lo) / (g->hi - g->lo);

	return LABEL_W + fmin(fmax(at, 0), 1) * PLOT_W;
}

static void set_range(struct plot *g, const struct profile_hist *v, size_t n)
{
	g->lo = INFINITY;
	g->hi = -INFINITY;
	for (size_t i = 0; i < n; i++) {
		const struct ep_time *t = v[i].time;

		if (!t->n)
			continue;
		g->lo = fmin(g->lo, log10(fmax(t->v[0].lo_ns, 1)));
		g->hi = fmax(g->hi, log10(fmax(t->v[t->n - 1].hi_ns, 1)));
	}
	g->lo = floor(g->lo);
	g->hi = fmax(ceil(g->hi), g->lo + 1);
}

static void axis(struct plot *g, size_t n)
{
	double bottom = (double)n * ROW_H;

	for (int i = (int)g->lo; i <= (int)g->hi; i++) {
		double ns = pow(10, i), x = x_of(g, ns);

		strbuf_addf(&g->out,
			    "<line class=\"grid\" x1=\"%.1f\" y1=\"0\" x2=\"%.1f\" y2=\"%.1f\"/>"
			    "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
			    x, x, bottom, x, bottom + 16, UNITS_DURATION(ns));
	}
}

static void row(struct plot *g, const struct profile_hist *h, double y)
{
	const struct ep_time *t = h->time;
	int64_t most = 1;

	for (size_t i = 0; i < t->n; i++)
		most = t->v[i].n > most ? t->v[i].n : most;
	strbuf_addf(&g->out, "<text class=\"label\" x=\"%d\" y=\"%.1f\">", LABEL_W - 8,
		    y + ROW_H - 16);
	escape_html(&g->out, h->label);
	strbuf_addstr(&g->out, "</text>\n");
	for (size_t i = 0; i < t->n; i++) {
		const struct ep_bucket *b = &t->v[i];
		double x = x_of(g, b->lo_ns), high = fmax((double)b->n / (double)most * BAR_H, 1);

		strbuf_addf(&g->out,
			    "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			    "height=\"%.1f\"><title>%s to %s: %lld</title></rect>\n",
			    x, y + ROW_H - 8 - high, fmax(x_of(g, b->hi_ns) - x - 0.5, 1), high,
			    UNITS_DURATION(b->lo_ns), UNITS_DURATION(b->hi_ns), (long long)b->n);
	}
}

char *profile_hist_svg(const char *id, const char *title, const struct profile_hist *v, size_t n)
{
	struct plot g = {.out = STRBUF_INIT};
	bool any = false;

	for (size_t i = 0; i < n; i++)
		any = any || v[i].time->n;
	if (!any)
		return NULL;
	set_range(&g, v, n);
	strbuf_addf(&g.out, svg_begin, id, id, WIDTH, (int)n * ROW_H + AXIS_H, WIDTH);
	strbuf_addf(&g.out, "<title id=\"%s-t\">", id);
	escape_html(&g.out, title);
	strbuf_addf(&g.out, "</title><desc id=\"%s-d\">Distributions on a logarithmic scale: ", id);
	for (size_t i = 0; i < n; i++) {
		escape_html(&g.out, v[i].label);
		if (v[i].time->n)
			strbuf_addf(&g.out, " median %s, p99 %s%s",
				    UNITS_DURATION(v[i].time->p50_ns),
				    UNITS_DURATION(v[i].time->p99_ns), i + 1 < n ? "; " : ".");
		else
			strbuf_addf(&g.out, " never timed%s", i + 1 < n ? "; " : ".");
	}
	strbuf_addstr(&g.out, "</desc>\n");
	axis(&g, n);
	for (size_t i = 0; i < n; i++)
		row(&g, &v[i], (double)i * ROW_H);
	strbuf_addstr(&g.out, "</svg>");
	return strbuf_detach(&g.out);
}
