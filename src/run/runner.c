/* SPDX-License-Identifier: Apache-2.0 */
#include "run/runner_private.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "run/dryrun.h"
#include "run/ladder.h"
#include "run/live.h"
#include "run/repeat.h"
#include "run/schedule.h"
#include "run/sequential.h"
#include "syscalls/release.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Background above this share of the load's events blurs what the load does. */
#define BACKGROUND_SHARE 0.05

struct runner {
	struct plan *p;
	struct journal *j;
	struct session *s;
	struct background *background; /* by case: the host without load, over its repeats */
	double spent_s;		       /* in live runs of this process */
	size_t done;		       /* of these */
	char *hopeless;		       /* why no engine can run here; the rest is skipped */
};

/* ---- folders ---- */

/* How to run the case by hand; the engine's files go into the working directory. */
static int write_commands(const struct plan_case *c, const char *dir, struct error *err)
{
	char *file cleanup_free = fs_join(dir, "commands.txt");
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	argv_quote(&c->dry_argv, &text);
	strbuf_addch(&text, '\n');
	argv_quote(&c->live_argv, &text);
	strbuf_addch(&text, '\n');
	return fs_write_file(file, text.buf, text.len, 0644, err);
}

int runner_prepare(const struct plan *p, struct error *err)
{
	for (size_t i = 0; i < p->res.n_cases; i++) {
		char *dir cleanup_free = plan_case_dir(p, i);
		char *file cleanup_free = fs_join(dir, "falco.yaml");

		if (!p->v[i].overlay)
			continue;
		if (fs_mkdirs(dir, err) ||
		    fs_write_file(file, p->v[i].overlay, strlen(p->v[i].overlay), 0600, err) ||
		    write_commands(&p->v[i], dir, err))
			return -1;
	}
	return ladder_prepare(p, err);
}

/* An empty folder for one live run: what an earlier attempt left is worth nothing. */
static int fresh_dir(const char *dir, struct error *err)
{
	return fs_remove_tree(dir, err) || fs_mkdirs(dir, err) ? -1 : 0;
}

/* ---- dry runs ---- */

static void tell_dry(struct runner *r, const struct res_case *c)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct progress p = {.kind = PROGRESS_DRY,
			     .case_key = c->key,
			     .failed = c->dry_status == RES_FAILED || !c->agreement};

	if (c->dry_status == RES_FAILED)
		strbuf_addf(&text, "failed: %s", c->dry_reason);
	else
		strbuf_addf(&text, "%zu syscalls, %s", c->dry_final.n,
			    c->agreement ? "as predicted" : "NOT as predicted");
	for (size_t i = 0; i < c->missing.n; i++)
		strbuf_addf(&text, "%s%s",
			    i ? ", " : "; predicted but not selected: ", c->missing.v[i]);
	for (size_t i = 0; i < c->extra.n; i++)
		strbuf_addf(&text, "%s%s",
			    i ? ", " : "; selected but not predicted: ", c->extra.v[i]);
	p.text = text.buf;
	if (r->s->progress)
		r->s->progress(r->s->progress_arg, &p);
}

static int dry_runs(struct runner *r, struct error *err)
{
	for (size_t i = 0; i < r->p->res.n_cases; i++) {
		struct res_case *c = &r->p->res.cases[i];
		char *dir cleanup_free = plan_case_dir(r->p, i);

		if (c->dry_status != RES_PENDING)
			continue;
		if (session_interrupted(r->s) ||
		    dryrun_run(r->s, &r->p->v[i].dry_argv, dir, r->p->timeout_ns, c, err))
			return -1;
		runner_after_dry(c);
		if (journal_add(r->j, runner_dry_event(c), err))
			return -1;
		tell_dry(r, c);
	}
	return 0;
}

/* ---- live runs ---- */

static const struct strvec *set_of(const struct res_case *c)
{
	return c->dry_status == RES_OK ? &c->dry_final : &c->predicted;
}

/* From what live runs took so far, else from the plan. */
static double left_s(const struct runner *r)
{
	return r->done ? plan_left_at(r->p, r->spent_s / (double)r->done) : plan_left_s(r->p);
}

/* Up to 0.41, n_evts counts the enter of each call as well as its exit. */
static bool has_enter_events(const struct results *r)
{
	const struct catalogue *cat = catalogue_find(r->falco_release);

	return !r->engine_embedded && cat && release_of(cat)->enter_events;
}

