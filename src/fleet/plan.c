/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/plan.h"

#include "advise/settings.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "config/dropin.h"
#include "fleet/fill.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const plan_what_names[] = {"daemonset", "job", "helm", "ansible", NULL};

#define NS_PER_S INT64_C(1000000000)
/* What waits in a pod whose survey is done: Kubernetes' own. */
#define PAUSE_IMAGE "registry.k8s.io/pause:3.10"
/* Files of the run on a node: the map falcotune-input is mounted there. */
#define INPUT_DIR "/input"

/* ---- what the user gave ---- */

/* RFC 1123: lower case letters, digits and - (with dots: several of them), at most `most` bytes. */
static bool is_dns(const char *s, size_t most, bool dots)
{
	size_t n = strlen(s);

	if (!n || n > most || !isalnum((unsigned char)*s) || !isalnum((unsigned char)s[n - 1]))
		return false;
	for (; *s; s++)
		if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) && *s != '-' &&
		    !(dots && *s == '.'))
			return false;
	return true;
}

static bool is_batch(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n && n < 8 && strtol(s, NULL, 10) > 0 &&
	       (!s[n] || (!strcmp(s + n, "%") && strtol(s, NULL, 10) <= 100));
}

static bool is_image(const char *s)
{
	for (const char *p = s; *p; p++)
		if (!isgraph((unsigned char)*p))
			return false;
	return *s != '\0';
}

int plan_check(const struct plan_spec *s, struct error *err)
{
	if (!is_dns(s->namespace, 63, false))
		return error_input(err,
				   "option --namespace: '%s' is no name of Kubernetes: lower case "
				   "letters, digits and -, at most 63",
				   s->namespace);
	if (s->node && !is_dns(s->node, 253, true))
		return error_input(err, "option --node: '%s' is no name of a node", s->node);
	if (!is_image(s->image))
		return error_input(err, "option --image: '%s' is no image", s->image);
	if (s->results == PLAN_TO_CLAIM && !is_dns(s->results_at, 253, true))
		return error_input(err, "option --results: '%s' is no name of a volume claim",
				   s->results_at);
	if (s->results == PLAN_TO_HOST && (*s->results_at != '/' || strstr(s->results_at, "..")))
		return error_input(err,
				   "option --results: '%s' is no folder, expected an absolute path",
				   s->results_at);
	if (!is_batch(s->batch))
		return error_input(err, "option --batch: '%s', expected a number or 1%% to 100%%",
				   s->batch);
	return 0;
}

/* ---- values ---- */

static void set_number(struct fill *f, const char *name, int64_t v)
{
	char *text cleanup_free = xasprintf("%lld", (long long)v);

	fill_set(f, name, FILL_RAW, text);
}

static const char *yes(bool b)
{
	return b ? "true" : "false";
}

static int64_t seconds(int64_t ns)
{
	return (ns + NS_PER_S - 1) / NS_PER_S;
}

/* An argument of a container, where $(NAME) would be replaced. */
static void add_arg(struct strbuf *out, const char *arg)
{
	struct strbuf safe cleanup_strbuf = STRBUF_INIT;

	for (; *arg; arg++) {
		if (arg[0] == '$' && arg[1] == '(')
			strbuf_addch(&safe, '$');
		strbuf_addch(&safe, *arg);
	}
	strbuf_addstr(out, "- ");
	fill_quote(safe.buf, out);
	strbuf_addch(out, '\n');
}

static void set_args(struct fill *f, const char *name, const struct strvec *args)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	for (size_t i = 0; i < args->n; i++)
		add_arg(&text, args->v[i]);
	fill_set(f, name, FILL_BLOCK, text.buf);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void survey_args(const struct plan_spec *s, struct fill *f)
{
	struct strvec args cleanup_strvec = STRVEC_INIT;

	strvec_push(&args, "survey");
	strvec_push(&args, "--duration");
	strvec_pushf(&args, "%llds", (long long)seconds(s->survey_ns));
	if (s->results == PLAN_TO_LOG) {
		strvec_push(&args, "--format");
		strvec_push(&args, "json");
	} else {
		strvec_push(&args, "--out");
		strvec_push(&args, "/results/host.json");
	}
	set_args(f, "survey_args", &args);
}

/* What falcotune run gets, beside where its files are. */
static void add_run(const struct plan_spec *s, struct strvec *args)
{
	strvec_push(args, "--load");
	strvec_push(args, s->load);
	strvec_push(args, "--repeats");
	strvec_push(args, "3");
	strvec_push(args, "--duration");
	strvec_push(args, "30s");
}

