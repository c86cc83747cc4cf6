/* SPDX-License-Identifier: Apache-2.0 */
/* Watching a running Falco: its metrics file and /proc, or its Prometheus endpoint. */
#include "cmd/advise.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "engine/http.h"
#include "engine/process.h"
#include "engine/prometheus.h"
#include "run/cgroup.h"
#include "run/session.h"
#include "run/window.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define LOOK_NS	     (250 * NS_PER_MS) /* between two looks at the metrics file */
#define SCRAPE_NS    NS_PER_S	       /* between two scrapes */
#define SCRAPE_LIMIT (5 * NS_PER_S)
#define MISSES_MAX   3 /* failed scrapes in a row */
#define CMDLINE_MAX  (1u << 20)

/* Until then, or a signal. */
static void pause_until(const struct session *s, int64_t at)
{
	struct pollfd p = {.fd = s->signal_fd, .events = POLLIN};
	int64_t left = at - clock_mono();

	if (left > 0)
		poll(&p, 1, (int)(left / NS_PER_MS) + 1);
}

/* ---- Prometheus ---- */

static int scrape(const char *url, const struct session *s, struct advise_lines *out,
		  struct error *err)
{
	struct strbuf body cleanup_strbuf = STRBUF_INIT;
	struct error why = ERROR_INIT;

	if (http_get(url, "/metrics", SCRAPE_LIMIT, s->signal_fd, &body, err))
		return -1;
	ALLOC_GROW(out->v, out->n, out->alloc);
	if (prometheus_parse(&out->v[out->n], body.buf, body.len, clock_real(), 0, &why))
		return error_env(err, "%s: %s", url, why.msg);
	out->n++;
	return 0;
}

static int scrape_all(const char *url, int64_t duration_ns, struct session *s,
		      struct advise_lines *lines, size_t *misses, struct error *err)
{
	int64_t next = clock_mono(), end = next + duration_ns;
	int in_a_row = 0;

	for (; next <= end && !session_interrupted(s); next += SCRAPE_NS) {
		struct error why = ERROR_INIT;

		pause_until(s, next);
		if (session_interrupted(s))
			break;
		if (!scrape(url, s, lines, &why)) {
			in_a_row = 0;
			continue;
		}
		(*misses)++;
		if (!lines->n || ++in_a_row >= MISSES_MAX || why.kind == ERROR_INPUT) {
			*err = why;
			return -1;
		}
	}
	return 0;
}

static void judge_lines(const struct config *c, const struct advise_lines *l, const char *where,
			struct advice *out)
{
	struct verdict_input in;
	struct verdict_list list;

	advise_fill_input(&in, c, l->v[0].v[METRIC_HOST_CPUS]);
	verdict_metrics(&in, &(struct verdict_raw){l->v, l->n, false}, 1, &list);
	advice_of_verdicts(&list, where, out);
	verdict_list_release(&list);
}

static int observe_url(const struct advise_args *a, const char *url, const struct config *c,
		       struct session *s, struct advice *out, struct error *err)
{
	struct advise_lines lines = {0};
	size_t misses = 0;
	int rc = scrape_all(url, a->duration_ns, s, &lines, &misses, err);

	if (!rc && lines.n < 2)
		rc = error_env(err, "%s: observed for too short a time: two scrapes are needed",
			       url);
	if (!rc) {
		strvec_pushf(&out->notes, "%zu scrapes of %s within %s, %zu failed", lines.n, url,
			     UNITS_DURATION((double)(lines.v[lines.n - 1].t_ns - lines.v[0].t_ns)),
			     misses);
		if (lines.v[0].v[METRIC_N_EVTS] == METRIC_UNKNOWN)
			strvec_push(&out->notes, "it tells no kernel counters: "
						 "metrics.kernel_event_counters_enabled is off");
		judge_lines(c, &lines, url, out);
	}
	advise_lines_release(&lines);
	return rc;
}

/* ---- a process ---- */

struct target {
	pid_t pid;
	uint64_t start;
	char *prefix; /* before its absolute paths: "", or "/proc/PID/root" */
	char *cwd;
};

static void target_release(struct target *t)
{
	free(t->prefix);
	free(t->cwd);
}

static char *read_link(pid_t pid, const char *what)
{
	char *link cleanup_free = xasprintf("/proc/%d/%s", (int)pid, what);
	char buf[4096];
	ssize_t n = readlink(link, buf, sizeof(buf) - 1);

	return n < 0 ? NULL : xstrndup(buf, (size_t)n);
}

