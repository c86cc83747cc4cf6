/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/take.h"

#include "advise/advise.h"
#include "advise/settings.h"
#include "advise/verdict_import.h"
#include "base/fs.h"
#include "base/mem.h"
#include "import/series.h"
#include "run/results.h"
#include "stats/describe.h"
#include "survey/host.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what came of it ---- */

static struct fleet_host *new_host(struct taken *t, const char *name, const char *file,
				   enum fleet_from from)
{
	struct fleet_host *h;

	ALLOC_GROW(t->hosts, t->n, t->alloc);
	h = &t->hosts[t->n++];
	fleet_host_init(h);
	h->name = xstrdup(name);
	h->file = xstrdup(file);
	h->from = (int64_t)from;
	return h;
}

static void add_broken(struct taken *t, const char *file, int64_t lines, const char *why)
{
	ALLOC_GROW(t->broken, t->n_broken, t->alloc_broken);
	t->broken[t->n_broken++] =
		(struct take_broken){.file = xstrdup(file), .lines = lines, .why = xstrdup(why)};
}

void taken_release(struct taken *t)
{
	for (size_t i = 0; i < t->n; i++)
		fleet_host_release(&t->hosts[i]);
	for (size_t i = 0; i < t->n_broken; i++) {
		free(t->broken[i].file);
		free(t->broken[i].why);
	}
	free(t->hosts);
	free(t->broken);
	*t = (struct taken){0};
}

static char *copy_known(const char *s)
{
	return s && *s ? xstrdup(s) : NULL;
}

/* A file that does not say whose it is belongs to the host that it is named after, or its folder,
 * where it has one of the names that files of every host have. */
static char *name_by_path(const char *file)
{
	static const char *const common[] = {"host",  "results",       "metrics",      "falco",
					     "stats", "falco-metrics", "falco_metrics"};
	char *dir cleanup_free = fs_dirname(file);
	const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
	size_t len = strcspn(base, ".");

	for (size_t i = 0; i < ARRAY_SIZE(common); i++) {
		if (strlen(common[i]) != len || strncmp(common[i], base, len))
			continue;
		slash = strrchr(dir, '/');
		if (strcmp(dir, ".") && strcmp(dir, "/"))
			return xstrdup(slash ? slash + 1 : dir);
	}
	return xstrndup(base, len ? len : strlen(base));
}

/* ---- a Falco's metrics ---- */

/* "modern_bpf" is what the libraries call the engine of engine.kind modern_ebpf. */
static const char *driver_name(const char *driver)
{
	static const struct {
		const char *libs, *falco;
	} names[] = {{"modern_bpf", "modern_ebpf"}, {"bpf", "ebpf"}};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i].libs, driver))
			return names[i].falco;
	return driver;
}

/* The metrics tell the driver but not its buffers: those of the fleet's configuration. */
static void fill_input(const struct config *c, const struct fleet_host *h, struct verdict_input *in)
{
	bool kmod = h->driver && !strcmp(h->driver, engine_kind_names[ENGINE_KMOD]);
	struct config_section s = config_section(c, kmod ? ENGINE_KMOD : ENGINE_MODERN_EBPF);

	verdict_input_init(in);
	in->n_cpus = h->n_cpus;
	in->engine_kind = kmod ? engine_kind_names[ENGINE_KMOD] : NULL;
	in->buffer_bytes = INT64_C(1) << (19 + s.preset);
	in->cpus_per_buffer = s.cpus;
	if (h->n_cpus > 0)
		in->n_buffers = s.cpus > 0 ? (h->n_cpus + s.cpus - 1) / s.cpus : 1;
	in->thread_table_size = c->thread_table_size;
}

static void judge(const struct take_options *o, struct import_session *const *v, size_t n,
		  struct fleet_host *h)
{
	struct verdict_input in;
	struct verdict_list l;

	fill_input(o->config, h, &in);
	verdict_sessions(&in, v, n, &l);
	h->verdict = xstrdup(l.v[0].name);
	h->next_step = copy_known(l.v[0].next_step);
	strvec_copy(&h->evidence, &l.v[0].evidence);
	strvec_copy(&h->change, &l.v[0].change);
	verdict_list_release(&l);
}

/* Rates of all sessions; their own quantiles where they hold more than they kept. */
struct rates {
	double *v;
	size_t n, alloc;
	const struct import_session *large;
};

