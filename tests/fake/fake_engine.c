/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An engine that captures nothing: it replays logs and metrics, to prove that any executable with
 * Falco's command line can be driven, and that one that misbehaves harms nobody but its case.
 *
 * From the environment:
 *   FAKE_LOGS     folder with CASE.log, the log of a dry run of each case (CASE: name of the folder
 *                 that -c is in; "recommended", the last run of a recommended configuration, has
 *                 that of the case with the same base_syscalls). Where -c has a custom_set, its
 * names and procexit are the final set whatever the log says, with FAKE_CALLS. FAKE_METRICS
 * recorded metrics, replayed line by line with today's evt.time; the last step is repeated for
 * ever. Without it, or for a case with CASE.rate in FAKE_LOGS ("EVENTS DROP_SHARE", per second):
 * even counters. FAKE_KNEE     "PER_SCALE CAPACITY BUFFER": a consumer that takes CAPACITY events a
 * second, with room for BUFFER of them, under PER_SCALE events a second times the --scale of the
 *                 falcotune-load that runs beside it
 *   FAKE_CALLS    "CAPACITY NAME=RATE ...": events a second of each call that is in the final set,
 *                 of which CAPACITY a second are taken and the rest is dropped
 *   FAKE_FITS     buf_size_preset from which on FAKE_CALLS drops nothing
 *   FAKE_COSTS    "EVENTS BASE NAME=NS;NAME=NS": CPU time of an event, BASE ns and those of each
 * rule whose last word in the files of -r is not "enabled: false". A replay
 *                 (-o engine.kind=replay) has EVENTS events; live they are those of the metrics
 *   FAKE_PRICES   "EVENTS START BASE RULE CHECK": CPU time, ns: of a start, of an event, and for
 * each event of each rule ("- rule:") and of each check (" = ") in the files of -r; EVENTS as above
 *   FAKE_FAULT    [CASE:]NAME..., what goes wrong; see faults[]
 */
#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum fault {
	FAULT_NONE,
	FAULT_EXIT,	   /* exit 1 at once, with an error line */
	FAULT_ENV,	   /* exit 3 at once when live */
	FAULT_HANG_DRY,	   /* a dry run that does not end */
	FAULT_HANG_START,  /* live: not a word */
	FAULT_HANG_STOP,   /* SIGINT is ignored */
	FAULT_GARBAGE,	   /* the dry run's log is noise */
	FAULT_CUT,	   /* the dry run's final set line is cut */
	FAULT_EXTRA,	   /* one more name in the final set */
	FAULT_TRUNCATED,   /* a metrics line that is cut, with a newline */
	FAULT_NO_METRICS,  /* live: a log, but no metrics */
	FAULT_KILLED,	   /* killed by SIGKILL in the window */
	FAULT_BACKWARDS,   /* n_evts falls */
	FAULT_SILENT,	   /* no more snapshots from the window on */
	FAULT_NO_COUNTERS, /* snapshots without n_evts */
	FAULT_BUFFER,	   /* the buffer setting has no effect */
	FAULT_RAMP,	   /* events a second grow for ever */
	FAULT_SETTLES,	   /* they grow until SETTLED_S after the start */
	FAULT_N
};

static const char *const faults[FAULT_N] = {
	"none",	     "exit",   "env",	      "hang-dry",  "hang-start", "hang-stop",
	"garbage",   "cut",    "extra",	      "truncated", "no-metrics", "killed",
	"backwards", "silent", "no-counters", "buffer",	   "ramp",	 "settles",
};

/* The snapshot (counted from 1) at which a fault in the window happens: the first one comes at
 * once, the second starts the load, the third the window. */
#define FAULT_AT  4
#define SETTLED_S 5.0

