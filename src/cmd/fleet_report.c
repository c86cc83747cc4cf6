/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune fleet collect and fleet report: what the hosts of a fleet say, merged. */
#include "advise/settings.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/opts.h"
#include "cmd/fleet.h"
#include "fleet/classes.h"
#include "report/fleet.h"

#include <stdlib.h>
#include <string.h>

struct args {
	struct strvec paths, sets;
	const char *config, *out;
	int64_t jobs, top;
	double max_drop;
	int format;
};

#define OPTS_READ(a)                                                                               \
	{'c',                                                                                      \
	 "config",                                                                                 \
	 OPT_STR,                                                                                  \
	 &(a)->config,                                                                             \
	 .arg = "FILE",                                                                            \
	 .help = "falco.yaml of the fleet: its buffers, and what changes go on top of (default: "  \
		 "the values that Falco ships)"},                                                  \
		{'o',                                                                              \
		 "option",                                                                         \
		 OPT_STRS,                                                                         \
		 &(a)->sets,                                                                       \
		 .arg = "KEY=VALUE",                                                               \
		 .help = "setting on top of falco.yaml, as Falco's -o; may be repeated"},          \
	{                                                                                          \
		'j', "jobs", OPT_INT, &(a)->jobs, .arg = "N", .min = 1, .max = FLEET_JOBS_MAX,     \
						  .help = "threads that read (default: one a CPU)" \
	}

/* ---- usage ---- */

static const struct opts_usage collect_usage = {
	.program = "falcotune fleet collect",
	.operands = "DIR|FILE...",
	.summary =
		"Merges what the hosts of a fleet left into one file, a line of JSON a host "
		"(templates/fleet.schema.json).\nA file is, by its content: a Falco's metrics "
		"(metrics.output_file, its JSON log, a Prometheus\nscrape), results.json of "
		"falcotune run, host.json of falcotune survey, or a file that this\nwrote. A "
		"host is who its content says; else its file, or its folder, is named after it. "
		"What\ncannot be read is counted and named, and the rest is read.\n\n"
		"Exit codes: 0 fine; 2 bad usage, a path that cannot be read, or no host in any.",
	.examples = "  falcotune fleet collect results/ --out fleet.jsonl\n"
		    "  falcotune fleet collect east.jsonl west.jsonl --out fleet.jsonl\n"
		    "  falcotune fleet collect /srv/falco-metrics -c falco.yaml | "
		    "falcotune fleet report -\n",
};

static const struct opts_usage report_usage = {
	.program = "falcotune fleet report",
	.operands = "DIR|FILE...",
	.summary =
		"Says what a fleet's hosts say together, from files of falcotune fleet collect or "
		"from what that\nreads: classes by CPUs, driver, kernel and event rate; tails "
		"(p50, "
		"p99, p99.9, max) over hosts;\nthe hosts that drop, each with its verdict; one "
		"recommended profile for each class; hosts that\ndisagree with their class; and "
		"what could not be read.\n\n"
		"Exit codes: 0 fine; 2 bad usage, a path that cannot be read, or no host in any.",
	.examples = "  falcotune fleet report results/\n"
		    "  falcotune fleet report fleet.jsonl --format html >fleet.html\n"
		    "  falcotune fleet report fleet.jsonl --max-drop 0.1% --top 0\n"
		    "  falcotune fleet report fleet.jsonl --format json | jq '.drops[].verdict'\n",
};

static int take_paths(struct args *a, int argc, char **argv, int first, struct error *err)
{
	for (int i = first; i < argc; i++)
		strvec_push(&a->paths, argv[i]);
	if (!a->paths.n)
		return error_input(err, "expected DIR or FILE; try falcotune fleet %s --help",
				   argv[0]);
	return 0;
}

/* ---- reading ---- */

static int read_fleet(const struct args *a, struct fleet *f, struct error *err)
{
	struct config_input in = {.file = a->config, .sets = &a->sets, .lenient = true};
	struct fleet_options o = {.jobs = (int)a->jobs};
	struct config c;
	int rc;

	if (config_load(&c, &in, err))
		return -1;
	o.take.config = &c;
	rc = fleet_read(&a->paths, &o, f, err);
	config_release(&c);
	return rc;
}

static int write_out(const char *path, const struct strbuf *text, struct error *err)
{
	if (path && strcmp(path, "-") != 0)
		return fs_write_file(path, text->buf, text->len, 0644, err);
	return cmd_print(text, err);
}

static void release(struct args *a)
{
	strvec_release(&a->paths);
	strvec_release(&a->sets);
}

/* ---- collect ---- */

