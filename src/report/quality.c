/* SPDX-License-Identifier: Apache-2.0 */
/* How far the measurement can be trusted: what was lost before the window, whether the load did
 * what it was asked, whether counted and sent events agree, what failed. */
#include "report/content.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <string.h>

#define LOAD_SHORTFALL 0.01 /* a worker below this share of its rate is named */
#define TAIL_LINES     20

typedef void (*repeat_fn)(const struct res_case *c, const struct res_repeat *rep, void *arg);

static void each_ok(const struct results *r, repeat_fn fn, void *arg)
{
	for (size_t i = 0; i < r->n_cases; i++)
		for (size_t k = 0; k < r->cases[i].n_repeats; k++)
			if (r->cases[i].repeats[k].status == RES_OK)
				fn(&r->cases[i], &r->cases[i].repeats[k], arg);
}

/* ---- start-up drops ---- */

struct startup {
	size_t known, unknown;
	int64_t sum;
	struct strbuf cases;
};

static void add_startup(const struct res_case *c, const struct res_repeat *rep, void *arg)
{
	struct startup *s = arg;

	if (rep->startup_drops == RES_UNKNOWN) {
		s->unknown++;
		return;
	}
	s->known++;
	s->sum += rep->startup_drops;
	if (rep->startup_drops)
		strbuf_addf(&s->cases, "%s%s (repeat %d) %lld", s->cases.len ? ", " : "", c->key,
			    rep->index, (long long)rep->startup_drops);
}

static void startup_drops(const struct results *r, struct strvec *out)
{
	struct startup s = {.cases = STRBUF_INIT};

	each_ok(r, add_startup, &s);
	strvec_push(out, "Start-up drops");
	if (!s.known)
		strvec_push(out, "unknown");
	else if (!s.sum)
		strvec_pushf(out, "none%s", s.unknown ? " where known" : "");
	else
		strvec_pushf(out, "%s; before the window, not in the drop rates", s.cases.buf);
	strbuf_release(&s.cases);
}

/* ---- warm-up ---- */

struct warmup {
	size_t known, unsteady;
	double least, most;
	const struct res_case *at;
	const struct res_repeat *worst; /* the last one that was not steady */
};

static void add_warmup(const struct res_case *c, const struct res_repeat *rep, void *arg)
{
	struct warmup *s = arg;

	if (isnan(rep->warmup_s))
		return;
	s->least = s->known ? fmin(s->least, rep->warmup_s) : rep->warmup_s;
	s->most = s->known ? fmax(s->most, rep->warmup_s) : rep->warmup_s;
	s->known++;
	if (!rep->not_steady)
		return;
	s->unsteady++;
	s->at = c;
	s->worst = rep;
}

static void warm_up(const struct results *r, struct strvec *out)
{
	struct warmup s = {0};
	struct strbuf sb = STRBUF_INIT;

	each_ok(r, add_warmup, &s);
	if (!s.known)
		return;
	strbuf_addf(&sb, "events/s were steady after %.1f", s.least);
	if (s.most - s.least >= 0.05)
		strbuf_addf(&sb, " to %.1f", s.most);
	strbuf_addstr(&sb, " s of load, where windows begin");
	if (s.unsteady)
		strbuf_addf(&sb,
			    "; NOT steady in %zu of %zu repeats, for example %s, repeat %d: %s",
			    s.unsteady, s.known, s.at->key, s.worst->index, s.worst->not_steady);
	strvec_push(out, "Warm-up");
	strvec_take(out, strbuf_detach(&sb));
}

/* ---- reconciliation ---- */

/* A difference below this share of what was sent is none. */
#define RECON_SHARE 0.005

struct recon {
	size_t known, all, beyond;
	double excess; /* by which the worst is beyond its uncertainty, share of sent */
	const struct res_case *at;
	const struct res_repeat *worst;
	struct strbuf list; /* of those that are beyond */
};

/* Uncertainty as a share of what was sent; 0 unknown (results of older runs). */
static double recon_share(const struct res_repeat *rep)
{
	return isnan(rep->recon_uncertainty) || rep->recon_sent <= 0
		       ? 0
		       : rep->recon_uncertainty / (double)rep->recon_sent;
}