struct fake {
	const char *config;
	bool dry;
	const char *case_name;
	enum fault fault;
	char *metrics_file;
	int preset, cpus;
	struct strvec custom_set;
	bool repair, last; /* last: of a recommended configuration */
	double evts_per_s, drop_share;
	double tick_s;			    /* metrics.interval */
	double per_scale, capacity, buffer; /* FAKE_KNEE; capacity 0: none */
	double evts, waiting, drops, at_s;  /* its state */
	struct strvec rules;		    /* files of -r */
	bool replay;
	double replay_evts, ns_per_event; /* FAKE_COSTS; 0: none */
	double start_ns;		  /* FAKE_PRICES */
	json_t **lines;			  /* recorded snapshots */
	size_t n_lines;
};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *fmt, ...)
{
	time_t now = time(NULL);
	char stamp[40];
	struct tm tm;
	va_list ap;

	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%a %b %e %H:%M:%S %Y", &tm);
	fprintf(stderr, "%s: ", stamp);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static void nap(double s)
{
	struct timespec ts = {.tv_sec = (time_t)s,
			      .tv_nsec = (long)((s - (double)(time_t)s) * 1e9)};

	nanosleep(&ts, NULL);
}

static enum fault fault_by_name(const char *name)
{
	for (int i = 0; i < FAULT_N; i++)
		if (!strcmp(name, faults[i]))
			return (enum fault)i;
	fprintf(stderr, "Error: no such fault: %s\n", name);
	exit(2);
}

static enum fault read_fault(const char *case_name)
{
	const char *env = getenv("FAKE_FAULT");
	char *text cleanup_free = xstrdup(env ? env : ""), *save = NULL;

	for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		char *colon = strchr(w, ':');

		if (!colon)
			return fault_by_name(w);
		*colon = '\0';
		if (!strcmp(w, case_name))
			return fault_by_name(colon + 1);
	}
	return FAULT_NONE;
}

static int number(const struct yaml_node *map, const char *key, int other)
{
	const struct yaml_node *n = yaml_get(map, key);
	int64_t v;

	return n && n->kind == YAML_SCALAR && yaml_to_int(n->value, &v) ? (int)v : other;
}

static void read_config(struct fake *f)
{
	struct yaml_docs docs cleanup_yaml = {0};
	struct error err = ERROR_INIT;
	const struct yaml_node *root, *ebpf, *file, *interval, *list, *n;
	const char *knee = getenv("FAKE_KNEE");
	int64_t ns;

	if (!f->config || yaml_parse_file(&docs, f->config, NULL, &err) || !docs.n) {
		fprintf(stderr, "Error: %s\n", f->config ? err.msg : "no -c");
		exit(1);
	}
	root = docs.docs[0];
	list = yaml_get(yaml_get(root, "base_syscalls"), "custom_set");
	for (size_t i = 0; list && list->kind == YAML_SEQ && i < list->n; i++)
		strvec_push(&f->custom_set, list->items[i]->value);
	if (f->custom_set.n)
		strvec_push(&f->custom_set, "procexit");
	strvec_sort_once(&f->custom_set);
	n = yaml_get(yaml_get(root, "base_syscalls"), "repair");
	if (n && n->kind == YAML_SCALAR)
		yaml_to_bool(n->value, &f->repair);
	ebpf = yaml_get(yaml_get(root, "engine"), "modern_ebpf");
	f->preset = number(ebpf, "buf_size_preset", 4);
	f->cpus = number(ebpf, "cpus_for_each_buffer", 2);
	interval = yaml_get(yaml_get(root, "metrics"), "interval");
	f->tick_s = 1;
	if (interval && interval->kind == YAML_SCALAR && units_duration(interval->value, &ns))
		f->tick_s = (double)ns / 1e9;
	file = yaml_get(yaml_get(root, "metrics"), "output_file");
	if (knee)
		sscanf(knee, "%lf %lf %lf", &f->per_scale, &f->capacity, &f->buffer);
	f->metrics_file = file && file->kind == YAML_SCALAR ? xstrdup(file->value) : NULL;
}

/* ---- a consumer with a knee ---- */

static long parent_of(const char *pid)
{
	char *path cleanup_free = xasprintf("/proc/%s/stat", pid);
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	const char *end;

	if (fs_read_file(path, &text, 4096, NULL))
		return 0;
	end = strrchr(text.buf, ')');
	return end && strlen(end) > 4 ? strtol(end + 4, NULL, 10) : 0;
}