static void run_args(const struct plan_spec *s, struct fill *f)
{
	struct strvec args cleanup_strvec = STRVEC_INIT;

	strvec_push(&args, "run");
	if (s->config_file) {
		strvec_push(&args, "-c");
		strvec_pushf(&args, INPUT_DIR "/%s", base_name(s->config_file));
	}
	for (size_t i = 0; i < s->rules->n; i++) {
		strvec_push(&args, "-r");
		strvec_pushf(&args, INPUT_DIR "/%s", base_name(s->rules->v[i]));
	}
	add_run(s, &args);
	if (s->results == PLAN_TO_LOG) {
		strvec_push(&args, "--format");
		strvec_push(&args, "json");
	}
	set_args(f, "run_args", &args);
}

static void run_list(const struct plan_spec *s, struct fill *f)
{
	struct strvec args cleanup_strvec = STRVEC_INIT;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	add_run(s, &args);
	for (size_t i = 0; i < args.n; i++) {
		strbuf_addstr(&text, i ? ", " : "[");
		fill_quote_ansible(args.v[i], &text);
	}
	strbuf_addch(&text, ']');
	fill_set(f, "run_list", FILL_RAW, text.buf);
}

/* A word of a command that the reader of a comment pastes. */
static void add_word(struct strbuf *out, const char *s)
{
	strbuf_addch(out, '\'');
	for (; *s; s++)
		if (*s == '\'')
			strbuf_addstr(out, "'\\''");
		else
			strbuf_addch(out, *s);
	strbuf_addch(out, '\'');
}

/* The files of -c and -r go to the node as a map, by a command of the user's own: they may have
 * what is nobody else's business. */
static void input_command(const struct plan_spec *s, struct fill *f)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	if (!s->config_file && !s->rules->n) {
		fill_set(f, "input_command", FILL_TEXT, NULL);
		return;
	}
	strbuf_addf(&text, "kubectl -n %s create configmap falcotune-input", s->namespace);
	if (s->config_file) {
		strbuf_addstr(&text, " --from-file=");
		add_word(&text, s->config_file);
	}
	for (size_t i = 0; i < s->rules->n; i++) {
		strbuf_addstr(&text, " --from-file=");
		add_word(&text, s->rules->v[i]);
	}
	fill_set(f, "input_command", FILL_TEXT, text.buf);
}

static void places(const struct plan_spec *s, struct fill *f)
{
	fill_set(f, "results_log", FILL_TEXT, s->results == PLAN_TO_LOG ? "log" : NULL);
	fill_set(f, "results_host", FILL_TEXT, s->results == PLAN_TO_HOST ? s->results_at : NULL);
	fill_set(f, "results_claim", FILL_TEXT, s->results == PLAN_TO_CLAIM ? s->results_at : NULL);
}

static void limits(const struct plan_spec *s, struct fill *f)
{
	char *cpu cleanup_free = xasprintf("%lldm", (long long)llround(s->cpus * 1000));
	char *cores cleanup_free = xasprintf("%.10g", s->cpus);
	char *memory cleanup_free = xasprintf("%lldMi", (long long)(s->memory >> 20));

	fill_set(f, "cpu_limit", FILL_RAW, cpu);
	fill_set(f, "cpu_cores", FILL_TEXT, cores);
	fill_set(f, "memory_limit", FILL_RAW, memory);
	set_number(f, "timeout_s", seconds(s->timeout_ns));
	set_number(f, "survey_seconds", seconds(s->survey_ns));
}

static void hosts(const struct plan_spec *s, struct fill *f)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	for (size_t i = 0; i < s->hosts->n; i++) {
		fill_quote(s->hosts->v[i], &text);
		strbuf_addstr(&text, ":\n");
	}
	if (!s->hosts->n)
		strbuf_addstr(&text, "node[001:003].example.net:\n");
	fill_set(f, "hosts", FILL_BLOCK, text.buf);
}

static void ansible_text(struct fill *f, const char *name, const char *value)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	fill_quote_ansible(value, &text);
	fill_set(f, name, FILL_RAW, text.buf);
}

/* base_syscalls, and what else the settings change; Helm replaces lists, so that blocks are whole.
 */
static int add_blocks(const struct plan_spec *s, struct strbuf *out, struct error *err)
{
	struct strvec done cleanup_strvec = STRVEC_INIT;

	/* Made by the chart, or a part of the template. */
	strvec_push(&done, "engine");
	strvec_push(&done, "metrics");
	strvec_push(&done, "load_plugins");
	strvec_push(&done, "base_syscalls");
	if (dropin_block(s->config, "base_syscalls", out, err))
		return -1;
	for (size_t i = 0; i < s->sets->n; i++) {
		char *key cleanup_free = xstrndup(s->sets->v[i], strcspn(s->sets->v[i], ".=["));

		if (strvec_has(&done, key))
			continue;
		strvec_push(&done, key);
		if (dropin_block(s->config, key, out, err))
			return -1;
	}
	return 0;
}