static int live(struct runner *r, size_t i, struct live_spec *spec, struct res_repeat *out,
		struct live_result *res, struct error *err)
{
	spec->argv = &r->p->v[i].live_argv;
	spec->timeout_ns = r->p->timeout_ns;
	spec->set = set_of(&r->p->res.cases[i]);
	spec->hurry = r->p->res.quick;
	spec->enter_events = has_enter_events(&r->p->res);
	spec->drop_failed_exit = r->p->res.cases[i].drop_failed_exit;
	spec->n_cpus = r->p->res.n_cpus;
	spec->left_s = left_s(r);
	if (fresh_dir(spec->dir, err))
		return -1;
	return live_run(r->s, spec, out, res, err);
}

/* Exit code 3 of an engine says that the environment cannot do it (base/error.h), whatever the
 * case. Falco has no such code and is tried with every case. */
static void check_hopeless(struct runner *r, const struct live_result *res,
			   const struct res_repeat *out)
{
	const char *last = out->log_tail.n ? out->log_tail.v[out->log_tail.n - 1] : out->reason;

	if (res->engine_exit == EXIT_ENV && !r->hopeless)
		r->hopeless = xstrdup(last);
}

static double seconds(int64_t ns)
{
	return (double)ns / 1e9;
}

/* What the idle window says against the results; false: nothing. */
static bool idle_warning(const struct plan *p, struct strbuf *text)
{
	const struct res_idle *idle = &p->res.idle;
	double load = p->v[p->largest].load_evts_per_s;
	char a[UNITS_BUF], b[UNITS_BUF];

	if (!idle->known)
		return false;
	if (idle->n_drops > 0)
		strbuf_addf(text, "%lld events were dropped on the idle host",
			    (long long)idle->n_drops);
	if (load > 0 && idle->evts_per_s > BACKGROUND_SHARE * load)
		strbuf_addf(text,
			    "%sthe background of %s events/s is %s of the load's events: results "
			    "show the host as much as the load",
			    text->len ? "; " : "", units_fmt_rate(a, idle->evts_per_s),
			    units_fmt_share(b, idle->evts_per_s / load));
	return text->len > 0;
}

static size_t idle_case(const struct plan *p)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < p->res.n_cases; i++) {
		const struct res_case *c = &p->res.cases[i];

		if (c->dry_status == RES_OK &&
		    (best == SIZE_MAX || set_of(c)->n > set_of(&p->res.cases[best])->n))
			best = i;
	}
	return best;
}

static int idle_window(struct runner *r, struct error *err)
{
	struct res_idle *idle = &r->p->res.idle;
	size_t i = idle_case(r->p);
	char *dir cleanup_free = xasprintf("%s/idle", r->p->dir);
	struct live_spec spec = {.dir = dir, .duration_ns = plan_idle_ns(r->p)};
	struct strbuf warning cleanup_strbuf = STRBUF_INIT;
	struct live_result res;
	struct res_repeat out;
	int rc;

	if (idle->known || i == SIZE_MAX || !plan_pending(r->p))
		return 0;
	res_repeat_init(&out);
	rc = live(r, i, &spec, &out, &res, err);
	if (!rc && out.status == RES_OK) {
		idle->known = true;
		idle->seconds = seconds(out.t1_ns - out.t0_ns);
		idle->evts_per_s = (double)out.n_evts / idle->seconds;
		idle->n_drops = out.n_drops;
		session_tell(r->s, PROGRESS_NOTE, "idle: %.0f events/s in the largest set (%s)",
			     idle->evts_per_s, r->p->res.cases[i].key);
		if (idle_warning(r->p, &warning))
			session_tell(r->s, PROGRESS_WARNING, "%s", warning.buf);
	} else if (!rc) {
		session_tell(r->s, PROGRESS_WARNING, "no idle window: %s", out.reason);
		check_hopeless(r, &res, &out);
	}
	if (!rc)
		rc = journal_add(r->j, runner_idle_event(idle, out.reason), err);
	res_repeat_release(&out);
	return rc;
}

/* ---- cases that need no more repeats ---- */

static bool is_pending(const struct res_case *c)
{
	return c->n_repeats && c->repeats[c->n_repeats - 1].status == RES_PENDING;
}

