/* SPDX-License-Identifier: Apache-2.0 */
/* falcotune fleet plan: the files that bring falcotune, and what it recommends, to a fleet. */
#include "advise/advise.h"
#include "advise/settings.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/opts.h"
#include "base/units.h"
#include "cmd/fleet.h"
#include "fleet/plan.h"

#include <stdio.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

struct args {
	struct plan_spec spec;
	struct strvec what, rules, sets, hosts;
	const char *from;    /* operand */
	const char *results; /* --results */
	const char *out, *cpus;
	bool print, force;
	/* Filled in: */
	struct strvec all_sets; /* of the results, then of -o */
	struct strbuf source;
	char *prefix;
};

static const struct opts_usage usage = {
	.program = "falcotune fleet plan",
	.operands = "[RESULTS]",
	.summary = "Makes the files that measure a fleet with what it already uses: a Kubernetes "
		   "DaemonSet\n(falcotune survey on every node) and Job (falcotune run on one), "
		   "and an Ansible playbook\nwith its inventory; and values of the chart "
		   "falcosecurity/falco with what RESULTS (a folder\nof falcotune run, or its "
		   "results.json) recommends, on top of -c and below -o.\nNothing is sent "
		   "anywhere and nothing is run. The text goes to standard output unless --out\n"
		   "names a folder.\n\nExit codes: 0 fine; 2 bad usage, a file that cannot be "
		   "read or is there already, or\nRESULTS that recommend nothing.",
	.examples = "  falcotune fleet plan --out fleet\n"
		    "  falcotune fleet plan results/20260101-120000 -c falco.yaml --what helm\n"
		    "  falcotune fleet plan --what daemonset --image registry.example/falcotune:1 "
		    "--results pvc:falcotune\n"
		    "  falcotune fleet plan --what ansible --hosts 'node[001:400].example.net' "
		    "--batch 5% --out fleet\n",
};

static int parse(int argc, char **argv, struct args *a, struct error *err)
{
	struct plan_spec *s = &a->spec;
	const struct opt opts[] = {
		{0, "what", OPT_STRS, &a->what, .arg = "WHAT",
		 .help = "daemonset, job, helm or ansible (default: all); may be repeated"},
		{0, "out", OPT_STR, &a->out, .arg = "DIR|-",
		 .help = "write the files there; - is standard output"},
		{0, "print", OPT_FLAG, &a->print, .help = "to standard output, beside --out too"},
		{0, "force", OPT_FLAG, &a->force, .help = "write over files that are there"},
		{'c', "config", OPT_STR, &s->config_file, .arg = "FILE",
		 .help = "falco.yaml of the fleet (default: the values that Falco ships)"},
		{'r', "rules", OPT_STRS, &a->rules, .arg = "FILE",
		 .help = "rules file that the Job runs with; may be repeated"},
		{'o', "option", OPT_STRS, &a->sets, .arg = "KEY=VALUE",
		 .help = "setting on top, as Falco's -o; may be repeated"},
		{0, "image", OPT_STR, &s->image, .arg = "IMAGE",
		 .help = "container image with falcotune (default falcotune:" FALCOTUNE_VERSION
			 ")"},
		{0, "namespace", OPT_STR, &s->namespace, .arg = "NAME",
		 .help = "of Kubernetes (default falcotune)"},
		{0, "node", OPT_STR, &s->node, .arg = "NAME",
		 .help = "node of the Job (default: any)"},
		{0, "results", OPT_STR, &a->results, .arg = "log|hostpath:DIR|pvc:NAME",
		 .help = "where pods leave results: their log (default), a folder of the node, or "
			 "a volume claim"},
		{'d', "duration", OPT_DURATION, &s->survey_ns, .arg = "TIME",
		 .help = "of the survey (default 60s)"},
		{0, "load", OPT_STR, &s->load, .arg = "PROFILE",
		 .help = "load of the run (default mixed)"},
		{0, "timeout", OPT_DURATION, &s->timeout_ns, .arg = "TIME",
		 .help = "a run that takes longer is ended (default 1h)"},
		{0, "cpu-limit", OPT_STR, &a->cpus, .arg = "CPUS",
		 .help = "of the containers, and of the playbook's engines (default 1)"},
		{0, "memory-limit", OPT_SIZE, &s->memory, .arg = "SIZE",
		 .help = "the same of memory (default 1Gi)"},
		{0, "hosts", OPT_STRS, &a->hosts, .arg = "PATTERN",
		 .help = "hosts of the inventory, in Ansible's patterns; may be repeated"},
		{0, "batch", OPT_STR, &s->batch, .arg = "N|N%",
		 .help = "so many hosts at a time (default 10%)"},
		{0, "prefix", OPT_STR, &s->prefix, .arg = "DIR",
		 .help = "installed tree that the playbook copies (default: that of this program)"},
		{0},
	};
	int first, rc = opts_parse(argc, argv, opts, &usage, &first, err);

	if (rc)
		return rc;
	if (argc - first > 1)
		return error_input(err, "unexpected operand '%s'", argv[first + 1]);
	a->from = first < argc ? argv[first] : NULL;
	return 0;
}