static void add_recon(const struct res_case *c, const struct res_repeat *rep, void *arg)
{
	struct recon *s = arg;
	double excess;

	s->all++;
	if (!rep->recon_known || isnan(rep->recon_difference))
		return;
	excess = fabs(rep->recon_difference) - recon_share(rep);
	if (!s->known++ || excess > s->excess) {
		s->excess = excess;
		s->at = c;
		s->worst = rep;
	}
	if (excess > 0 && fabs(rep->recon_difference) > RECON_SHARE) {
		strbuf_addf(&s->list, "%s%s (repeat %d) %s%s", s->list.len ? ", " : "", c->key,
			    rep->index, rep->recon_difference < 0 ? "-" : "+",
			    UNITS_SHARE(fabs(rep->recon_difference)));
		s->beyond++;
	}
}

/* 1,234,567 */
static void add_count(struct strbuf *sb, const char *before, double n)
{
	char digits[32];
	int len = snprintf(digits, sizeof(digits), "%.0f", fabs(round(n)));

	strbuf_addf(sb, "%s%s", before, round(n) < 0 ? "-" : "");
	for (int i = 0; i < len; i++)
		strbuf_addf(sb, "%s%c", i && (len - i) % 3 == 0 ? "," : "", digits[i]);
}

/* sent 640,534, counted 640,541 +/- 200, seen 640,500, dropped 41: +0.001% +/- 0.031% */
static void add_numbers(struct strbuf *sb, const struct res_repeat *rep)
{
	bool sure = !isnan(rep->recon_uncertainty);

	add_count(sb, "sent ", (double)rep->recon_sent);
	add_count(sb, ", counted ", rep->recon_counted);
	if (sure)
		add_count(sb, " ± ", rep->recon_uncertainty);
	if (!isnan(rep->recon_seen))
		add_count(sb, ", seen ", rep->recon_seen);
	if (rep->recon_dropped != RES_UNKNOWN)
		add_count(sb, ", dropped ", (double)rep->recon_dropped);
	strbuf_addf(sb, ": %s%s", rep->recon_difference < 0 ? "-" : "+",
		    UNITS_SHARE(fabs(rep->recon_difference)));
	if (sure)
		strbuf_addf(sb, " ± %s", UNITS_SHARE(recon_share(rep)));
}

static void reconciliation(const struct results *r, struct strvec *out)
{
	struct recon s = {.list = STRBUF_INIT};
	struct strbuf sb = STRBUF_INIT;

	each_ok(r, add_recon, &s);
	strvec_push(out, "Events sent and counted");
	if (!s.known) {
		strvec_push(out, "unknown: no load whose syscalls are known was compared");
		return;
	}
	strbuf_addf(&sb, "%s, repeat %d: ", s.at->key, s.worst->index);
	add_numbers(&sb, s.worst);
	strbuf_addf(&sb,
		    " of what was sent, background taken off; the largest of %zu (%zu repeats)",
		    s.known, s.all);
	strvec_push(out, sb.buf);
	strvec_push(out, "Sent and counted differ");
	if (s.beyond)
		strvec_pushf(out, "by more than %s and their uncertainty in %s",
			     UNITS_SHARE(RECON_SHARE), s.list.buf);
	else
		strvec_pushf(out, "nowhere by more than %s and the background's uncertainty",
			     UNITS_SHARE(RECON_SHARE));
	strbuf_release(&s.list);
	strbuf_release(&sb);
}

/* ---- load ---- */

struct load {
	size_t paced, unpaced;
	int64_t errors;
	double least; /* achieved / requested */
	const struct res_case *at;
	const struct res_worker *worker;
};

static void add_load(const struct res_case *c, const struct res_repeat *rep, void *arg)
{
	struct load *s = arg;

	for (size_t i = 0; i < rep->n_workers; i++) {
		const struct res_worker *w = &rep->workers[i];
		double share = w->achieved_per_s / w->requested_per_s;

		if (w->errors > 0)
			s->errors += w->errors;
		if (!(w->requested_per_s > 0) || isnan(share)) {
			s->unpaced++;
			continue;
		}
		if (!s->paced++ || share < s->least) {
			s->least = share;
			s->at = c;
			s->worker = w;
		}
	}
}

