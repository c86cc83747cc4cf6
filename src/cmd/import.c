/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune import */
#include "cmd/import.h"

#include "advise/verdict_import.h"
#include "base/mem.h"
#include "base/opts.h"
#include "cmd/advise.h"
#include "report/import.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define MIN_INTERVAL_NS INT64_C(1000000)
#define MAX_INTERVAL_NS (INT64_C(86400) * 1000000000)

/* ---- what other commands use ---- */

/* One sink for both. */
static void on_sample(void *arg, const struct import_place *at, const struct metrics_line *l)
{
	import_series_sample(&((struct imported *)arg)->series, at, l);
}

static void on_drop_alert(void *arg, const struct import_place *at, const struct metrics_line *l)
{
	import_series_drop_alert(&((struct imported *)arg)->series, at, l);
}

static void on_round(void *arg, const struct import_place *at, const struct import_round *round)
{
	import_runs_round(&((struct imported *)arg)->runs, at, round);
}

static void on_file(void *arg, const char *file)
{
	import_runs_file(&((struct imported *)arg)->runs, file);
}

static void warn(struct cmd_ctx *ctx, const struct import_counts *c)
{
	for (size_t i = 0; i < c->without_names.n; i++)
		log_print(&ctx->log, LOG_WARNING, "%s: nothing of Falco or event-generator in it",
			  c->without_names.v[i]);
	if (c->files_without > c->without_names.n)
		log_print(&ctx->log, LOG_WARNING, "and %zu more such files",
			  c->files_without - c->without_names.n);
	if (c->broken)
		log_print(&ctx->log, LOG_WARNING, "%llu broken line%s, the first: %s",
			  (unsigned long long)c->broken, c->broken == 1 ? "" : "s",
			  c->broken_names.v[0]);
}

static void begin(struct imported *m, int64_t stats_interval_ns)
{
	const struct import_options o = {stats_interval_ns};
	const struct import_sink sink = {m, on_sample, on_drop_alert, on_round, on_file};

	import_series_init(&m->series);
	import_runs_init(&m->runs);
	import_begin(&m->reader, &o, &sink);
}

int imported_read(struct imported *m, struct cmd_ctx *ctx, const struct strvec *files,
		  int64_t stats_interval_ns, struct error *err)
{
	begin(m, stats_interval_ns);
	if (import_files(&m->reader, files, err))
		return -1;
	import_series_finish(&m->series);
	warn(ctx, &m->reader.counts);
	return 0;
}

int imported_read_text(struct imported *m, struct cmd_ctx *ctx, const char *name,
		       const struct strbuf *text, struct error *err)
{
	begin(m, 0);
	if (import_text(&m->reader, name, text->buf, text->len, err) ||
	    import_check(&m->reader, name, err))
		return -1;
	import_series_finish(&m->series);
	warn(ctx, &m->reader.counts);
	return 0;
}

void imported_release(struct imported *m)
{
	import_end(&m->reader);
	import_series_release(&m->series);
	import_runs_release(&m->runs);
}

int imported_report(const struct imported *m, enum out_format f, bool only_capacity,
		    struct strbuf *out, struct error *err)
{
	const struct advise_args a = {.config = NULL};
	struct import_view view = {.series = &m->series,
				   .runs = &m->runs,
				   .counts = &m->reader.counts,
				   .only_capacity = only_capacity};
	struct verdict_list list = {0};
	struct verdict_input in;
	struct config c;
	int rc;

	if (m->series.n) {
		if (advise_config(&a, NULL, &c, err))
			return -1;
		advise_fill_input(&in, &c, import_series_worst(&m->series)->n_cpus);
		verdict_import(&in, &m->series, &list);
		view.verdicts = &list;
		config_release(&c);
	}
	rc = import_report(&view, f, out, err);
	verdict_list_release(&list);
	return rc;
}

int imported_print(const struct imported *m, enum out_format f, bool only_capacity,
		   struct error *err)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	int rc = imported_report(m, f, only_capacity, &text, err);

	if (!rc)
		fwrite(text.buf, 1, text.len, stdout);
	return rc;
}

bool imported_looks_like(const char *path)
{
	int fd cleanup_close = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *head cleanup_free = xmalloc(65536);
	ssize_t n = fd < 0 ? -1 : read(fd, head, 65536);

	return n > 0 && import_looks_like(head, (size_t)n);
}

/* ---- the command ---- */

struct args {
	struct strvec files;
	int64_t stats_interval_ns;
	int format;
};

static int parse(int argc, char **argv, struct args *a, struct error *err)
{
	const struct opt opts[] = {
		{0, "stats-interval", OPT_DURATION, &a->stats_interval_ns, .arg = "TIME",
		 .help = "between two lines of a file of falco -s, which has no times (default 1s; "
			 "Falco's own default was 5s)"},
		{0, "format", OPT_CHOICE, &a->format, .arg = "FORMAT", .help = "output",
		 .choices = out_format_names},
		{0},
	};
	static const struct opts_usage usage = {
		.program = "falcotune import",
		.operands = "FILE...",
		.summary = "Says what data that is there already shows: event rates, drops by "
			   "cause, the worst\n"
			   "period, restarts, what Falco carried before it first dropped, and what "
			   "to do\n"
			   "next. It reads metrics files (JSON lines, Falco 0.38 to 0.44), JSON "
			   "logs with\n"
			   "metrics snapshots and drop alerts, Prometheus scrapes, the file of "
			   "falco -s,\n"
			   "and logs of event-generator bench, text or JSON; each line tells what "
			   "it is.\n"
			   "Files may be given in any order and compressed by gzip, several hosts "
			   "and\n"
			   "Falcos may share one, and - is standard input. Memory does not grow "
			   "with the\n"
			   "size of the files. Lines that are broken are counted, the first ones "
			   "named.\n"
			   "\n"
			   "Exit codes: 0 read; 2 a file that cannot be read, or nothing of this "
			   "in any.",
		.examples = "  falcotune import /var/log/falco/metrics.jsonl*\n"
			    "  kubectl logs -n falco ds/falco | falcotune import -\n"
			    "  falcotune import stats.json --stats-interval 1s --format json\n"
			    "  falcotune import bench.log\n",
	};
	int first, rc = opts_parse(argc, argv, opts, &usage, &first, err);

	if (rc)
		return rc;
	for (int i = first; i < argc; i++)
		strvec_push(&a->files, argv[i]);
	if (!a->files.n)
		return error_input(err, "expected a FILE, or - for standard input; try falcotune "
					"import --help");
	if (a->stats_interval_ns &&
	    (a->stats_interval_ns < MIN_INTERVAL_NS || a->stats_interval_ns > MAX_INTERVAL_NS))
		return error_input(err, "option --stats-interval: expected 1ms to 24h");
	return 0;
}

int cmd_import(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct args a = {.stats_interval_ns = 0};
	struct error err = ERROR_INIT;
	struct imported m = {.reader = {.state = NULL}};
	int rc = parse(argc, argv, &a, &err);

	if (!rc)
		rc = imported_read(&m, ctx, &a.files, a.stats_interval_ns, &err) ||
				     imported_print(&m, (enum out_format)a.format, false, &err)
			     ? -1
			     : 0;
	imported_release(&m);
	strvec_release(&a.files);
	return rc < 0 ? cmd_fail(ctx, &err) : EXIT_FINE;
}