static void add_rates(struct rates *r, const struct import_session *s)
{
	if (s->rates.hist) {
		if (!r->large || s->rates.n > r->large->rates.n)
			r->large = s;
		return;
	}
	for (size_t i = 0; i < s->rates.n; i++) {
		ALLOC_GROW(r->v, r->n, r->alloc);
		r->v[r->n++] = s->rates.v[i];
	}
}

static double rate_quantile(const struct rates *r, double q, int64_t cpus)
{
	double v = r->large ? import_quantile(&r->large->rates, q) : stats_quantile(r->v, r->n, q);

	return cpus > 0 ? v / (double)cpus : (double)NAN;
}

/* Sums over sessions that are being made. */
struct sums {
	struct rates rates;
	double cpu_ns, cpu_of_ns, worst_per_s;
};

static void sum_up(int64_t *sum, int64_t v)
{
	if (v != METRIC_UNKNOWN)
		*sum = (*sum == FLEET_UNKNOWN ? 0 : *sum) + v;
}

static void take_session(struct fleet_host *h, struct sums *sums, const struct import_session *s)
{
	double worst = s->worst.seconds > 0 ? (double)s->worst.drops / s->worst.seconds : 0;

	h->n_sessions++;
	h->n_samples += (int64_t)s->n_samples;
	h->n_intervals += (int64_t)s->n_intervals;
	h->seconds += s->seconds;
	sum_up(&h->evts, s->delta[METRIC_N_EVTS]);
	sum_up(&h->drops, s->delta[METRIC_N_DROPS]);
	sum_up(&h->drops_before, s->first.v[METRIC_N_DROPS]);
	if (s->worst.evts > 0 && worst > sums->worst_per_s) {
		sums->worst_per_s = worst;
		h->worst_drop_rate = (double)s->worst.drops / (double)s->worst.evts;
	}
	sums->cpu_ns += s->cpu_ns;
	sums->cpu_of_ns += s->cpu_of_ns;
	add_rates(&sums->rates, s);
}

static void finish_host(struct fleet_host *h, struct sums *s)
{
	if (s->cpu_of_ns > 0)
		h->cpu = s->cpu_ns / s->cpu_of_ns;
	if (h->seconds > 0 && h->n_cpus > 0 && h->evts >= 0)
		h->rate = (double)h->evts / h->seconds / (double)h->n_cpus;
	if (h->evts > 0 && h->drops >= 0)
		h->drop_rate = (double)h->drops / (double)h->evts;
	h->rate_p50 = rate_quantile(&s->rates, 0.5, h->n_cpus);
	h->rate_p99 = rate_quantile(&s->rates, 0.99, h->n_cpus);
	h->rate_max = rate_quantile(&s->rates, 1, h->n_cpus);
	free(s->rates.v);
}

static bool is_of_kernel(const struct import_session *s)
{
	return !s->last.other_source && s->n_samples;
}

/* Without a name every file is a host of its own. */
static bool same_host(const struct import_session *a, const struct import_session *b)
{
	return !strcmp(a->id.host, b->id.host) && (*a->id.host || !strcmp(a->file, b->file));
}

/* One host's sessions, from v[0] on. Returns how many there are. */
static size_t take_host(const struct take_options *o, struct import_session **v, size_t n,
			struct taken *out)
{
	char *name cleanup_free =
		*v[0]->id.host ? xstrdup(v[0]->id.host) : name_by_path(v[0]->file);
	struct sums sums = {.worst_per_s = 0};
	struct fleet_host *h = NULL;
	size_t i;

	for (i = 0; i < n && same_host(v[i], v[0]); i++) {
		const struct import_session *s = v[i];

		if (!is_of_kernel(s))
			continue;
		if (!h) {
			h = new_host(out, name, s->file, FLEET_METRICS);
			h->n_sessions = h->n_samples = h->n_intervals = 0;
			h->seconds = 0;
			h->worst_drop_rate = 0;
		}
		free(h->kernel);
		free(h->driver);
		free(h->version);
		h->kernel = copy_known(s->id.kernel);
		h->driver = copy_known(driver_name(s->id.driver));
		h->version = copy_known(s->id.version);
		if (s->n_cpus > 0)
			h->n_cpus = s->n_cpus;
		take_session(h, &sums, s);
	}
	if (h) {
		finish_host(h, &sums);
		judge(o, v, i, h);
	}
	return i;
}