static int target_find(struct target *t, const char *what, struct error *err)
{
	char *end;
	long pid = strtol(what, &end, 10);
	char *root cleanup_free = NULL, *mnt cleanup_free = NULL, *own cleanup_free = NULL;

	if (*end || pid <= 0 || pid > INT32_MAX)
		return error_input(err,
				   "option --observe: '%s' is neither a process id nor a URL "
				   "http://HOST[:PORT]",
				   what);
	t->pid = (pid_t)pid;
	t->start = process_start_time(t->pid);
	if (!t->start)
		return error_env(err, "option --observe: there is no process %ld", pid);
	root = read_link(t->pid, "root");
	mnt = read_link(t->pid, "ns/mnt");
	own = read_link(getpid(), "ns/mnt");
	t->cwd = read_link(t->pid, "cwd");
	if (!root || !t->cwd)
		return error_sys(err, ERROR_ENV, errno,
				 "process %ld: its root and working folder cannot be read", pid);
	t->prefix = !strcmp(root, "/") && mnt && own && !strcmp(mnt, own)
			    ? xstrdup("")
			    : xasprintf("/proc/%ld/root", pid);
	return 0;
}

/* A path of its as one of ours. */
static char *its_path(const struct target *t, const char *path)
{
	return *path == '/' ? xasprintf("%s%s", t->prefix, path)
			    : xasprintf("%s%s/%s", t->prefix, t->cwd, path);
}

/* The value of an option in any of getopt's spellings, else NULL; *i moves over it. */
static const char *value_of(const struct strvec *argv, size_t *i, char letter, const char *word)
{
	const char *arg = argv->v[*i];
	size_t n = strlen(word);
	const char *rest = NULL;

	if (arg[0] == '-' && arg[1] == letter)
		rest = arg + 2;
	else if (!strncmp(arg, "--", 2) && !strncmp(arg + 2, word, n) &&
		 (!arg[2 + n] || arg[2 + n] == '='))
		rest = arg + 2 + n + (arg[2 + n] == '=');
	if (!rest)
		return NULL;
	return *rest ? rest : *i + 1 < argv->n ? argv->v[++*i] : NULL;
}

/* Its -c, -o and -r, where the caller gave none. */
static int take_options(const struct target *t, struct advise_args *a, struct error *err)
{
	char *file cleanup_free = xasprintf("/proc/%d/cmdline", (int)t->pid);
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct strvec argv cleanup_strvec = STRVEC_INIT;
	bool own_sets = a->sets.n > 0, own_rules = a->rules.n > 0;
	char *config cleanup_free = NULL;

	if (fs_read_file(file, &text, CMDLINE_MAX, err))
		return -1;
	for (size_t at = 0; at < text.len; at += strlen(text.buf + at) + 1)
		strvec_push(&argv, text.buf + at);
	for (size_t i = 1; i < argv.n; i++) {
		const char *v;

		if ((v = value_of(&argv, &i, 'c', "config"))) {
			free(config);
			config = its_path(t, v);
		} else if ((v = value_of(&argv, &i, 'o', "option"))) {
			if (!own_sets)
				strvec_push(&a->sets, v);
		} else if ((v = value_of(&argv, &i, 'r', "rules"))) {
			if (!own_rules)
				strvec_take(&a->rules, its_path(t, v));
		}
	}
	if (a->config)
		return 0;
	if (!config) {
		config = its_path(t, "/etc/falco/falco.yaml");
		if (!fs_exists(config))
			return 0;
	}
	a->config = a->found_config = config;
	config = NULL;
	return 0;
}

/* ---- its metrics file and /proc ---- */

struct watch {
	struct procstat stat;
	struct cgroup_watch group;
	bool now; /* snapshots come while it is watched: facts of /proc belong to them */
	struct res_sample *v;
	size_t n, alloc, n_before;
};

/* A snapshot that goes back is of another start: what was before is of no use. */
static void drop_all(struct watch *w)
{
	for (size_t i = 0; i < w->n; i++)
		res_sample_release(&w->v[i]);
	w->n = w->n_before = 0;
}