static void say_collected(struct cmd_ctx *ctx, const struct fleet *f)
{
	log_print(&ctx->log, LOG_NOTE, "%zu hosts from %llu files, %llu samples", f->n,
		  (unsigned long long)f->files, (unsigned long long)f->samples);
	if (f->n_broken)
		log_print(&ctx->log, LOG_WARNING,
			  "%zu files could not be read, or have broken lines; the first: %s: %s",
			  f->n_broken, f->broken[0].file, f->broken[0].why);
}

int cmd_fleet_collect(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct args a = {.out = NULL};
	const struct opt opts[] = {
		{0, "out", OPT_STR, &a.out, .arg = "FILE|-",
		 .help = "write the merged file there (default: standard output)"},
		OPTS_READ(&a),
		{0},
	};
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;
	struct fleet f = {0};
	int first, rc = opts_parse(argc, argv, opts, &collect_usage, &first, &err);

	if (!rc)
		rc = take_paths(&a, argc, argv, first, &err) || read_fleet(&a, &f, &err) ||
				     fleet_write(&f, &text, &err) || write_out(a.out, &text, &err)
			     ? -1
			     : 0;
	if (!rc && f.n)
		say_collected(ctx, &f);
	fleet_release(&f);
	release(&a);
	return rc < 0 ? cmd_fail(ctx, &err) : EXIT_FINE;
}

/* ---- report ---- */

/* On top of a configuration for another driver, what the class has comes first. */
static void add_settings(const struct fleet_class *c, const char *kind, struct strvec *out)
{
	bool known = c->driver && (!strcmp(c->driver, engine_kind_names[ENGINE_KMOD]) ||
				   !strcmp(c->driver, engine_kind_names[ENGINE_MODERN_EBPF]));

	if (c->settings.n && known && strcmp(c->driver, kind) != 0)
		strvec_pushf(out, "engine.kind=%s", c->driver);
	strvec_copy(out, &c->settings);
}

/* The profiles in the spellings that people paste, on top of the fleet's falco.yaml. */
static int spell(const struct args *a, const struct fleet_summary *s, struct fleet_spelling *out,
		 struct error *err)
{
	const struct config_input user = {.file = a->config, .sets = &a->sets, .lenient = true};
	struct advice all = {0};
	struct config c;
	int rc;

	if (config_load(&c, &user, err))
		return -1;
	for (size_t i = 0; i < s->n_classes; i++)
		add_settings(&s->classes[i], engine_kind_names[c.kind],
			     &advice_add(&all, ADVICE_CASE)->change);
	config_release(&c);
	rc = settings_spell(&user, false, &all, err);
	for (size_t i = 0; !rc && i < s->n_classes; i++) {
		out[i].flags = all.v[i].flags;
		out[i].helm = all.v[i].helm;
		all.v[i].flags = all.v[i].helm = NULL;
	}
	advice_release(&all);
	return rc;
}

static int report(const struct args *a, const struct fleet *f, struct error *err)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT, source cleanup_strbuf = STRBUF_INIT;
	struct fleet_spelling *spellings;
	struct fleet_summary s;
	int rc;

	fleet_summarise(f, &s);
	spellings = xcalloc(s.n_classes + 1, sizeof(*spellings));
	strvec_join(&a->paths, ", ", &source);
	rc = spell(a, &s, spellings, err);
	if (!rc) {
		const struct fleet_report r = {.summary = &s,
					       .spellings = spellings,
					       .source = source.buf,
					       .top = (size_t)a->top};

		rc = fleet_report(&r, (enum out_format)a->format, &text, err);
	}
	if (!rc)
		rc = write_out(NULL, &text, err);
	for (size_t i = 0; i < s.n_classes; i++) {
		free(spellings[i].flags);
		free(spellings[i].helm);
	}
	free(spellings);
	fleet_summary_release(&s);
	return rc;
}

int cmd_fleet_report(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct args a = {.top = 20};
	const struct opt opts[] = {
		{0, "format", OPT_CHOICE, &a.format, .arg = "FORMAT",
		 .help = "text, json, csv (one row a host), md or html",
		 .choices = out_format_names},
		{0, "top", OPT_INT, &a.top, .arg = "N", .min = 0, .max = 1000000,
		 .help = "rows of each table in text, md and html (default 20; 0 = all)"},
		{0, "max-drop", OPT_SHARE, &a.max_drop, .arg = "SHARE",
		 .help = "a host that loses no more than this does not drop (default 0)"},
		OPTS_READ(&a),
		{0},
	};
	struct error err = ERROR_INIT;
	struct fleet f = {0};
	int first, rc = opts_parse(argc, argv, opts, &report_usage, &first, &err);

	if (!rc)
		rc = take_paths(&a, argc, argv, first, &err) || read_fleet(&a, &f, &err) ? -1 : 0;
	f.drop_limit = a.max_drop;
	if (!rc && f.n)
		rc = report(&a, &f, &err);
	fleet_release(&f);
	release(&a);
	return rc < 0 ? cmd_fail(ctx, &err) : EXIT_FINE;
}
