/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falcotune survey: how often this host makes each system call, or what an earlier profile says.
 */
#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "cmd/cmd.h"
#include "cmd/hostrates.h"
#include "cmd/release.h"
#include "report/host_report.h"
#include "run/surveyproc.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_NS (10 * NS_PER_S)
#define MIN_NS	   (100 * NS_PER_MS)
#define MAX_NS	   (168 * 3600 * NS_PER_S)

struct survey_args {
	struct survey_spec spec;
	struct host_report_opts show;
	struct strvec by, rules, sets, cases;
	struct matrix_input in;
	const char *from, *out, *falco;
	bool anonymise, duration_given, print_commands;
	int64_t top;
	int format;
};

/* The first of out_format_names, in their order. */
static const char *const formats[] = {"text", "json", "csv", "md", NULL};

static const struct opts_usage usage = {
	.program = "falcotune survey",
	.operands = "",
	.summary =
		"Counts every system call of this host in the kernel, second by second, without "
		"sending\nan event anywhere; names and counts are those that Falco would give its "
		"exit events.\nThen the kernel event rate that Falco would have with each case of "
		"the "
		"matrix and, with\n-c or -r, with your own rules: the sum over the set that it "
		"would "
		"select.\nNeeds root (or CAP_BPF and CAP_PERFMON) unless --from is given. "
		"SIGINT ends it early\nwith what was counted until then; the window that is "
		"printed is the true one.\n\n"
		"Exit codes: 0 fine, SIGINT too; 2 bad usage, or a file that cannot be read; 3 "
		"nothing\ncan be counted here; 128+N ended by another signal N.",
	.examples = "  falcotune survey --duration 60s --out host.json\n"
		    "  falcotune survey --by process --by path\n"
		    "  falcotune survey --from host.json -c falco.yaml -r my_rules.yaml\n"
		    "  falcotune survey --from host.json --anonymise --out for-others.json\n"
		    "  falcotune survey --from host.json --format csv\n",
};

static int read_views(struct survey_args *a, struct error *err)
{
	for (size_t i = 0; i < a->by.n; i++) {
		size_t k = 0;

		while (host_view_names[k] && strcmp(host_view_names[k], a->by.v[i]))
			k++;
		if (!host_view_names[k])
			return error_input(err,
					   "option --by: '%s' is none of syscall, process, cgroup, "
					   "path",
					   a->by.v[i]);
		a->show.views |= 1u << k;
	}
	if (!a->show.views)
		a->show.views = HOST_BY_SYSCALL;
	a->spec.by_process = a->show.views & HOST_BY_PROCESS;
	a->spec.by_cgroup = a->show.views & HOST_BY_CGROUP;
	a->spec.by_path = a->show.views & HOST_BY_PATH;
	return 0;
}

static int validate(struct survey_args *a, struct error *err)
{
	a->show.top = (size_t)a->top;
	if (a->from && a->duration_given)
		return error_input(err, "--from reads a profile that was taken; --duration has no "
					"meaning with it");
	if (a->spec.duration_ns < MIN_NS || a->spec.duration_ns > MAX_NS)
		return error_input(err, "option --duration: expected 100ms to 168h");
	return read_views(a, err);
}

static int parse(int argc, char **argv, struct survey_args *a, struct error *err)
{
	const struct opt opts[] = {
		{'d', "duration", OPT_DURATION, &a->spec.duration_ns, .arg = "TIME",
		 .help = "how long to count (default 10s)", .given = &a->duration_given},
		{0, "by", OPT_STRS, &a->by, .arg = "WHAT",
		 .help = "syscall (default), process, cgroup (that of a v1 controller where the "
			 "host has them) or path (leading path of open-like calls); may be "
			 "repeated"},
		{0, "top", OPT_INT, &a->top, .arg = "N", .min = 0, .max = 100000,
		 .help = "rows of each table in text and md (default 20; 0 = all)"},
		{0, "out", OPT_STR, &a->out, .arg = "FILE",
		 .help = "write the whole profile there, as host.json"},
		{0, "from", OPT_STR, &a->from, .arg = "FILE",
		 .help = "show or convert this host.json instead of counting"},
		{0, "anonymise", OPT_FLAG, &a->anonymise,
		 .help = "drop the host's name, and the names of processes, control groups and "
			 "paths"},
		{'c', "config", OPT_STR, &a->in.config, .arg = "FILE",
		 .help = "falco.yaml of the prediction (default: the values Falco 0.44.1 ships)"},
		{'r', "rules", OPT_STRS, &a->rules, .arg = "FILE|DIR",
		 .help = "rules of the prediction, in place of the dummy rule set; may be "
			 "repeated"},
		{'o', "option", OPT_STRS, &a->sets, .arg = "KEY=VALUE",
		 .help = "set a value of falco.yaml, as Falco's -o does; may be repeated"},
		{0, "cases", OPT_STRS, &a->cases, .arg = "ID|FILE|DIR",
		 .help = "cases whose event rate is predicted (default: the six stock cases); may "
			 "be repeated"},
		{0, "falco", OPT_STR, &a->falco, .arg = "VERSION",
		 .help = "Falco release of the prediction, 0.38.2 to 0.44.1 (default: 0.44.1)"},
		{0, "print-commands", OPT_FLAG, &a->print_commands,
		 .help = "print the command line that would count, and run nothing"},
		{0, "format", OPT_CHOICE, &a->format, .arg = "FORMAT", .choices = formats,
		 .help = "text, json (the profile itself), csv or md"},
		{0},
	};
	int rc = opts_parse(argc, argv, opts, &usage, NULL, err);

	return rc ? rc : validate(a, err);
}