static void load_rates(const struct results *r, struct strvec *out)
{
	struct load s = {0};
	struct strbuf sb = STRBUF_INIT;

	each_ok(r, add_load, &s);
	if (!s.paced && !s.unpaced)
		return;
	if (!s.paced)
		strbuf_addstr(&sb, "unpaced");
	else if (s.least >= 1 - LOAD_SHORTFALL)
		strbuf_addf(&sb, "every worker held its rate (at least %s of it)",
			    UNITS_SHARE(s.least));
	else
		strbuf_addf(&sb, "%s reached %s/s of %s/s asked (%s) in %s",
			    s.worker->name ? s.worker->name : "a worker",
			    UNITS_RATE(s.worker->achieved_per_s),
			    UNITS_RATE(s.worker->requested_per_s), UNITS_SHARE(s.least), s.at->key);
	if (s.errors)
		strbuf_addf(&sb, "; %lld operations failed", (long long)s.errors);
	strvec_push(out, "Load achieved");
	strvec_take(out, strbuf_detach(&sb));
}

/* ---- canaries ---- */

static void canary_case(const struct res_case *c, struct strbuf *sb)
{
	const struct res_summary *s = &c->sum;
	int64_t queue = 0;

	if (c->canary_off) {
		strbuf_addf(sb, "not applicable: %s", c->canary_off);
		return;
	}
	if (isnan(s->canary_loss)) {
		strbuf_addstr(sb, "unknown");
		return;
	}
	for (size_t i = 0; i < c->n_repeats; i++)
		queue += c->repeats[i].queue_drops > 0 ? c->repeats[i].queue_drops : 0;
	strbuf_addf(sb, "%lld of %lld alerts, loss %s [%s, %s]", (long long)s->canary_seen,
		    (long long)s->canary_sent, UNITS_SHARE(s->canary_loss),
		    UNITS_SHARE(s->canary_lo), UNITS_SHARE(s->canary_hi));
	if (queue)
		strbuf_addf(sb, ", the outputs queue dropped %lld alerts", (long long)queue);
}

static void canaries(const struct results *r, struct doc *d)
{
	struct strvec *facts;

	if (!r->canary || r->dry_run_only)
		return;
	doc_heading(d, 2, "End-to-end loss");
	doc_para(d,
		 "Programs that the load started with a marker, and the alerts of the rule "
		 "\"Falcotune canary\" for them, over the whole load, with the exact binomial "
		 "95 %% interval. What is missing was lost in the buffers, the state, the outputs "
		 "queue or by a rate limit of the outputs.");
	facts = doc_facts(d);
	for (size_t i = 0; i < r->n_cases; i++) {
		struct strbuf sb cleanup_strbuf = STRBUF_INIT;

		canary_case(&r->cases[i], &sb);
		strvec_push(facts, r->cases[i].key);
		strvec_push(facts, sb.buf);
	}
}

/* ---- what external programs say ---- */

struct said_worker {
	const char *name, *unit;
	double least, most;
	size_t n, silent;
};

struct said_list {
	struct said_worker v[8]; /* more programs than that are not told apart in one line */
	size_t n;
};

static void add_said(const struct res_case *c, const struct res_repeat *rep, void *arg)
{
	struct said_list *l = arg;

	(void)c;
	for (size_t i = 0; i < rep->n_workers; i++) {
		const struct res_worker *w = &rep->workers[i];
		size_t k = 0;

		if (!w->unit || !w->name)
			continue;
		while (k < l->n && (strcmp(l->v[k].name, w->name) || strcmp(l->v[k].unit, w->unit)))
			k++;
		if (k == ARRAY_SIZE(l->v))
			continue;
		if (k == l->n)
			l->v[l->n++] = (struct said_worker){w->name, w->unit, INFINITY, 0, 0, 0};
		if (isnan(w->achieved_per_s)) {
			l->v[k].silent++;
			continue;
		}
		l->v[k].n++;
		l->v[k].least = fmin(l->v[k].least, w->achieved_per_s);
		l->v[k].most = fmax(l->v[k].most, w->achieved_per_s);
	}
}

/* Their own words: nothing here was counted by the load. */
static void programs(const struct results *r, struct strvec *out)
{
	struct said_list l = {0};
	struct strbuf sb = STRBUF_INIT;

	each_ok(r, add_said, &l);
	for (size_t i = 0; i < l.n; i++) {
		const struct said_worker *w = &l.v[i];

		strbuf_addf(&sb, "%s%s ", i ? "; " : "", w->name);
		if (w->n)
			strbuf_addf(&sb, "%s to %s %s (as the program says, %zu repeat%s)",
				    UNITS_RATE(w->least), UNITS_RATE(w->most), w->unit, w->n,
				    w->n == 1 ? "" : "s");
		if (w->silent)
			strbuf_addf(&sb, "%ssaid nothing in %zu repeat%s", w->n ? ", " : "",
				    w->silent, w->silent == 1 ? "" : "s");
	}
	if (l.n) {
		strvec_push(out, "External programs");
		strvec_push(out, sb.buf);
	}
	strbuf_release(&sb);
}