/* ---- what the options mean ---- */

static int take_what(struct args *a, struct error *err)
{
	for (size_t i = 0; i < a->what.n; i++) {
		unsigned k = 0;

		while (k < PLAN_N && strcmp(plan_what_names[k], a->what.v[i]))
			k++;
		if (k == PLAN_N)
			return error_input(err,
					   "option --what: '%s' is none of daemonset, job, helm, "
					   "ansible",
					   a->what.v[i]);
		a->spec.what |= 1u << k;
	}
	if (!a->spec.what)
		a->spec.what = (1u << PLAN_N) - 1;
	return 0;
}

static int take_results(struct args *a, struct error *err)
{
	static const struct {
		const char *prefix;
		enum plan_results results;
	} ways[] = {{"hostpath:", PLAN_TO_HOST}, {"pvc:", PLAN_TO_CLAIM}};

	if (!a->results || !strcmp(a->results, "log"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		size_t n = strlen(ways[i].prefix);

		if (strncmp(a->results, ways[i].prefix, n))
			continue;
		a->spec.results = ways[i].results;
		a->spec.results_at = a->results + n;
		return 0;
	}
	return error_input(err, "option --results: '%s', expected log, hostpath:DIR or pvc:NAME",
			   a->results);
}

static int take_limits(struct args *a, struct error *err)
{
	struct plan_spec *s = &a->spec;

	if (a->cpus && (!units_number(a->cpus, &s->cpus) || s->cpus < 0.001 || s->cpus > 100000))
		return error_input(err, "option --cpu-limit: '%s', expected CPUs such as 0.5",
				   a->cpus);
	if (s->memory < (uint64_t)64 << 20)
		return error_input(err, "option --memory-limit: expected 64Mi or more");
	if (s->survey_ns < NS_PER_S || s->survey_ns > 24 * 3600 * NS_PER_S)
		return error_input(err, "option --duration: expected 1s to 24h");
	if (s->timeout_ns < 60 * NS_PER_S || s->timeout_ns > 168 * 3600 * NS_PER_S)
		return error_input(err, "option --timeout: expected 1m to 168h");
	return 0;
}

/* The tree that the executable is in: its folder's parent. */
static char *own_prefix(void)
{
	char *exe cleanup_free = realpath("/proc/self/exe", NULL);
	char *bin cleanup_free = exe ? fs_dirname(exe) : xstrdup("/usr/bin");

	return fs_dirname(bin);
}

static int take(struct args *a, struct error *err)
{
	a->prefix = a->spec.prefix ? fs_absolute(a->spec.prefix) : own_prefix();
	a->spec.prefix = a->prefix;
	a->spec.rules = &a->rules;
	a->spec.hosts = &a->hosts;
	a->spec.sets = &a->all_sets;
	return take_what(a, err) || take_results(a, err) || take_limits(a, err) ||
			       plan_check(&a->spec, err)
		       ? -1
		       : 0;
}

/* ---- what is recommended ---- */

static const struct res_case *recommended(const struct results *r)
{
	for (size_t i = 0; r->rec.case_key && i < r->n_cases; i++)
		if (!strcmp(r->cases[i].key, r->rec.case_key))
			return &r->cases[i];
	return NULL;
}

static int read_results(struct args *a, struct error *err)
{
	const struct res_case *c;
	struct results r;
	int rc = 0;

	if (results_read_file(a->from, &r, err))
		return -1;
	/* Anew: the settings are made here, not taken from a file. */
	advise_results(&r);
	c = recommended(&r);
	if (!r.rec.flags || !c) {
		rc = error_input(err, "%s: nothing is recommended there (%s)", a->from,
				 r.rec.reason ? r.rec.reason : "no case was measured");
	} else {
		settings_of_flags(r.rec.flags, &a->all_sets);
		a->spec.collectors_off = c->plugins_none;
		strbuf_addf(&a->source, "%s, case %s (%s)", a->from, c->key, r.rec.kind);
	}
	results_release(&r);
	return rc;
}

static int read_config(struct args *a, struct config *c, struct error *err)
{
	struct config_input in = {
		.file = a->spec.config_file, .sets = &a->all_sets, .lenient = true};

	if (a->from && read_results(a, err))
		return -1;
	strvec_copy(&a->all_sets, &a->sets);
	if (!a->source.len)
		strbuf_addstr(&a->source, a->spec.config_file ? a->spec.config_file
							      : "the values that Falco ships");
	a->spec.source = a->source.buf;
	return config_load(c, &in, err);
}

/* ---- where it goes ---- */

static int write_files(const struct args *a, const struct plan_files *files, struct error *err)
{
	if (fs_mkdirs(a->out, err))
		return -1;
	for (size_t i = 0; !a->force && i < files->n; i++) {
		char *path cleanup_free = fs_join(a->out, files->v[i].name);

		if (fs_exists(path))
			return error_input(err, "%s: exists already; --force writes over it", path);
	}
	for (size_t i = 0; i < files->n; i++) {
		char *path cleanup_free = fs_join(a->out, files->v[i].name);

		if (fs_write_file(path, files->v[i].text.buf, files->v[i].text.len, 0644, err))
			return -1;
	}
	return 0;
}

static void print_files(const struct plan_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		if (files->n > 1)
			printf("%s# ---- %s ----\n", i ? "---\n" : "", files->v[i].name);
		fwrite(files->v[i].text.buf, 1, files->v[i].text.len, stdout);
	}
}

