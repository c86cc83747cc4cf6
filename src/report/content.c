/* SPDX-License-Identifier: Apache-2.0 */
#include "report/content.h"

#include "advise/advise.h"
#include "base/mem.h"
#include "base/units.h"
#include "report/chart.h"
#include "run/cgroup.h"

#include <math.h>
#include <string.h>

static const struct {
	const char *kind, *heading;
} answers[] = {
	{"recommended", "Recommendation"},
	{"diagnosis", "Diagnosis"},
	{"none-within", "No case within the limit"},
	{"unfixable", "No configuration will help"},
	{"no-data", "No recommendation"},
};

/* The answer and why: a page has the first sentence apart. */
static void reason(const char *text, bool page, struct doc *d)
{
	const char *end = page ? strstr(text, ". ") : NULL;
	char *first cleanup_free = end ? xstrndup(text, (size_t)(end - text) + 1) : NULL;

	doc_lead(d, first ? first : text);
	if (end)
		doc_para(d, "%s", end + 2);
}

static void answer_in(const struct results *r, bool page, struct doc *d)
{
	const struct res_recommendation *rec = &r->rec;
	const char *heading = "Recommendation";

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		if (rec->kind && !strcmp(rec->kind, answers[i].kind))
			heading = answers[i].heading;
	doc_heading(d, 2, heading);
	reason(doc_known(rec->reason), page, d);
	if (rec->warnings.n)
		strvec_copy(doc_list(d), &rec->warnings);
	if (rec->yaml)
		doc_code(d, "falco.yaml", rec->yaml);
	if (rec->flags)
		doc_code(d, "the same as options of falco (buffers and base_syscalls)", rec->flags);
	if (rec->helm)
		doc_code(d, "the same as Helm values (chart falcosecurity/falco)", rec->helm);
	if (r->verification.state)
		doc_para(d, "Verification%s: %s.",
			 res_verification_failed(&r->verification) ? " FAILED" : "",
			 r->verification.text);
}

static void answer(const struct results *r, struct doc *d)
{
	answer_in(r, false, d);
}

static void page_answer(const struct results *r, struct doc *d)
{
	answer_in(r, true, d);
}

static void meaning(const struct results *r, struct doc *d)
{
	if (r->dry_run_only) {
		doc_para(d, "Dry runs only. syscalls: size of the final set. dry run: whether the "
			    "engine's own set is the predicted one.");
		return;
	}
	doc_para(
		d,
		"drop rate: dropped / all events of the measured window, from the kernel "
		"counters, with a 95%% interval over seconds and repeats (without drops: what that "
		"many seconds cannot exclude, times the worst second's share of this run, or all "
		"of a second where nothing dropped). events/s: events that "
		"the kernel side collected, dropped ones too. CPU: share of one core. RSS: the "
		"highest seen. buffers: all ring buffers together. dry run: whether the engine's "
		"own set is the predicted one.");
	doc_para(d,
		 "Order: drop rate, then size of the set. Cases with the same letter under tie "
		 "cannot be told from the best of them; among these the smaller set comes first.");
	if (r->engine_embedded)
		doc_para(d, "The embedded engine's consumer is faster than Falco's: its drop rates "
			    "are a lower bound for Falco.");
}

static void window_fact(const struct results *r, struct strvec *f)
{
	strvec_push(f, "Window");
	if (r->dry_run_only) {
		strvec_push(f, "none, dry runs only");
		return;
	}
	strvec_pushf(f, "%s after %s of warm-up, %lld repeat%s in shuffled order (seed %llu)%s%s",
		     UNITS_DURATION((double)r->duration_ns), UNITS_DURATION((double)r->warmup_ns),
		     (long long)r->repeats, r->repeats == 1 ? "" : "s", (unsigned long long)r->seed,
		     r->quick ? ", quick" : "", r->interrupted ? ", interrupted" : "");
}

/* Distinct values of a member over the cases: "quick, storm". */
static char *distinct(const struct results *r, size_t member)
{
	struct strvec seen cleanup_strvec = STRVEC_INIT;
	struct strbuf sb = STRBUF_INIT;

	for (size_t i = 0; i < r->n_cases; i++) {
		const char *v = *(char *const *)((const char *)&r->cases[i] + member);

		if (v && !strvec_has(&seen, v)) {
			strvec_push(&seen, v);
			strbuf_addf(&sb, "%s%s", sb.len ? ", " : "", v);
		}
	}
	return sb.len ? strbuf_detach(&sb) : xstrdup("unknown");
}

static void limits_fact(const struct results *r, struct strvec *f)
{
	struct cgroup_limits l = {.cpus = r->cpu_limit > 0 ? r->cpu_limit : 0,
				  .memory = r->memory_limit > 0 ? r->memory_limit : 0};
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	if (!cgroup_limited(&l))
		return;
	cgroup_describe(&l, &text);
	strvec_push(f, "Limits of the engine");
	strvec_pushf(f, "%s (control group)", text.buf);
}

void content_host(const struct results *r, struct strvec *facts)
{
	char *cpus cleanup_free = r->n_cpus > 0 ? xasprintf("%lld", (long long)r->n_cpus) : NULL;

	strvec_push(facts, "Host");
	strvec_pushf(facts, "%s, Linux %s, %s CPUs (%s)", doc_known(r->hostname),
		     doc_known(r->kernel), doc_known(cpus), doc_known(r->cpu_model));
	strvec_push(facts, "Engine");
	strvec_pushf(facts, "%s%s", doc_known(r->engine_version),
		     r->engine_embedded ? ", embedded: its figures are its own, not Falco's" : "");
}

