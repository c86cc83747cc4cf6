/* SPDX-License-Identifier: Apache-2.0 */
/* The call tree for other programs: folded stacks and a Graphviz graph. */
#include "base/units.h"
#include "base/utf8.h"
#include "report/profile.h"

#include <math.h>
#include <string.h>

static const char *name_of(const struct ep_node *n)
{
	return n->name && *n->name ? n->name : "unnamed";
}

/* ---- folded stacks ---- */

struct folding {
	struct strbuf path, *out;
	double sum; /* of the self times so far */
};

static void add_frame(struct strbuf *path, const char *name)
{
	size_t from;

	if (path->len)
		strbuf_addch(path, ';');
	from = path->len;
	utf8_add_clean(path, name, "\n\r\t");
	for (size_t i = from; i < path->len; i++) {
		char *c = &path->buf[i];

		if (*c == ';')
			*c = ',';
		else if (*c == '\n' || *c == '\r' || *c == '\t')
			*c = ' ';
	}
}

/* The rounded sums' differences, rather than rounded numbers: so the lines' sum is right. */
static void fold(struct folding *f, const struct ep_node *n) /* NOLINT(misc-no-recursion) */
{
	size_t len = f->path.len;
	double before = f->sum;
	long long ns;

	if (ep_apart(n))
		return;
	add_frame(&f->path, name_of(n));
	f->sum += ep_self_ns(n);
	ns = llround(f->sum) - llround(before);
	if (ns > 0)
		strbuf_addf(f->out, "%s %lld\n", f->path.buf, ns);
	for (size_t i = 0; i < n->n; i++)
		fold(f, &n->v[i]);
	strbuf_setlen(&f->path, len);
}

void profile_tree_folded(const struct ep_node *root, struct strbuf *out)
{
	struct folding f = {.path = STRBUF_INIT, .out = out};

	fold(&f, root);
	strbuf_release(&f.path);
}

void profile_folded(const struct eprofile *p, struct strbuf *out)
{
	struct ep_node root = p->tree;

	/* Rounding of the window is nobody's time. */
	root.sum_ns = 0;
	profile_tree_folded(&root, out);
}

/* ---- Graphviz ---- */

struct graph {
	struct strbuf *out;
	double cpu, least;
	size_t n; /* boxes so far */
};

/* In a quoted string a backslash begins an escape sequence and an ampersand an entity. */
static void add_label(struct strbuf *out, const char *name)
{
	struct strbuf clean cleanup_strbuf = STRBUF_INIT;

	utf8_add_clean(&clean, name, "\n\r\t");
	for (const char *c = clean.buf; *c; c++) {
		if (*c == '"' || *c == '\\')
			strbuf_addf(out, "\\%c", *c);
		else if (*c == '&')
			strbuf_addstr(out, "&amp;");
		else
			strbuf_addch(out, *c == '\n' || *c == '\r' || *c == '\t' ? ' ' : *c);
	}
}

static void add_figures(const struct graph *g, const struct ep_node *n, struct strbuf *out)
{
	bool samples = !strcmp(n->kind, "process") || !strcmp(n->kind, "frame");

	strbuf_addf(out, "\\n%lld %s", (long long)n->count, samples ? "samples" : "x");
	if (!samples && n->count > 0 && strcmp(n->kind, "window") != 0)
		strbuf_addf(out, " %s", UNITS_DURATION(n->sum_ns / (double)n->count));
	strbuf_addf(out, "\\n%s", UNITS_DURATION(n->sum_ns));
	if (g->cpu > 0 && !ep_apart(n) && strcmp(n->kind, "window"))
		strbuf_addf(out, ", %s of the CPU time", UNITS_SHARE(n->sum_ns / g->cpu));
}

static size_t add_box(struct graph *g, const struct ep_node *n, const char *extra)
{
	strbuf_addf(g->out, "\tn%zu [label=\"", g->n);
	add_label(g->out, name_of(n));
	add_figures(g, n, g->out);
	strbuf_addf(g->out, "\"%s%s];\n", extra, ep_apart(n) ? ", style=dashed" : "");
	return g->n++;
}

static void add_edge(struct graph *g, size_t from, size_t to, const struct ep_node *n)
{
	double share = g->cpu > 0 && !ep_apart(n) ? n->sum_ns / g->cpu : 0;

	strbuf_addf(g->out, "\tn%zu -> n%zu [label=\"%lld\", penwidth=%.2f];\n", from, to,
		    (long long)n->count, 1 + 6 * fmin(fmax(share, 0), 1));
}

static void draw(struct graph *g, const struct ep_node *n,
		 size_t at) /* NOLINT(misc-no-recursion) */
{
	struct ep_node rest = {.name = "other", .kind = n->n ? n->v[0].kind : "rest"};
	size_t n_rest = 0;

	for (size_t i = 0; i < n->n; i++) {
		const struct ep_node *c = &n->v[i];

		/* Phases are always shown. */
		if (strcmp(n->kind, "window") && c->sum_ns < g->least) {
			rest.count += c->count;
			rest.sum_ns += c->sum_ns;
			n_rest++;
			continue;
		}
		add_edge(g, at, g->n, c);
		draw(g, c, add_box(g, c, ""));
	}
	if (n_rest) {
		char name[64];

		snprintf(name, sizeof(name), "%zu more, below %s each", n_rest,
			 UNITS_SHARE(PROFILE_DOT_MIN));
		rest.name = name;
		add_edge(g, at, g->n, &rest);
		add_box(g, &rest, ", style=dotted");
	}
}

void profile_tree_dot(const struct ep_node *root, double cpu_ns, struct strbuf *out)
{
	struct graph g = {.out = out, .cpu = cpu_ns};

	g.least = PROFILE_DOT_MIN * g.cpu;
	strbuf_addstr(out, "digraph profile {\n\trankdir=LR;\n\tcharset=\"UTF-8\";\n"
			   "\tnode [shape=box, fontname=\"sans-serif\", fontsize=10];\n"
			   "\tedge [fontname=\"sans-serif\", fontsize=9];\n");
	draw(&g, root, add_box(&g, root, ""));
	strbuf_addstr(out, "}\n");
}

void profile_dot(const struct eprofile *p, struct strbuf *out)
{
	profile_tree_dot(&p->tree, ep_cpu_ns(p), out);
}
