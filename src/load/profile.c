/* SPDX-License-Identifier: Apache-2.0 */
#include "load/profile.h"

#include "base/fs.h"
#include "base/mem.h"
#include "load/profile_private.h"
#include "load/said.h"

#include <ctype.h>
#include <string.h>

#define PROFILE_DIR   "testcases/load"
#define PROFILE_BYTES (1 << 20)

/* ---- reading ---- */

static int read_id(const struct yaml_node *n, const char *what, char **out, struct error *err)
{
	const char *s;

	if (yaml_read_str(n, what, &s, err))
		return -1;
	for (const char *c = s; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
			return yaml_error(n, err,
					  "%s '%s' holds '%c', expected letters, digits, - and _",
					  what, s, *c);
	*out = xstrdup(s);
	return 0;
}

static int read_rate(const struct yaml_node *n, double *out, struct error *err)
{
	if (n->kind == YAML_SCALAR && !strcmp(n->value, "max")) {
		*out = 0;
		return 0;
	}
	if (n->kind != YAML_SCALAR ||
	    yaml_read_double(n, "rate", LOAD_RATE_MIN, LOAD_RATE_MAX, out, NULL))
		return yaml_error(
			n, err,
			"rate is %s, expected operations a second from 0.001 to 1000000000, or max",
			n->kind == YAML_SCALAR ? n->value : yaml_kind_name(n));
	return 0;
}

static int read_operation(const struct yaml_node *n, const struct load_op **out, struct error *err)
{
	struct strbuf names cleanup_strbuf = STRBUF_INIT;
	const char *s;

	if (yaml_read_str(n, "operation", &s, err))
		return -1;
	if ((*out = load_op_find(s)))
		return 0;
	for (size_t i = 0; load_op_at(i); i++)
		strbuf_addf(&names, "%s%s", i ? ", " : "", load_op_at(i)->name);
	return yaml_error(n, err, "unknown operation %s, expected one of %s", s, names.buf);
}

static int read_argv(const struct yaml_node *n, struct strvec *out, struct error *err)
{
	if (n->kind != YAML_SEQ || !n->n)
		return yaml_error(n, err,
				  "exec is %s, expected a list of the program and its arguments",
				  n->kind == YAML_SEQ ? "empty" : yaml_kind_name(n));
	for (size_t i = 0; i < n->n; i++) {
		const struct yaml_node *item = n->items[i];
		const char *s = "";

		/* An argument may be empty, the program may not. */
		if (!(i && item->kind == YAML_SCALAR && !item->len) &&
		    yaml_read_str(item, i ? "an argument of exec" : "the program of exec", &s, err))
			return -1;
		strvec_push(out, s);
	}
	return 0;
}

/* What an operation takes beyond the keys of every worker. */
static int read_paced(const struct yaml_node *map, struct load_worker *w, struct error *err)
{
	const struct yaml_node *n;
	int64_t threads = 1;

	if (read_operation(yaml_get(map, "operation"), &w->op, err))
		return -1;
	if (!(n = yaml_get(map, "rate")))
		return yaml_error(map, err,
				  "a worker without rate, expected operations a second or max");
	if (read_rate(n, &w->arrival.rate, err))
		return -1;
	w->arrival.kind = w->arrival.rate > 0 ? &load_arrivals[0] : NULL;
	if ((n = yaml_get(map, "threads")) &&
	    yaml_read_int(n, "threads", 1, LOAD_THREADS_MAX, &threads, err))
		return -1;
	w->threads = (unsigned)threads;
	if ((n = yaml_get(map, "arrival")) && profile_read_arrival(n, &w->arrival, err))
		return -1;
	return 0;
}

/* How a program's own rate is found in its output. */
static int read_throughput(const struct yaml_node *map, struct load_worker *w, struct error *err)
{
	const struct yaml_node *n = yaml_get(map, "throughput"), *unit = yaml_get(map, "unit");
	char *why cleanup_free = NULL;
	struct said said;
	const char *s;
	int rc;

	if (!n)
		return unit ? yaml_error(unit, err, "unit without throughput") : 0;
	if (yaml_read_str(n, "throughput", &s, err))
		return -1;
	rc = said_init(&said, s, &why);
	said_release(&said);
	if (rc)
		return yaml_error(n, err, "throughput '%s' is no pattern: %s", s, why);
	w->throughput = xstrdup(s);
	if (unit && yaml_read_str(unit, "unit", &s, err))
		return -1;
	w->unit = xstrdup(unit ? s : "operations/s");
	return 0;
}

static int read_kind(const struct yaml_node *map, struct load_worker *w, struct error *err)
{
	static const char *const paced_keys[] = {"name",    "operation", "rate",     "threads",
						 "arrival", "after",	 "duration", NULL};
	static const char *const exec_keys[] = {"name",	 "exec",     "throughput", "unit",
						"after", "duration", NULL};
	const struct yaml_node *exec = yaml_get(map, "exec"), *op = yaml_get(map, "operation");

	if (map->kind == YAML_MAP && exec && op)
		return yaml_error(exec, err, "exec beside operation, expected one of the two");
	if (yaml_check_keys(map, exec ? "an exec worker" : "a worker",
			    exec ? exec_keys : paced_keys, err))
		return -1;
	if (exec)
		return read_argv(exec, &w->argv, err) || read_throughput(map, w, err) ? -1 : 0;
	if (!op)
		return yaml_error(map, err, "a worker without operation or exec");
	return read_paced(map, w, err);
}

int profile_read_time(const struct yaml_node *n, const char *what, int64_t *ns, struct error *err)
{
	if (yaml_read_duration(n, what, ns, err))
		return -1;
	if (*ns > LOAD_TIME_MAX_NS)
		return yaml_error(n, err, "%s is %s, expected at most 10000h", what, n->value);
	return 0;
}

static int read_times(const struct yaml_node *map, struct load_worker *w, struct error *err)
{
	const struct yaml_node *n;

	if ((n = yaml_get(map, "after")) && profile_read_time(n, "after", &w->after_ns, err))
		return -1;
	if (!(n = yaml_get(map, "duration")))
		return 0;
	if (profile_read_time(n, "duration", &w->duration_ns, err))
		return -1;
	if (!w->duration_ns)
		return yaml_error(n, err, "duration of a worker is 0, expected more");
	return 0;
}

static struct load_worker *by_name(const struct load_profile *p, const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(p->workers[i].name, name))
			return &p->workers[i];
	return NULL;
}