static void environment(const struct results *r, struct doc *d)
{
	struct strvec *f;

	doc_heading(d, 2, "Environment");
	f = doc_facts(d);
	strvec_push(f, "Host");
	strvec_pushf(f, "%s, Linux %s %s", doc_known(r->hostname), doc_known(r->kernel),
		     doc_known(r->arch));
	strvec_push(f, "CPUs, memory");
	if (r->n_cpus > 0)
		strvec_pushf(f, "%lld (%s), %s", (long long)r->n_cpus, doc_known(r->cpu_model),
			     UNITS_BYTES(r->mem_bytes > 0 ? (double)r->mem_bytes : NAN));
	else
		strvec_push(f, "unknown");
	strvec_push(f, "Engine");
	strvec_pushf(f, "%s%s (%s)", doc_known(r->engine_version),
		     r->engine_embedded ? ", embedded" : "", doc_known(r->engine_path));
	strvec_push(f, "Sets predicted for");
	strvec_pushf(f, "Falco %s", doc_known(r->falco_release));
	strvec_push(f, "Rules");
	strvec_take(f, distinct(r, offsetof(struct res_case, rules_label)));
	strvec_push(f, "Load");
	strvec_take(f, distinct(r, offsetof(struct res_case, load)));
	window_fact(r, f);
	limits_fact(r, f);
	strvec_push(f, "Background");
	if (r->idle.known)
		strvec_pushf(f, "%s events/s over %s without load, with the largest set",
			     UNITS_RATE(r->idle.evts_per_s), UNITS_DURATION(r->idle.seconds * 1e9));
	else
		strvec_push(f, "unknown");
	strvec_push(f, "Limit on drops");
	strvec_pushf(f, "%s%s", UNITS_SHARE(advise_limit(r)),
		     r->max_drop_given ? " (--max-drop)" : "");
	strvec_push(f, "Started");
	strvec_pushf(f, "%s by falcotune %s", doc_known(r->started),
		     doc_known(r->falcotune_version));
	strvec_push(f, "Command");
	strvec_push(f, doc_known(r->command));
}

static void ranking(const struct results *r, struct doc *d)
{
	doc_heading(d, 2, r->dry_run_only ? "Cases" : "Ranking");
	content_ranking(r, d);
	meaning(r, d);
	content_prediction(r, d);
}

static void prediction_figure(const struct results *r, struct doc *d)
{
	content_prediction(r, d);
	chart_prediction(r, d);
}

static void page_ranking(const struct results *r, struct doc *d)
{
	doc_heading(d, 2, r->dry_run_only ? "Cases" : "Ranking");
	content_ranking(r, d);
	meaning(r, d);
}

char *content_title(const char *what, const struct results *r)
{
	return xasprintf("falcotune %s %s %s", what, r->hostname ? r->hostname : "",
			 r->started ? r->started : "");
}

void content_commands(const char *command, const struct strvec *all, struct doc *d)
{
	struct strbuf lines cleanup_strbuf = STRBUF_INIT;

	doc_heading(d, 2, "Every command");
	doc_code(d, "the run", doc_known(command));
	if (!all->n) {
		doc_para(d, "What it started is not known: the results are of an earlier "
			    "falcotune.");
		return;
	}
	strvec_join(all, "\n", &lines);
	doc_code(d, "what it starts, of each case: the engine dry, then live, and the load",
		 lines.buf);
}

static void commands(const struct results *r, struct doc *d)
{
	content_commands(r->command, &r->commands, d);
}

static bool has_cpus(const struct res_case *c)
{
	for (size_t i = 0; i < c->n_repeats; i++)
		if (c->repeats[i].n_samples && c->repeats[i].samples[0].cpu_evts)
			return true;
	return false;
}

/* Sections that these results could have and have not. */
static void missing(const struct results *r, struct doc *d)
{
	bool canary = false, cpus = r->dry_run_only;
	struct strvec *list;

	for (size_t i = 0; i < r->n_cases; i++) {
		canary = canary || !isnan(r->cases[i].sum.canary_loss);
		cpus = cpus || has_cpus(&r->cases[i]);
	}
	if (r->n_rungs && canary && cpus && r->host_profile && !r->dry_run_only)
		return;
	doc_heading(d, 2, "What is not in these results");
	list = doc_list(d);
	if (r->dry_run_only)
		strvec_push(list, "Drops and rates: falcotune run without --dry-run-only, as root");
	if (!cpus)
		strvec_push(list,
			    "Events and drops by CPU: this engine did not count them; Falco "
			    "does from 0.39 on (metrics.kernel_event_counters_per_cpu_enabled)");
	if (!r->n_rungs)
		strvec_push(list, "How much the engine slows the load: falcotune run --ladder");
	if (!canary)
		strvec_push(list, "The share of alerts that arrive: falcotune run --canary");
	if (!r->host_profile)
		strvec_push(list, "Event rates of this host's own work: falcotune survey --out "
				  "host.json, then falcotune run --host host.json");
}

void content_build(const struct results *r, enum content_order order, struct doc *d)
{
	static void (*const sections[][16])(const struct results *, struct doc *) = {
		[CONTENT_ANSWER_FIRST] = {answer, ranking, content_comparisons, content_verdicts,
					  content_slowdown, content_quality, environment},
		[CONTENT_ANSWER_LAST] = {environment, ranking, content_comparisons,
					 content_verdicts, content_slowdown, content_quality,
					 answer},
		[CONTENT_PAGE] = {page_answer, page_ranking, chart_drop_rates, content_comparisons,
				  content_verdicts, chart_timeline, chart_categories, chart_cpus,
				  prediction_figure, content_slowdown, chart_sets, content_quality,
				  environment, commands, missing},
	};

	doc_heading(d, 1, "falcotune: syscall sets, buffers and event drops");
	for (size_t i = 0; i < ARRAY_SIZE(sections[order]) && sections[order][i]; i++)
		sections[order][i](r, d);
}