static void take_counts(struct import_reader *r, const char *file, const struct import_counts *was,
			struct taken *out)
{
	const struct import_counts *c = &r->counts;

	if (c->broken > was->broken)
		add_broken(out, file, (int64_t)(c->broken - was->broken),
			   c->broken_names.n > was->broken_names.n
				   ? c->broken_names.v[was->broken_names.n]
				   : "as the lines before");
	else if (c->files_without > was->files_without)
		add_broken(out, file, 0,
			   c->bytes == was->bytes ? "empty"
						  : "nothing of a Falco or of falcotune in it");
}

struct in_time {
	char *file; /* borrowed */
	int64_t first;
};

static int by_time(const void *a, const void *b)
{
	const struct in_time *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return strcmp(x->file, y->file);
}

/* The oldest first, so that rotated pieces follow each other. */
static void sort_by_time(struct strvec *files)
{
	struct in_time *v cleanup_free = xcalloc(files->n + 1, sizeof(*v));

	for (size_t i = 0; i < files->n; i++) {
		v[i] = (struct in_time){files->v[i], INT64_MAX};
		/* A file that cannot be read is named when it is its turn. */
		import_first(files->v[i], NULL, &v[i].first, NULL);
	}
	qsort(v, files->n, sizeof(*v), by_time);
	for (size_t i = 0; i < files->n; i++)
		files->v[i] = v[i].file;
}

static void take_metrics(const struct take_options *o, const struct strvec *files,
			 struct taken *out)
{
	struct import_series series;
	const struct import_sink sink = {.arg = &series, .sample = import_series_sample};
	struct import_reader r;

	import_series_init(&series);
	import_begin(&r, NULL, &sink);
	for (size_t i = 0; i < files->n; i++) {
		struct import_counts was = r.counts;
		struct error err = ERROR_INIT;

		if (import_file(&r, files->v[i], &err))
			add_broken(out, files->v[i], 0, err.msg);
		else
			take_counts(&r, files->v[i], &was, out);
		/* So that each file's first broken line is named. */
		strvec_release(&r.counts.broken_names);
	}
	import_series_finish(&series);
	for (size_t i = 0; i < series.n;)
		i += take_host(o, series.v + i, series.n - i, out);
	out->bytes += r.counts.bytes;
	out->lines += r.counts.lines;
	for (size_t i = 0; i < IMPORT_KINDS; i++)
		out->samples += r.counts.used[i];
	import_end(&r);
	import_series_release(&series);
}

/* ---- falcotune's own ---- */

/* "6.1.0-18-amd64" of a run, and what else it measured. */
static const struct res_case *reference(const struct results *r)
{
	const struct res_case *best = NULL;

	for (size_t i = 0; i < r->n_cases; i++) {
		const struct res_case *c = &r->cases[i];

		if (!c->sum.n_ok)
			continue;
		if (c->reference)
			return c;
		if (!best || c->rank < best->rank)
			best = c;
	}
	return best;
}

static void take_case(const struct results *r, const struct res_case *c, struct fleet_host *h)
{
	h->driver = copy_known(c->engine_kind);
	h->evts = h->drops = h->n_samples = h->drops_before = 0;
	h->seconds = res_case_seconds(c);
	for (size_t i = 0; i < c->n_repeats; i++) {
		const struct res_repeat *q = &c->repeats[i];

		if (q->status != RES_OK)
			continue;
		h->evts += q->n_evts;
		h->drops += q->n_drops;
		h->n_samples += (int64_t)q->n_samples;
		h->drops_before += q->startup_drops > 0 ? q->startup_drops : 0;
	}
	h->n_sessions = c->sum.n_ok;
	h->n_intervals = h->n_samples > h->n_sessions ? h->n_samples - h->n_sessions : 0;
	if (r->n_cpus > 0)
		h->rate = c->sum.evts_per_s / (double)r->n_cpus;
	h->rate_p50 = h->rate;
	h->drop_rate = c->sum.drop_rate;
	h->worst_drop_rate = c->sum.drop_max_s;
	h->cpu = c->sum.cpu_share;
	if (!c->n_verdicts)
		return;
	h->verdict = xstrdup(c->verdicts[0].name);
	h->next_step = copy_known(c->verdicts[0].next_step);
	strvec_copy(&h->evidence, &c->verdicts[0].evidence);
	strvec_copy(&h->change, &c->verdicts[0].change);
}