static void print_command(const struct survey_args *a)
{
	char *exe cleanup_free = fs_sibling("falcotune-survey");
	struct strvec argv cleanup_strvec = STRVEC_INIT;
	struct strbuf line cleanup_strbuf = STRBUF_INIT;

	surveyproc_argv(exe ? exe : "falcotune-survey", &a->spec, &argv);
	matrix_shell_line(&argv, &line);
	puts(line.buf);
}

struct counting {
	struct cmd_ctx *ctx;
	int64_t duration_ns;
};

static void say_counting(void *arg)
{
	struct counting *c = arg;

	log_print(&c->ctx->log, LOG_NOTE,
		  "counting for %s; SIGINT (Ctrl-C) ends it early with what was counted",
		  UNITS_DURATION((double)c->duration_ns));
}

static int take(struct cmd_ctx *ctx, const struct survey_args *a, struct host_profile *p,
		int *caught, struct error *err)
{
	struct counting c = {.ctx = ctx, .duration_ns = a->spec.duration_ns};
	struct session s = SESSION_INIT;
	int rc;

	if (session_begin(&s, err))
		return -1;
	rc = surveyproc_run(&s, &a->spec, say_counting, &c, p, err);
	*caught = s.caught;
	session_end(&s);
	return rc;
}

static int print(const struct survey_args *a, const struct host_profile *p,
		 const struct rate_table *rates, struct error *err)
{
	struct strbuf out cleanup_strbuf = STRBUF_INIT;
	struct doc d cleanup_doc = DOC_INIT;
	char *text cleanup_free = NULL;
	json_t *doc;

	switch ((enum out_format)a->format) {
	case FORMAT_JSON:
		doc = host_profile_to_json(p);
		json_object_set_new(doc, "predicted", rate_report_json(rates));
		text = json_dumps(doc, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
		json_decref(doc);
		strbuf_addf(&out, "%s\n", text ? text : "");
		break;
	case FORMAT_CSV:
		host_report_csv(p, &a->show, &out);
		rate_report_csv(rates, &out);
		break;
	case FORMAT_MD:
		host_report_doc(p, &a->show, &d);
		rate_report_doc(rates, &d);
		doc_md(&d, &out);
		break;
	default:
		host_report_doc(p, &a->show, &d);
		rate_report_doc(rates, &d);
		doc_text(&d, &out);
		break;
	}
	return cmd_print(&out, err);
}

/* *code: what to exit with when nothing failed. */
static int act(struct cmd_ctx *ctx, const struct survey_args *a, struct hostrates *rates, int *code,
	       struct error *err)
{
	struct host_profile p cleanup_host_profile;
	int caught = 0;

	host_profile_init(&p);
	if (a->from ? host_profile_read(a->from, &p, err) : take(ctx, a, &p, &caught, err)) {
		if (caught)
			*code = 128 + caught;
		return -1;
	}
	if (caught && caught != SIGINT)
		*code = 128 + caught;
	if (a->anonymise)
		host_profile_anonymise(&p);
	if (a->out && host_profile_write(&p, a->out, err))
		return -1;
	hostrates_fill(rates, &p);
	return print(a, &p, &rates->table, err);
}

/* The selections, before anything is counted. */
static int prepare(struct cmd_ctx *ctx, struct survey_args *a, struct hostrates *rates,
		   struct error *err)
{
	const struct catalogue *cat;

	if (cmd_release(ctx, a->falco, NULL, &cat, err))
		return -1;
	a->in.rules = &a->rules;
	a->in.sets = &a->sets;
	a->in.cases = &a->cases;
	a->in.falco_release = cat->falco;
	return hostrates_prepare(rates, &a->in, cat, a->in.config || a->rules.n || a->sets.n, ctx,
				 err);
}

int cmd_survey(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct survey_args a = {.spec.duration_ns = DEFAULT_NS, .top = 20, .format = FORMAT_TEXT};
	struct hostrates rates = HOSTRATES_INIT;
	struct error err = ERROR_INIT;
	int code = EXIT_FINE, rc = parse(argc, argv, &a, &err);

	if (!rc && a.print_commands && !a.from)
		print_command(&a);
	else if (!rc)
		rc = prepare(ctx, &a, &rates, &err) || act(ctx, &a, &rates, &code, &err) ? -1 : 0;
	hostrates_release(&rates);
	strvec_release(&a.by);
	strvec_release(&a.rules);
	strvec_release(&a.sets);
	strvec_release(&a.cases);
	if (rc < 0) {
		cmd_fail(ctx, &err);
		return code ? code : error_exit_code(&err);
	}
	return code;
}