static int journal_end_case(struct runner *r, struct res_case *c, const char *why,
			    struct error *err)
{
	json_t *o = runner_event("case-end", c->key);

	runner_end_case(c);
	json_object_set_new(o, "repeats", json_integer((json_int_t)c->n_repeats));
	json_object_set_new(o, "why", json_string(why));
	return journal_add(r->j, o, err);
}

/* Before the first repeat of a round: whose place is decided by the rounds before it? */
static int end_decided(struct runner *r, int round, struct error *err)
{
	struct results *res = &r->p->res;
	bool *done cleanup_free = xcalloc(res->n_cases + 1, sizeof(*done));
	size_t n = 0;
	int rc = 0;

	/* After a resume the round may have begun: then this was looked at before. */
	if (!res->until_decided || sequential_round(res) != round - 1)
		return 0;
	sequential_done(res, done);
	for (size_t i = 0; !rc && i < res->n_cases; i++) {
		if (!done[i] || !is_pending(&res->cases[i]))
			continue;
		n++;
		rc = journal_end_case(r, &res->cases[i], "decided", err);
		session_tell(r->s, PROGRESS_NOTE, "%s: its place is decided after %d repeats",
			     res->cases[i].key, round - 1);
	}
	if (n && !plan_pending(r->p))
		session_tell(r->s, PROGRESS_NOTE,
			     "the ranking is decided, as far as %lld repeats could",
			     (long long)res->repeats);
	return rc;
}

static int end_all(struct runner *r, struct error *err)
{
	char b[UNITS_BUF];
	int rc = 0;

	session_tell(r->s, PROGRESS_NOTE, "--max-time: no live run more fits into %s",
		     units_fmt_duration(b, (double)r->p->res.max_time_ns));
	for (size_t i = 0; !rc && i < r->p->res.n_cases; i++)
		if (is_pending(&r->p->res.cases[i]))
			rc = journal_end_case(r, &r->p->res.cases[i], "max-time", err);
	ladder_skip(r->p, "--max-time: no live run more fits into it");
	return rc;
}

static int one_repeat(struct runner *r, const struct slot *slot, struct error *err)
{
	struct res_case *c = &r->p->res.cases[slot->case_index];
	struct res_repeat *out = &c->repeats[slot->repeat - 1];
	char *dir cleanup_free = fs_join(r->p->dir, out->dir);
	struct live_spec spec = {.dir = dir,
				 .load = &r->p->v[slot->case_index].load_argv,
				 .warmup_ns = r->p->res.warmup_ns,
				 .duration_ns = r->p->res.duration_ns,
				 .background = &r->background[slot->case_index],
				 .quiet_after = !r->p->res.quick,
				 .canary = c->canary_off ? NULL : r->p->res.canary,
				 .settle = true,
				 .case_key = c->key,
				 .repeat = slot->repeat,
				 .repeats = (int)r->p->res.repeats};
	struct live_result res;
	int64_t from = clock_mono();
	double took_s;
	json_t *start = runner_event("repeat-start", c->key);

	json_object_set_new(start, "repeat", json_integer(slot->repeat));
	if (journal_add(r->j, start, err) || live(r, slot->case_index, &spec, out, &res, err)) {
		repeat_reset(out);
		return -1;
	}
	took_s = seconds(clock_mono() - from);
	r->spent_s += took_s;
	r->p->spent_s += took_s;
	r->done++;
	check_hopeless(r, &res, out);
	if (journal_add(r->j,
			runner_repeat_event(c, out, r->p->res.n_cpus, res.background_per_s, took_s),
			err))
		return -1;
	repeat_tell(r->s, c->key, out, slot->repeat, (int)r->p->res.repeats, left_s(r), NULL);
	return 0;
}

static int one_rung(struct runner *r, size_t rung, int repeat, struct error *err)
{
	double before = r->p->spent_s;

	if (ladder_run(r->p, r->j, r->s, rung, repeat, left_s(r), err))
		return -1;
	r->spent_s += r->p->spent_s - before;
	r->done++;
	return 0;
}