static int plan(struct cmd_ctx *ctx, struct args *a, struct error *err)
{
	bool to_folder = a->out && strcmp(a->out, "-") != 0;
	struct plan_files files = {0};
	struct config c;
	int rc;

	if (take(a, err) || read_config(a, &c, err))
		return -1;
	for (size_t i = 0; i < c.warnings.n; i++)
		log_print(&ctx->log, LOG_WARNING, "%s", c.warnings.v[i]);
	a->spec.config = &c;
	rc = fleet_plan(&a->spec, &files, err);
	if (!rc && to_folder)
		rc = write_files(a, &files, err);
	if (!rc && (!to_folder || a->print))
		print_files(&files);
	for (size_t i = 0; !rc && to_folder && i < files.n; i++)
		log_print(&ctx->log, LOG_NOTE, "wrote %s/%s", a->out, files.v[i].name);
	plan_files_release(&files);
	config_release(&c);
	return rc;
}

int cmd_fleet_plan(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct args a = {
		.spec = {.image = "falcotune:" FALCOTUNE_VERSION,
			 .namespace = "falcotune",
			 .survey_ns = 60 * NS_PER_S,
			 .timeout_ns = 3600 * NS_PER_S,
			 .cpus = 1,
			 .memory = (uint64_t)1 << 30,
			 .load = "mixed",
			 .batch = "10%"},
		.source = STRBUF_INIT,
	};
	struct error err = ERROR_INIT;
	int rc = parse(argc, argv, &a, &err);

	if (!rc)
		rc = plan(ctx, &a, &err);
	strvec_release(&a.what);
	strvec_release(&a.rules);
	strvec_release(&a.sets);
	strvec_release(&a.hosts);
	strvec_release(&a.all_sets);
	strbuf_release(&a.source);
	free(a.prefix);
	return rc < 0 ? cmd_fail(ctx, &err) : EXIT_FINE;
}