/* ---- dry runs that differ ---- */

static void add_names(struct strbuf *sb, const char *what, const struct strvec *v)
{
	for (size_t i = 0; i < v->n; i++)
		strbuf_addf(sb, "%s%s", i ? ", " : what, v->v[i]);
}

static void mismatches(const struct results *r, struct doc *d)
{
	struct strvec *items = NULL;

	for (size_t i = 0; i < r->n_cases; i++) {
		const struct res_case *c = &r->cases[i];
		struct strbuf sb = STRBUF_INIT;

		if (c->dry_status != RES_OK || c->agreement)
			continue;
		if (!items) {
			doc_heading(d, 2, "Dry runs that differ from the prediction");
			items = doc_list(d);
		}
		strbuf_addf(&sb, "%s: %zu syscalls predicted, %zu in the engine's final set",
			    c->key, c->predicted.n, c->dry_final.n);
		add_names(&sb, "; predicted only: ", &c->missing);
		add_names(&sb, "; engine only: ", &c->extra);
		strvec_take(items, strbuf_detach(&sb));
	}
}

/* ---- failures ---- */

static void log_tail(const struct strvec *log, struct doc *d)
{
	struct strbuf sb cleanup_strbuf = STRBUF_INIT;

	for (size_t i = log->n > TAIL_LINES ? log->n - TAIL_LINES : 0; i < log->n; i++)
		strbuf_addf(&sb, "%s\n", log->v[i]);
	if (sb.len)
		doc_code(d, "last lines of the engine's log", sb.buf);
}

static void failures(const struct results *r, struct doc *d)
{
	bool any = false;

	for (size_t i = 0; i < r->n_cases; i++) {
		const struct res_case *c = &r->cases[i];

		if (c->dry_status == RES_FAILED) {
			if (!any)
				doc_heading(d, 2, "Failures");
			any = true;
			doc_para(d, "%s, dry run: %s", c->key,
				 c->dry_reason ? c->dry_reason : "unknown reason");
		}
		for (size_t k = 0; k < c->n_repeats; k++) {
			const struct res_repeat *rep = &c->repeats[k];

			if (rep->status != RES_FAILED)
				continue;
			if (!any)
				doc_heading(d, 2, "Failures");
			any = true;
			doc_para(d, "%s, repeat %d: %s", c->key, rep->index,
				 rep->reason ? rep->reason : "unknown reason");
			log_tail(&rep->log_tail, d);
		}
	}
}

static void warnings(const struct results *r, struct doc *d)
{
	struct strvec *items;

	if (!r->warnings.n && !r->other_falcos.n)
		return;
	doc_heading(d, 2, "Warnings");
	items = doc_list(d);
	strvec_copy(items, &r->warnings);
	for (size_t i = 0; i < r->other_falcos.n; i++)
		strvec_pushf(items, "Another Falco was running on this host: %s",
			     r->other_falcos.v[i]);
}

static void dry_runs(const struct results *r, struct strvec *out)
{
	size_t agree = 0, all = 0;

	for (size_t i = 0; i < r->n_cases; i++) {
		all += r->cases[i].dry_status != RES_SKIPPED;
		agree += r->cases[i].dry_status == RES_OK && r->cases[i].agreement;
	}
	strvec_push(out, "Dry runs");
	strvec_pushf(out, "%zu/%zu final sets are as predicted", agree, all);
}

void content_quality(const struct results *r, struct doc *d)
{
	struct strvec *facts;

	doc_heading(d, 2, "Checks");
	facts = doc_facts(d);
	dry_runs(r, facts);
	if (r->n_order) {
		startup_drops(r, facts);
		warm_up(r, facts);
		reconciliation(r, facts);
		load_rates(r, facts);
		programs(r, facts);
	}
	canaries(r, d);
	warnings(r, d);
	mismatches(r, d);
	failures(r, d);
}