static int chart(const struct plan_spec *s, struct fill *f, struct error *err)
{
	const struct config *c = s->config;
	struct strbuf driver cleanup_strbuf = STRBUF_INIT, falco cleanup_strbuf = STRBUF_INIT;
	/* An hour, Falco's default, is too coarse to tell a burst by. */
	int64_t every = c->metrics_enabled && c->metrics_interval_ns > 0 ? c->metrics_interval_ns
									 : 900 * NS_PER_S;
	char *interval cleanup_free = xasprintf("%llds", (long long)seconds(every));

	settings_helm_driver(c, &driver);
	if (add_blocks(s, &falco, err))
		return -1;
	fill_set(f, "driver", FILL_BLOCK, driver.buf);
	fill_set(f, "falco", FILL_BLOCK, falco.len ? falco.buf : "base_syscalls: {}\n");
	fill_set(f, "collectors_off", FILL_RAW, s->collectors_off ? "true" : NULL);
	fill_set(f, "metrics_interval", FILL_TEXT, interval);
	fill_set(f, "metrics_output_rule", FILL_RAW,
		 yes(s->results == PLAN_TO_LOG || (c->metrics_enabled && c->metrics_output_rule)));
	fill_set(f, "metrics_rules", FILL_RAW, yes(c->metrics_rules_counters));
	fill_set(f, "metrics_per_cpu", FILL_RAW, yes(c->metrics_kernel_per_cpu));
	fill_set(f, "metrics_libbpf", FILL_RAW, yes(c->metrics_libbpf_stats));
	return 0;
}

static int values(const struct plan_spec *s, struct fill *f, struct error *err)
{
	fill_set(f, "version", FILL_TEXT, FALCOTUNE_VERSION);
	fill_set(f, "source", FILL_TEXT, s->source);
	fill_set(f, "namespace", FILL_TEXT, s->namespace);
	fill_set(f, "image", FILL_TEXT, s->image);
	fill_set(f, "pause_image", FILL_TEXT, PAUSE_IMAGE);
	fill_set(f, "node", FILL_TEXT, s->node);
	fill_set(f, "batch", strchr(s->batch, '%') ? FILL_TEXT : FILL_RAW, s->batch);
	places(s, f);
	limits(s, f);
	survey_args(s, f);
	run_args(s, f);
	run_list(s, f);
	input_command(s, f);
	hosts(s, f);
	ansible_text(f, "prefix", s->prefix);
	ansible_text(f, "config", s->config_file ? s->config_file : "");
	ansible_text(f, "metrics_file",
		     s->config->metrics_output_file ? s->config->metrics_output_file : "");
	return chart(s, f, err);
}

/* ---- files ---- */

static const struct {
	enum plan_what what;
	const char *name;
} parts[] = {
	{PLAN_DAEMONSET, "daemonset.yaml"}, {PLAN_JOB, "job.yaml"},
	{PLAN_HELM, "values.yaml"},	    {PLAN_ANSIBLE, "inventory.yaml"},
	{PLAN_ANSIBLE, "playbook.yaml"},
};

static int add_file(const struct fill *f, const char *name, struct plan_files *out,
		    struct error *err)
{
	char *rel cleanup_free = xasprintf("templates/fleet/%s", name);
	char *path cleanup_free = fs_data_path(rel);
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct plan_file *file;

	if (!path)
		return error_internal(err, "%s is not there; is falcotune installed whole?", rel);
	if (fs_read_file(path, &text, (size_t)1 << 20, err))
		return -1;
	ALLOC_GROW(out->v, out->n, out->alloc);
	file = &out->v[out->n++];
	*file = (struct plan_file){.name = xstrdup(name), .text = STRBUF_INIT};
	return fill_template(f, path, text.buf, &file->text, err);
}

int fleet_plan(const struct plan_spec *s, struct plan_files *out, struct error *err)
{
	struct fill f = {0};
	int rc = values(s, &f, err);

	for (size_t i = 0; !rc && i < ARRAY_SIZE(parts); i++)
		if (s->what >> parts[i].what & 1)
			rc = add_file(&f, parts[i].name, out, err);
	fill_release(&f);
	return rc;
}

void plan_files_release(struct plan_files *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].name);
		strbuf_release(&f->v[i].text);
	}
	free(f->v);
	*f = (struct plan_files){0};
}