void profile_name_worker(const struct load_profile *p, struct load_worker *w, const char *prefix,
			 const char *base)
{
	w->name = xasprintf("%s%s", prefix, base);
	for (size_t i = 2; by_name(p, w->name, p->n - 1); i++) {
		free(w->name);
		w->name = xasprintf("%s%s-%zu", prefix, base, i);
	}
}

static int read_name(const struct load_profile *p, const struct yaml_node *map,
		     struct load_worker *w, struct error *err)
{
	const char *base = w->op ? w->op->name : "exec";
	const struct yaml_node *n = yaml_get(map, "name");

	if (n) {
		if (read_id(n, "name", &w->name, err))
			return -1;
		if (by_name(p, w->name, p->n - 1))
			return yaml_error(n, err,
					  "name %s is given twice, expected a different one",
					  w->name);
		return 0;
	}
	profile_name_worker(p, w, "", base);
	return 0;
}

static int read_worker(struct load_profile *p, const struct yaml_node *map, struct error *err)
{
	struct load_worker *w;

	ALLOC_GROW(p->workers, p->n, p->alloc);
	w = &p->workers[p->n++];
	*w = (struct load_worker){.duration_ns = -1, .line = map->line, .col = map->col};
	return read_kind(map, w, err) || read_times(map, w, err) || read_name(p, map, w, err) ? -1
											      : 0;
}

static int read_root(struct load_profile *p, const struct yaml_node *root, struct error *err)
{
	static const char *const keys[] = {"id",     "title", "duration", "workers",
					   "replay", "scale", NULL};
	const struct yaml_node *n;
	const char *s;

	if (yaml_check_keys(root, "a load profile", keys, err))
		return -1;
	if (!(n = yaml_get(root, "id")))
		return yaml_error(root, err, "a load profile without id");
	if (read_id(n, "id", &p->id, err))
		return -1;
	if (!(n = yaml_get(root, "title")))
		return yaml_error(root, err, "a load profile without title");
	if (yaml_read_str(n, "title", &s, err))
		return -1;
	p->title = xstrdup(s);
	if ((n = yaml_get(root, "duration")) &&
	    profile_read_time(n, "duration", &p->duration_ns, err))
		return -1;
	if (!(n = yaml_get(root, "workers")) && !yaml_get(root, "replay"))
		return yaml_error(root, err, "a load profile without workers");
	if (!n)
		return profile_read_replay(p, root, err);
	if (n->kind != YAML_SEQ || !n->n)
		return yaml_error(n, err, "workers is %s, expected a list of at least one worker",
				  n->kind == YAML_SEQ ? "empty" : yaml_kind_name(n));
	for (size_t i = 0; i < n->n; i++)
		if (read_worker(p, n->items[i], err))
			return -1;
	return profile_read_replay(p, root, err);
}

