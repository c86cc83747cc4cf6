/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falcotune doctor: what this host can and cannot do, and the fix for each.
 */
#include "run/doctor.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/opts.h"
#include "cmd/cmd.h"
#include "report/doc.h"

#include <stdio.h>
#include <string.h>

#define FALCO_CONFIG "/etc/falco/falco.yaml"

struct job {
	const char *config, *engine;
	struct strvec sets;
	int format;
};

static const char *const formats[] = {"text", "json", "md", NULL};

static int read_options(struct job *j, int argc, char **argv, struct error *err)
{
	const struct opt opts[] = {
		{'c', "config", OPT_STR, &j->config, .arg = "FILE",
		 .help = "falco.yaml whose buffers and plugins are meant (default: " FALCO_CONFIG
			 " where it can be read, else the values that Falco ships)"},
		{'o', "option", OPT_STRS, &j->sets, .arg = "KEY=VALUE",
		 .help = "set a value of falco.yaml, repeatable, as Falco's -o"},
		{0, "engine", OPT_STR, &j->engine, .arg = "PATH|auto|embedded",
		 .help = "engine of the run (default: falco in PATH, else the embedded one)"},
		{0, "format", OPT_CHOICE, &j->format, .arg = "FORMAT", .help = "output",
		 .choices = formats},
		{0},
	};
	static const struct opts_usage usage = {
		.program = "falcotune doctor",
		.operands = "",
		.summary =
			"Says what this host can and cannot do: rights, BPF and its ring buffers, "
			"BTF,\ncontrol groups, perf events, Falco and its version, plugins, page "
			"size, CPUs, memory\nagainst what buffers need, and what killed runs left; "
			"with the fix for each. Nothing\nis changed, and nothing is started but "
			"the engine's --version.\n\n"
			"Exit codes: 0 everything that falcotune run needs is there; 2 bad usage, "
			"or a falco.yaml\nthat Falco would refuse; 3 something that a run needs is "
			"missing.",
		.examples = "  falcotune doctor\n"
			    "  sudo falcotune doctor -c /etc/falco/falco.yaml\n"
			    "  falcotune doctor --format json | jq '.checks[] | "
			    "select(.status != \"ok\")'\n",
	};

	return opts_parse(argc, argv, opts, &usage, NULL, err);
}

static void render(const struct doctor *d, struct doc *out)
{
	const bool left[3] = {false, false, false};
	struct strvec *t;
	bool any = false;

	doc_heading(out, 1, "What this host can do");
	t = doc_table(out, NULL, 3, left);
	strvec_push(t, "can");
	strvec_push(t, "what");
	strvec_push(t, "for want of");
	for (size_t i = 0; i < d->n_abilities; i++) {
		struct strbuf why cleanup_strbuf = STRBUF_INIT;

		strvec_join(&d->abilities[i].because, ", ", &why);
		strvec_push(t, d->abilities[i].can ? "yes" : "no");
		strvec_push(t, d->abilities[i].title);
		strvec_push(t, why.buf);
	}
	doc_heading(out, 2, "What was found");
	t = doc_table(out, NULL, 3, left);
	strvec_push(t, "check");
	strvec_push(t, "status");
	strvec_push(t, "found");
	for (size_t i = 0; i < d->n_checks; i++) {
		strvec_push(t, d->checks[i].id);
		strvec_push(t, doctor_status_names[d->checks[i].status]);
		strvec_push(t, d->checks[i].found.buf);
		any |= d->checks[i].fix.len > 0;
	}
	if (!any)
		return;
	doc_heading(out, 2, "What to do");
	t = doc_facts(out);
	for (size_t i = 0; i < d->n_checks; i++)
		if (d->checks[i].fix.len) {
			strvec_push(t, d->checks[i].id);
			strvec_push(t, d->checks[i].fix.buf);
		}
}

static int print(const struct doctor *d, int format, struct error *err)
{
	struct doc doc cleanup_doc = DOC_INIT;
	struct strbuf out cleanup_strbuf = STRBUF_INIT;

	if (format == 1)
		return cmd_print_json(doctor_json(d), 0, err);
	render(d, &doc);
	(format ? doc_md : doc_text)(&doc, &out);
	fputs(out.buf, stdout);
	return 0;
}

static int act(const struct job *j, int *code, struct error *err)
{
	struct config config cleanup_config = {0};
	const char *file = j->config;
	struct config_input in = {.sets = &j->sets};
	struct doctor_input look = {.root = "", .engine = j->engine, .config = &config};
	struct doctor d cleanup_doctor = DOCTOR_INIT;

	if (!file && fs_exists(FALCO_CONFIG))
		file = FALCO_CONFIG;
	in.file = file;
	look.config_name = file ? file : CONFIG_ORIGIN_SHIPPED;
	if (config_load(&config, &in, err))
		return -1;
	doctor_look(&d, &look);
	*code = d.ready ? EXIT_FINE : EXIT_ENV;
	return print(&d, j->format, err);
}

int cmd_doctor(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct job j = {.engine = "auto"};
	struct error err = ERROR_INIT;
	int code = EXIT_FINE, rc = read_options(&j, argc, argv, &err);

	if (!rc)
		rc = act(&j, &code, &err);
	strvec_release(&j.sets);
	return rc < 0 ? cmd_fail(ctx, &err) : code;
}