static void take(void *arg, const struct metrics_sample *m)
{
	struct watch *w = arg;
	struct cgroup_cpu group = {-1, -1, -1};
	struct proc_facts f;

	if (m->other_source)
		return;
	if (w->n && (m->v[METRIC_N_EVTS] < w->v[w->n - 1].n_evts || m->t_ns <= w->v[w->n - 1].t_ns))
		drop_all(w);
	proc_facts_init(&f);
	if (w->now) {
		procstat_read(&w->stat, &f);
		cgroup_watch_read(&w->group, &group);
	}
	ALLOC_GROW(w->v, w->n, w->alloc);
	sample_fill(&w->v[w->n], m, &f);
	w->v[w->n].throttled_ns = group.throttled_ns;
	w->v[w->n].nr_throttled = group.nr_throttled;
	w->n++;
	w->n_before += !w->now;
}

static double share(int64_t from, int64_t to, double ns)
{
	return from < 0 || to < 0 || to < from ? (double)NAN : (double)(to - from) / ns;
}

static void say_share(struct strbuf *sb, const char *what, double v)
{
	if (!isnan(v))
		strbuf_addf(sb, ", %s %s", what, UNITS_SHARE(v));
}

static void say_facts(const struct target *t, const struct watch *w, const struct proc_facts *f0,
		      const struct cgroup_cpu *g0, int64_t ns, struct strvec *notes)
{
	struct strbuf sb = STRBUF_INIT;
	struct cgroup_cpu g1;
	struct proc_facts f1;

	procstat_read(&w->stat, &f1);
	cgroup_watch_read(&w->group, &g1);
	strbuf_addf(&sb, "process %d over %s", (int)t->pid, UNITS_DURATION((double)ns));
	say_share(&sb, "CPU of one core", share(f0->cpu_ns, f1.cpu_ns, (double)ns));
	say_share(&sb, "main thread on a CPU", share(f0->main_cpu_ns, f1.main_cpu_ns, (double)ns));
	say_share(&sb, "waiting for one", share(f0->main_wait_ns, f1.main_wait_ns, (double)ns));
	say_share(&sb, "throttled by its control group",
		  share(g0->throttled_ns, g1.throttled_ns, (double)ns));
	if (f1.rss_bytes >= 0)
		strbuf_addf(&sb, ", %s resident", UNITS_BYTES((double)f1.rss_bytes));
	strvec_take(notes, strbuf_detach(&sb));
}

static int watch_it(const struct target *t, const char *file, int64_t duration_ns,
		    struct session *s, struct watch *w, struct strvec *notes, struct error *err)
{
	struct metrics_tail tail;
	struct cgroup_cpu g0;
	struct proc_facts f0;
	int64_t from = clock_mono(), end = from + duration_ns;
	int rc;

	metrics_tail_init(&tail, file, 0);
	rc = metrics_tail_read(&tail, take, w, err);
	w->now = true;
	procstat_read(&w->stat, &f0);
	cgroup_watch_read(&w->group, &g0);
	while (!rc && clock_mono() < end && !session_interrupted(s)) {
		pause_until(s, clock_mono() + LOOK_NS);
		rc = metrics_tail_read(&tail, take, w, err);
		if (!rc && process_start_time(t->pid) != t->start)
			rc = error_env(err, "process %d ended while it was observed", (int)t->pid);
	}
	if (!rc)
		say_facts(t, w, &f0, &g0, clock_mono() - from, notes);
	metrics_tail_release(&tail);
	return rc;
}

static void judge_watch(const struct config *c, const struct watch *w, const char *where,
			struct advice *out)
{
	/* Of two or more that came while it was watched, only what lies between these counts: the
	 * interval into the first of them began before, and its drops may be older than that. */
	size_t first = w->n - w->n_before >= 2 ? w->n_before : 0;
	const struct verdict_series s = {.v = w->v + first,
					 .n = w->n - first,
					 .startup_drops = w->v[first].n_drops,
					 .output_timeouts = RES_UNKNOWN,
					 .alerts = RES_UNKNOWN,
					 .nice = (double)NAN};
	struct verdict_input in;
	struct verdict_list list;

	strvec_pushf(&out->notes, "%zu snapshots of %s while it was observed%s", w->n - w->n_before,
		     where,
		     first || !w->n_before
			     ? ""
			     : ": too few, so that those before count too (metrics.interval)");
	advise_fill_input(&in, c, sysconf(_SC_NPROCESSORS_ONLN));
	in.series = &s;
	in.n_series = 1;
	verdict_judge(&in, &list);
	advice_of_verdicts(&list, where, out);
	verdict_list_release(&list);
}

static int observe_file(const struct target *t, const struct advise_args *a, const char *file,
			const struct config *c, struct session *s, struct advice *out,
			struct error *err)
{
	struct watch w = {.stat = PROCSTAT_INIT, .group = CGROUP_WATCH_INIT};
	int rc;