int load_profile_parse(const char *file, const char *text, size_t len, struct load_profile *out,
		       struct error *err)
{
	struct yaml_docs docs cleanup_yaml = {0};

	*out = (struct load_profile){
		.file = xstrdup(file),
		.duration_ns = LOAD_DEFAULT_DURATION_NS,
	};
	if (yaml_parse(&docs, file, text, len, NULL, err))
		return -1;
	if (docs.n != 1)
		return error_at(err, file, docs.n ? docs.docs[1]->line : 1,
				docs.n ? docs.docs[1]->col : 1,
				"%zu YAML documents, expected one load profile", docs.n);
	return read_root(out, docs.docs[0], err);
}

/* Path of a stock profile, or NULL; the caller frees. */
static char *stock_path(const char *id)
{
	char *rel cleanup_free = xasprintf("%s/%s.yaml", PROFILE_DIR, id);

	return strpbrk(id, "/.") ? NULL : fs_data_path(rel);
}

static int no_such_id(const char *id, struct error *err)
{
	struct strvec ids cleanup_strvec = STRVEC_INIT;
	struct strbuf list cleanup_strbuf = STRBUF_INIT;

	if (load_profile_stock(&ids, err))
		return -1;
	strvec_join(&ids, ", ", &list);
	return error_input(err,
			   "no load profile has the id '%s', expected one of %s, or the path of a "
			   "file such as ./mine.yaml",
			   id, list.buf);
}

int load_profile_read(const char *file_or_id, struct load_profile *out, struct error *err)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	char *stock cleanup_free = stock_path(file_or_id);
	const char *path = stock ? stock : file_or_id;

	*out = (struct load_profile){0};
	if (!stock && !strpbrk(file_or_id, "/.") && strcmp(file_or_id, "-") != 0)
		return no_such_id(file_or_id, err);
	if (fs_read_file(path, &text, PROFILE_BYTES, err))
		return -1;
	return load_profile_parse(strcmp(path, "-") != 0 ? path : "<stdin>", text.buf, text.len,
				  out, err);
}

void load_profile_release(struct load_profile *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->workers[i].name);
		strvec_release(&p->workers[i].argv);
		free(p->workers[i].throughput);
		free(p->workers[i].unit);
	}
	free(p->workers);
	profile_release_replay(p);
	free(p->id);
	free(p->title);
	free(p->file);
	*p = (struct load_profile){0};
}

int load_profile_stock(struct strvec *ids, struct error *err)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	char *dir cleanup_free = fs_data_path(PROFILE_DIR);

	if (!dir)
		return error_env(err,
				 "the stock load profiles (%s) were not found; is the program "
				 "installed whole?",
				 PROFILE_DIR);
	if (fs_list(dir, &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		size_t len = strlen(names.v[i]);

		if (len > 5 && !strcmp(names.v[i] + len - 5, ".yaml"))
			strvec_take(ids, xstrndup(names.v[i], len - 5));
	}
	return 0;
}

void load_profile_add_canary(struct load_profile *p, double rate)
{
	struct load_worker *w;

	ALLOC_GROW(p->workers, p->n, p->alloc);
	w = &p->workers[p->n++];
	*w = (struct load_worker){
		.op = load_op_find("canary"),
		.threads = 1,
		.arrival = {.kind = load_arrivals, .rate = rate},
		.duration_ns = -1,
		.line = 1,
		.col = 1,
	};
	profile_name_worker(p, w, "", "canary");
}

void load_profile_scale(struct load_profile *p, double x)
{
	for (size_t i = 0; i < p->n; i++) {
		p->workers[i].arrival.rate *= x;
		p->workers[i].arrival.other_rate *= x;
	}
}