/* The --scale of a falcotune-load with the same parent; 0 when none runs. */
static double load_scale(void)
{
	struct strvec pids cleanup_strvec = STRVEC_INIT;

	if (fs_list("/proc", &pids, NULL))
		return 0;
	for (size_t i = 0; i < pids.n; i++) {
		char *path cleanup_free = xasprintf("/proc/%s/cmdline", pids.v[i]);
		struct strbuf text cleanup_strbuf = STRBUF_INIT;

		if (parent_of(pids.v[i]) != getppid() || fs_read_file(path, &text, 65536, NULL))
			continue;
		for (const char *w = text.buf; w < text.buf + text.len; w += strlen(w) + 1)
			if (!strcmp(w, "--scale"))
				return strtod(w + strlen(w) + 1, NULL);
	}
	return 0;
}

/* What became of the events since the last snapshot. */
static void step_knee(struct fake *f, double seconds)
{
	double dt = seconds - f->at_s, came = dt * (20 + f->per_scale * load_scale()), taken;

	f->at_s = seconds;
	f->evts += came;
	f->waiting += came;
	taken = f->capacity * dt < f->waiting ? f->capacity * dt : f->waiting;
	f->waiting -= taken;
	if (f->waiting > f->buffer) {
		f->drops += f->waiting - f->buffer;
		f->waiting = f->buffer;
	}
}

static json_t *knee_fields(struct fake *f, double seconds)
{
	step_knee(f, seconds);
	return json_pack("{s:I, s:I, s:I}", "scap.n_evts", (json_int_t)f->evts, "scap.n_drops",
			 (json_int_t)f->drops, "falco.num_evts",
			 (json_int_t)(f->evts - f->drops - f->waiting));
}

static char *logs_file(const struct fake *f, const char *suffix)
{
	const char *dir = getenv("FAKE_LOGS");

	return xasprintf("%s/%s%s", dir ? dir : ".", f->case_name, suffix);
}

/* The case whose settings are recommended: by repair, or by a final set that is the custom_set. */
static const char *recommended(const struct fake *f)
{
	static const char *const sets[] = {"spawned-process", "accept", "connect", "open"};
	struct strbuf names cleanup_strbuf = STRBUF_INIT;

	if (f->repair || !f->custom_set.n)
		return f->repair ? "repair" : "default";
	strbuf_addstr(&names, "(final set): ");
	strvec_join(&f->custom_set, ", ", &names);
	strbuf_addch(&names, '\n');
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		struct fake of = {.case_name = sets[i]};
		char *path cleanup_free = logs_file(&of, ".log");
		struct strbuf text cleanup_strbuf = STRBUF_INIT;

		if (!fs_read_file(path, &text, 0, NULL) && strstr(text.buf, names.buf))
			return sets[i];
	}
	return f->case_name;
}

/* Is it in the final set? */
static bool is_traced(const struct fake *f, const char *name)
{
	char *path cleanup_free = logs_file(f, ".log"), *word cleanup_free = NULL;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	const char *at;

	if (f->custom_set.n)
		return strvec_has(&f->custom_set, name);
	if (fs_read_file(path, &text, 0, NULL) || !(at = strstr(text.buf, "(final set): ")))
		return false;
	strbuf_setlen(&text, (size_t)(at - text.buf) + strcspn(at, "\n"));
	strbuf_addch(&text, ',');
	word = xasprintf(" %s,", name);
	return strstr(at, word);
}

/* FAKE_CALLS; false: it is not given. */
static bool read_calls(struct fake *f)
{
	const char *env = getenv("FAKE_CALLS"), *fits = getenv("FAKE_FITS");
	char *text cleanup_free = xstrdup(env ? env : ""), *save = NULL, *w;
	double capacity, sum = 20;

	if (!(w = strtok_r(text, " ", &save)))
		return false;
	capacity = strtod(w, NULL);
	while ((w = strtok_r(NULL, " ", &save))) {
		char *equals = strchr(w, '=');

		*equals = '\0';
		sum += is_traced(f, w) ? strtod(equals + 1, NULL) : 0;
	}
	f->evts_per_s = sum;
	f->drop_share = sum > capacity ? 1 - capacity / sum : 0;
	if (fits && f->preset >= atoi(fits))
		f->drop_share = 0;
	return true;
}