/* Is that slot a run that is still to be done? Slots behind those of the cases are rungs. */
static bool is_due(const struct plan *p, const struct slot *slot)
{
	size_t n = p->res.n_cases;
	const struct res_case *c;

	if (slot->case_index >= n)
		return ladder_pending(p, slot->case_index - n, slot->repeat);
	c = &p->res.cases[slot->case_index];
	return (size_t)slot->repeat <= c->n_repeats &&
	       c->repeats[slot->repeat - 1].status == RES_PENDING;
}

static int live_runs(struct runner *r, struct error *err)
{
	size_t n = r->p->res.n_cases, all = n + r->p->res.n_rungs;
	int round = 0;
	struct slot *slots cleanup_free =
		schedule_make(r->p->res.seed, all, (int)r->p->res.repeats);

	for (size_t i = 0; i < all * (size_t)r->p->res.repeats; i++) {
		if (!is_due(r->p, &slots[i]))
			continue;
		if (slots[i].repeat != round && end_decided(r, slots[i].repeat, err))
			return -1;
		round = slots[i].repeat;
		if (plan_time_up(r->p))
			return end_all(r, err);
		if (!is_due(r->p, &slots[i]))
			continue;
		if (session_interrupted(r->s))
			return -1;
		if (r->hopeless)
			break;
		if (slots[i].case_index >= n
			    ? one_rung(r, slots[i].case_index - n, slots[i].repeat, err)
			    : one_repeat(r, &slots[i], err))
			return -1;
	}
	return 0;
}

/* Did the setting take effect, by the engine's own log? NULL: yes, or it does not say. The caller
 * frees. */
static char *buffer_problem(const struct res_case *c, const struct res_repeat *r, int64_t n_cpus)
{
	int64_t cpus = r->cpus_per_buffer;

	if (r->buffer_bytes != RES_UNKNOWN && r->buffer_bytes != c->buffer_bytes)
		return xasprintf("case %s asked for buffers of %lld bytes, the engine chose %lld",
				 c->key, (long long)c->buffer_bytes, (long long)r->buffer_bytes);
	/* 0 is one buffer for all CPUs, and so is every number above theirs. */
	if (n_cpus > 0 && (cpus == 0 || cpus > n_cpus))
		cpus = n_cpus;
	if (cpus != RES_UNKNOWN && cpus != c->cpus_per_buffer)
		return xasprintf("case %s asked for a buffer every %lld CPUs, the engine made one "
				 "every %lld",
				 c->key, (long long)c->cpus_per_buffer, (long long)cpus);
	return NULL;
}

static void buffer_warnings(struct plan *p)
{
	for (size_t i = 0; i < p->res.n_cases; i++) {
		const struct res_case *c = &p->res.cases[i];
		char *text = NULL;

		for (size_t k = 0; !text && k < c->n_repeats; k++)
			if (c->repeats[k].status == RES_OK)
				text = buffer_problem(c, &c->repeats[k], p->res.n_cpus);
		if (text)
			strvec_take(&p->res.warnings, text);
	}
}

int runner_run(struct plan *p, struct journal *j, struct session *s, struct error *err)
{
	struct runner r = {.p = p, .j = j, .s = s};
	struct strbuf warning cleanup_strbuf = STRBUF_INIT;
	json_t *end;
	int rc;

	r.background = xcalloc(p->res.n_cases + 1, sizeof(*r.background));
	if (p->res.n_rungs)
		ladder_stats_off(s, &p->res.warnings);
	rc = dry_runs(&r, err);
	if (!rc && !p->res.dry_run_only)
		rc = idle_window(&r, err) || (!r.hopeless && live_runs(&r, err)) ? -1 : 0;
	if (!rc && r.hopeless)
		ladder_skip(p, r.hopeless);
	for (size_t i = 0; !rc && r.hopeless && i < p->res.n_cases; i++)
		repeats_skip(p->res.cases[i].repeats, p->res.cases[i].n_repeats, r.hopeless);
	ladder_stats_back(s);
	if (idle_warning(p, &warning))
		strvec_push(&p->res.warnings, warning.buf);
	buffer_warnings(p);
	p->res.interrupted = s->caught != 0;
	if (s->caught)
		rc = 0; /* not an error of ours */
	if (!rc) {
		end = runner_event("run-end", NULL);
		json_object_set_new(end, "interrupted", json_boolean(s->caught != 0));
		rc = journal_add(j, end, err);
	}
	free(r.background);
	free(r.hopeless);
	return rc;
}