	procstat_open(&w.stat, t->pid);
	cgroup_watch_open(&w.group, "", t->pid);
	rc = watch_it(t, file, a->duration_ns, s, &w, &out->notes, err);
	if (!rc && w.n < 2)
		rc = error_env(err,
			       "%s: %zu snapshots are too few to judge; metrics.interval is %s, "
			       "observe longer (--duration)",
			       file, w.n,
			       c->metrics_interval_ns > 0
				       ? UNITS_DURATION((double)c->metrics_interval_ns)
				       : "not valid");
	if (!rc)
		judge_watch(c, &w, file, out);
	drop_all(&w);
	free(w.v);
	procstat_release(&w.stat);
	cgroup_watch_release(&w.group);
	return rc;
}

static const char *web(const struct config *c, const char *key, const char *def)
{
	const struct yaml_node *n = yaml_get(yaml_get(c->root, "webserver"), key);

	return n && n->value ? n->value : def;
}

static bool web_is(const struct config *c, const char *key)
{
	bool b = false;

	return yaml_to_bool(web(c, key, "false"), &b) && b;
}

static int no_metrics(const struct target *t, const struct advise_args *a, const struct config *c,
		      struct error *err)
{
	return error_env(
		err,
		"process %d tells no metrics: %s in %s. Set metrics: {enabled: true, interval: 1s, "
		"output_file: /var/log/falco/metrics.jsonl} there, or metrics.enabled with "
		"webserver.prometheus_metrics_enabled; Falco takes it up without a restart when "
		"watch_config_files is on",
		(int)t->pid,
		c->metrics_enabled ? "metrics.output_file is empty and no Prometheus endpoint is on"
				   : "metrics.enabled is false",
		a->config ? a->config : "Falco's own values (no falco.yaml was found)");
}

static int observe_process(struct cmd_ctx *ctx, const struct target *t, const struct advise_args *a,
			   const struct config *c, struct session *s, struct advice *out,
			   struct error *err)
{
	char *url cleanup_free = NULL;

	if (*t->prefix && yaml_get(c->root, "config_files"))
		log_print(&ctx->log, LOG_WARNING,
			  "process %d has another root: its config_files are not read from there",
			  (int)t->pid);
	if (c->metrics_enabled && c->metrics_output_file && *c->metrics_output_file) {
		char *file cleanup_free = its_path(t, c->metrics_output_file);

		if (!fs_exists(file))
			return error_env(
				err,
				"%s: no such file, which process %d is set to write its "
				"metrics to; give its falco.yaml with -c if it was changed",
				file, (int)t->pid);
		return observe_file(t, a, file, c, s, out, err);
	}
	if (!c->metrics_enabled || !web_is(c, "enabled") ||
	    !web_is(c, "prometheus_metrics_enabled"))
		return no_metrics(t, a, c, err);
	url = xasprintf("http%s://127.0.0.1:%s/metrics", web_is(c, "ssl_enabled") ? "s" : "",
			web(c, "listen_port", "8765"));
	return observe_url(a, url, c, s, out, err);
}

static int observe(struct cmd_ctx *ctx, struct advise_args *a, struct session *s,
		   struct advice *out, struct error *err)
{
	bool is_url = strstr(a->observe, "://") != NULL;
	struct target t = {0};
	struct config c;
	int rc = is_url ? 0 : target_find(&t, a->observe, err);

	if (!rc && !is_url)
		rc = take_options(&t, a, err);
	if (!rc && !(rc = advise_config(a, NULL, &c, err))) {
		log_print(&ctx->log, LOG_NOTE, "observing %s for %s; SIGINT (Ctrl-C) ends it early",
			  a->observe, UNITS_DURATION((double)a->duration_ns));
		rc = is_url ? observe_url(a, a->observe, &c, s, out, err)
			    : observe_process(ctx, &t, a, &c, s, out, err);
		config_release(&c);
	}
	target_release(&t);
	return rc;
}

int advise_observe(struct cmd_ctx *ctx, struct advise_args *a, struct advice *out, int *caught,
		   struct error *err)
{
	struct session s = SESSION_INIT;
	int rc;

	a->source = SOURCE_OBSERVED;
	if (session_begin(&s, err))
		return -1;
	rc = observe(ctx, a, &s, out, err);
	*caught = s.caught == SIGINT && !rc ? 0 : s.caught;
	session_end(&s);
	return rc;
}