static void read_rate(struct fake *f)
{
	const struct fake own = {.case_name = "recommended"};
	char *path cleanup_free = logs_file(f, ".rate"),
		   *last cleanup_free = logs_file(&own, ".rate");
	FILE *file cleanup_fclose = fopen(f->last && fs_exists(last) ? last : path, "re");
	const char *recorded = getenv("FAKE_METRICS");
	FILE *in cleanup_fclose = NULL;
	char *line cleanup_free = NULL;
	size_t cap = 0, alloc = 0;

	f->evts_per_s = 1000;
	if (read_calls(f) || (file && fscanf(file, "%lf %lf", &f->evts_per_s, &f->drop_share) == 2))
		return;
	in = recorded ? fopen(recorded, "re") : NULL;
	while (in && getline(&line, &cap, in) > 0) {
		json_t *doc = json_loads(line, 0, NULL);

		if (!doc)
			continue;
		ALLOC_GROW(f->lines, f->n_lines, alloc);
		f->lines[f->n_lines++] = doc;
	}
}

static void burn(double ns)
{
	struct timespec ts;
	double from = -1, now;

	do {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
		now = (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
		from = from < 0 ? now : from;
	} while (now - from < ns);
}

/* ---- dry ---- */

/* The final set's line with a mistake in it. */
static void spoil(struct strbuf *text, enum fault fault)
{
	char *line = strstr(text->buf, "syscalls selected in total"), *end;
	struct strbuf out cleanup_strbuf = STRBUF_INIT;

	if (!line)
		return;
	end = line + strcspn(line, "\n");
	if (fault == FAULT_CUT) {
		strbuf_setlen(text, (size_t)(end - text->buf) - 10);
		return;
	}
	while (line > text->buf && line[-1] != '\n')
		line--;
	strbuf_add(&out, text->buf, (size_t)(line - text->buf));
	strbuf_addf(&out, "(%ld) %.*s, zz_not_predicted%s",
		    strtol(strchr(line, '(') + 1, NULL, 10) + 1,
		    (int)(end - strstr(line, "syscalls")), strstr(line, "syscalls"), end);
	strbuf_reset(text);
	strbuf_add(text, out.buf, out.len);
}

static int dry_run(struct fake *f)
{
	char *path cleanup_free = logs_file(f, ".log");
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;

	if (f->fault == FAULT_HANG_DRY)
		for (;;)
			pause();
	if (f->start_ns > 0) {
		burn(f->start_ns);
		return 0;
	}
	if (f->custom_set.n && getenv("FAKE_CALLS")) {
		struct strbuf names cleanup_strbuf = STRBUF_INIT;

		strvec_join(&f->custom_set, ", ", &names);
		strbuf_addf(&text,
			    "Falco version: 0.44.1 (x86_64)\n(%zu) syscalls selected in total "
			    "(final set): %s\n",
			    f->custom_set.n, names.buf);
	} else if (fs_read_file(path, &text, 0, &err)) {
		fprintf(stderr, "Error: %s\n", err.msg);
		return 1;
	}
	if (f->fault == FAULT_GARBAGE)
		for (size_t i = 0; i < text.len; i++)
			if (text.buf[i] != '\n')
				text.buf[i] = (char)(i * 2654435761u >> 7);
	if (f->fault == FAULT_CUT || f->fault == FAULT_EXTRA)
		spoil(&text, f->fault);
	fwrite(text.buf, 1, text.len, stderr);
	return 0;
}

/* ---- what events cost ---- */

/* Taken out by the last file that has it? */
static bool is_knocked_out(const struct fake *f, const char *name)
{
	char *plain cleanup_free = xasprintf("- rule: %s\n", name);
	char *quoted cleanup_free = xasprintf("- rule: \"%s\"\n", name);
	bool out = false;

	for (size_t i = 0; i < f->rules.n; i++) {
		struct strbuf text cleanup_strbuf = STRBUF_INIT;
		const char *at, *end, *off;

		if (fs_read_file(f->rules.v[i], &text, 0, NULL))
			continue;
		at = strstr(text.buf, plain);
		at = at ? at : strstr(text.buf, quoted);
		if (!at)
			continue;
		end = strstr(at + 1, "\n- rule:");
		off = strstr(at, "enabled: false");
		out = off && (!end || off < end);
	}
	return out;
}

static void read_costs(struct fake *f)
{
	const char *env = getenv("FAKE_COSTS");
	char *text cleanup_free = xstrdup(env ? env : ""), *save = NULL, *rest;
	int used = 0;

	if (!env || sscanf(text, "%lf %lf %n", &f->replay_evts, &f->ns_per_event, &used) < 2)
		return;
	rest = text + used;
	for (char *w = strtok_r(rest, ";", &save); w; w = strtok_r(NULL, ";", &save)) {
		char *equals = strchr(w, '=');

		*equals = '\0';
		f->ns_per_event += is_knocked_out(f, w) ? 0 : strtod(equals + 1, NULL);
	}
}

static size_t count_of(const struct fake *f, const char *what)
{
	size_t n = 0;

	for (size_t i = 0; i < f->rules.n; i++) {
		struct strbuf text cleanup_strbuf = STRBUF_INIT;

		if (fs_read_file(f->rules.v[i], &text, 0, NULL))
			continue;
		for (const char *at = text.buf; (at = strstr(at, what)); at++)
			n++;
	}
	return n;
}

static void read_prices(struct fake *f)
{
	const char *env = getenv("FAKE_PRICES");
	double base, rule, check;

	if (env && sscanf(env, "%lf %lf %lf %lf %lf", &f->replay_evts, &f->start_ns, &base, &rule,
			  &check) == 5)
		f->ns_per_event = base + rule * (double)count_of(f, "- rule:") +
				  check * (double)count_of(f, " = ");
}

static int replay(struct fake *f)
{
	burn(f->start_ns + f->replay_evts * f->ns_per_event);
	if (f->fault != FAULT_NO_COUNTERS)
		fprintf(stderr, "Elapsed time: 1.000, Captured Events: %.0f, 1.00 eps\n",
			f->replay_evts);
	return 0;
}

/* ---- live ---- */

static long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static json_int_t counter(const struct fake *f, size_t line, const char *name)
{
	return json_integer_value(
		json_object_get(json_object_get(f->lines[line], "output_fields"), name));
}

/* Recorded counters for snapshot n (from 0); beyond the last one its last step goes on. */
static json_int_t recorded(const struct fake *f, size_t n, const char *name)
{
	size_t last = f->n_lines - 1;

	if (n <= last)
		return counter(f, n, name);
	return counter(f, last, name) +
	       (json_int_t)(n - last) * (counter(f, last, name) - counter(f, last - 1, name));
}

/* Seconds at the full rate that make the events of that many seconds. */
static double full_seconds(const struct fake *f, double seconds)
{
	if (f->fault == FAULT_RAMP)
		return seconds * seconds;
	if (f->fault != FAULT_SETTLES)
		return seconds;
	return seconds < SETTLED_S ? seconds * seconds / SETTLED_S / 2 : seconds - SETTLED_S / 2;
}

static json_t *snapshot(struct fake *f, size_t n, double seconds)
{
	json_t *doc, *o;

	if (f->capacity > 0) {
		o = knee_fields(f, seconds);
		doc = json_pack("{s:o}", "output_fields", o);
	} else if (f->n_lines >= 2) {
		doc = json_deep_copy(f->lines[n < f->n_lines ? n : f->n_lines - 1]);
		o = json_object_get(doc, "output_fields");
		json_object_set_new(o, "scap.n_evts", json_integer(recorded(f, n, "scap.n_evts")));
		json_object_set_new(o, "scap.n_drops",
				    json_integer(recorded(f, n, "scap.n_drops")));
		json_object_set_new(o, "falco.num_evts",
				    json_integer(recorded(f, n, "falco.num_evts")));
	} else {
		double full = f->evts_per_s * full_seconds(f, seconds);
		json_int_t evts = 20 + (json_int_t)full;
		json_int_t drops = (json_int_t)(full * f->drop_share);

		o = json_pack("{s:I, s:I, s:I}", "scap.n_evts", evts, "scap.n_drops", drops,
			      "falco.num_evts", evts - drops);
		doc = json_pack("{s:o}", "output_fields", o);
	}
	json_object_set_new(o, "evt.time", json_integer(now_ns()));
	json_object_set_new(doc, "sample", json_integer((json_int_t)n + 1));
	return doc;
}

/* One line into the metrics file; false ends the engine. */
static bool write_snapshot(struct fake *f, FILE *out, size_t n, double seconds)
{
	json_t *doc = snapshot(f, n, seconds), *o = json_object_get(doc, "output_fields");
	bool now = n + 1 >= FAULT_AT;
	char *text;

	if (f->fault == FAULT_NO_COUNTERS)
		json_object_del(o, "scap.n_evts");
	if (f->fault == FAULT_BACKWARDS && now)
		json_object_set_new(o, "scap.n_evts", json_integer(1));
	text = json_dumps(doc, JSON_COMPACT);
	json_decref(doc);
	if (f->fault == FAULT_TRUNCATED && now)
		text[strlen(text) / 2] = '\0';
	if (f->fault == FAULT_KILLED && now)
		raise(SIGKILL);
	if (!(f->fault == FAULT_SILENT && now))
		fprintf(out, "%s\n", text);
	fflush(out);
	free(text);
	return true;
}

static int live(struct fake *f)
{
	FILE *out cleanup_fclose = NULL;
	double start = (double)now_ns() / 1e9, paid = 0;

	if (f->fault == FAULT_ENV) {
		fprintf(stderr, "Error: no BPF here\n");
		return 3;
	}
	if (f->fault == FAULT_HANG_START)
		for (;;)
			pause();
	if (f->fault == FAULT_BUFFER)
		f->preset = 1;
	signal(SIGINT, f->fault == FAULT_HANG_STOP ? SIG_IGN : on_signal);
	signal(SIGTERM, on_signal);
	say("The chosen syscall buffer dimension is: %lld bytes (%d MBs)", 1LL << (19 + f->preset),
	    1 << (f->preset - 1));
	say("Opening 'syscall' source with modern BPF probe.");
	say("One ring buffer every '%d' CPUs.", f->cpus);
	read_rate(f);
	out = f->metrics_file ? fopen(f->metrics_file, "ae") : NULL;
	for (size_t n = 0; !stop; n++) {
		double seconds = (double)now_ns() / 1e9 - start;

		/* Whoever reads a snapshot finds that its events were paid for. */
		burn(f->evts_per_s * (seconds - paid) * f->ns_per_event);
		paid = seconds;
		if (out && f->fault != FAULT_NO_METRICS)
			write_snapshot(f, out, n, seconds);
		/* The first one comes early, then each second; a signal ends the nap. */
		nap(n || f->tick_s < 1 ? f->tick_s : 0.3);
	}
	say("SIGINT received, exiting...");
	return 0;
}

int main(int argc, char **argv)
{
	struct fake f = {0};
	char *dir cleanup_free = NULL;
	int rc;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--version")) {
			puts("Falco version: 0.44.1");
			return 0;
		}
		if (!strcmp(argv[i], "--dry-run"))
			f.dry = true;
		else if (!strcmp(argv[i], "-c") && i + 1 < argc)
			f.config = argv[++i];
		else if (!strcmp(argv[i], "-r") && i + 1 < argc)
			strvec_push(&f.rules, argv[++i]);
		else if (!strcmp(argv[i], "-o") && i + 1 < argc)
			f.replay |= !strcmp(argv[++i], "engine.kind=replay");
	}
	read_config(&f);
	read_costs(&f);
	read_prices(&f);
	dir = fs_dirname(f.config);
	f.case_name = strrchr(dir, '/') ? strrchr(dir, '/') + 1 : dir;
	f.fault = read_fault(f.case_name);
	f.last = !strcmp(f.case_name, "recommended");
	if (f.last)
		f.case_name = recommended(&f);
	if (f.fault == FAULT_EXIT) {
		say("Falco version: 0.44.1 (x86_64)");
		fprintf(stderr, "Error: the fake engine was told to fail\n");
		rc = 1;
	} else {
		rc = f.dry ? dry_run(&f) : f.replay ? replay(&f) : live(&f);
	}
	for (size_t i = 0; i < f.n_lines; i++)
		json_decref(f.lines[i]);
	free(f.lines);
	strvec_release(&f.custom_set);
	strvec_release(&f.rules);
	free(f.metrics_file);
	return rc;
}