static int take_results(const char *file, struct taken *out, struct error *err)
{
	struct fleet_host *h;
	struct results r;
	const struct res_case *c;

	if (results_read_file(file, &r, err))
		return -1;
	advise_results(&r);
	c = reference(&r);
	if (!c) {
		results_release(&r);
		return error_input(err, "no case was measured");
	}
	if (r.hostname && *r.hostname) {
		h = new_host(out, r.hostname, file, FLEET_RESULTS);
	} else {
		char *name cleanup_free = name_by_path(file);

		h = new_host(out, name, file, FLEET_RESULTS);
	}
	h->kernel = copy_known(r.kernel);
	h->version = copy_known(r.engine_version);
	h->n_cpus = r.n_cpus;
	take_case(&r, c, h);
	if (r.rec.flags)
		settings_of_flags(r.rec.flags, &h->settings);
	results_release(&r);
	return 0;
}

static int take_profile(const char *file, const struct strbuf *text, struct taken *out,
			struct error *err)
{
	const char *start = results_text_start(text->buf);
	struct host_profile p cleanup_host_profile;
	struct fleet_host *h;

	host_profile_init(&p);
	if (host_profile_parse(file, start, text->len - (size_t)(start - text->buf), &p, err))
		return -1;
	if (p.hostname && *p.hostname && !p.anonymised) {
		h = new_host(out, p.hostname, file, FLEET_PROFILE);
	} else {
		char *name cleanup_free = name_by_path(file);

		h = new_host(out, name, file, FLEET_PROFILE);
	}
	h->kernel = copy_known(p.kernel);
	h->n_cpus = p.n_cpus;
	h->seconds = p.seconds;
	h->n_samples = h->n_intervals = (int64_t)p.n_bins;
	if (p.n_cpus > 0)
		h->rate = h->rate_p50 = host_profile_total(&p) / (double)p.n_cpus;
	return 0;
}

/* ---- which of them ---- */

enum kind { KIND_METRICS, KIND_RESULTS, KIND_PROFILE };

#define HEAD	     ((size_t)16 << 10)
#define DOCUMENT_MAX ((size_t)1 << 30)

static bool has(const char *text, size_t len, const char *part)
{
	return memmem(text, len, part, strlen(part)) != NULL;
}

/* By the beginning: falcotune's own documents are objects over several lines, and name the program
 * that wrote them early. */
static enum kind kind_of(const char *file)
{
	char *head cleanup_free = xmalloc(HEAD);
	int fd cleanup_close = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, head, HEAD);
	size_t len = n > 0 ? (size_t)n : 0;

	if (!has(head, len, "\"schema\"") || has(head, len, "\"output_fields\""))
		return KIND_METRICS;
	if (has(head, len, "\"n_bins\"") || has(head, len, "\"bin_s\""))
		return KIND_PROFILE;
	return has(head, len, "\"falcotune_version\"") || has(head, len, "\"host\"") ? KIND_RESULTS
										     : KIND_METRICS;
}

static void take_document(const char *file, enum kind kind, struct taken *out)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;
	int rc;

	if (kind == KIND_RESULTS)
		rc = take_results(file, out, &err);
	else
		rc = fs_read_file(file, &text, DOCUMENT_MAX, &err) ||
				     take_profile(file, &text, out, &err)
			     ? -1
			     : 0;
	if (rc)
		add_broken(out, file, 0, err.msg);
	else
		out->bytes += text.len;
}

void take_files(const struct take_options *o, const struct strvec *files, struct taken *out)
{
	struct strvec metrics cleanup_strvec = STRVEC_INIT;

	for (size_t i = 0; i < files->n; i++) {
		enum kind kind = kind_of(files->v[i]);

		if (kind == KIND_METRICS)
			strvec_push(&metrics, files->v[i]);
		else
			take_document(files->v[i], kind, out);
	}
	if (metrics.n > 1)
		sort_by_time(&metrics);
	if (metrics.n)
		take_metrics(o, &metrics, out);
}
