/* SPDX-License-Identifier: Apache-2.0 */
#include "run/doctor.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "run/doctor_private.h"

#include <stdio.h>
#include <string.h>

#define NEEDS_MAX 8

const char *const doctor_status_names[] = {"ok", "warning", "missing", "unknown", NULL};

/* What the checks are for. */
static const struct {
	const char *id, *title;
	bool run; /* without it there is no `falcotune run` */
	const char *needs[NEEDS_MAX];
} ability_rows[] = {
	{"predict",
	 "predict, check and price rules (check, syscalls, matrix, rules, diff)",
	 false,
	 {NULL}},
	{"dry-run", "dry runs of an engine (run --dry-run-only)", true, {"engine", NULL}},
	{"live-run",
	 "live runs under load (run, capacity, profile)",
	 true,
	 {"privileges", "bpf", "ring-buffer", "btf", "memory", "engine", "load", NULL}},
	{"survey",
	 "count the host's system calls (survey)",
	 false,
	 {"privileges", "bpf", "btf", "survey", NULL}},
	{"limits",
	 "limit an engine's CPU time and memory (--cpu-limit, --memory-limit)",
	 false,
	 {"privileges", "control-groups", NULL}},
	{"kernel-time",
	 "time that an engine's BPF programs take (bpf_stats)",
	 false,
	 {"privileges", "bpf-stats", NULL}},
	{"falco", "figures of Falco itself, not of the embedded engine", false, {"falco", NULL}},
};
#define N_ABILITIES (sizeof(ability_rows) / sizeof(ability_rows[0]))

char *doctor_path(const struct doctor_input *in, const char *file)
{
	return xasprintf("%s%s", in->root, file);
}

bool doctor_recorded(const struct doctor_input *in)
{
	return *in->root;
}

bool doctor_read(const struct doctor_input *in, const char *file, struct strbuf *out)
{
	char *path cleanup_free = doctor_path(in, file);

	if (fs_read_file(path, out, 1 << 20, NULL))
		return false;
	while (out->len && out->buf[out->len - 1] == '\n')
		strbuf_setlen(out, out->len - 1);
	return true;
}

bool doctor_kernel_has(const struct doctor_input *in, int major, int minor)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	int a, b;

	return doctor_read(in, "/proc/sys/kernel/osrelease", &text) &&
	       sscanf(text.buf, "%d.%d", &a, &b) == 2 && (a > major || (a == major && b >= minor));
}

static size_t count(const struct doctor_row *rows)
{
	size_t n = 0;

	while (rows[n].id)
		n++;
	return n;
}

static void look(struct doctor *d, const struct doctor_row *rows, const struct doctor_input *in)
{
	for (; rows->id; rows++) {
		struct doctor_check *c = &d->checks[d->n_checks++];

		*c = (struct doctor_check){.id = rows->id, .title = rows->title};
		strbuf_init(&c->found);
		strbuf_init(&c->fix);
		rows->look(c, in);
	}
}

static const struct doctor_check *find(const struct doctor *d, const char *id)
{
	for (size_t i = 0; i < d->n_checks; i++)
		if (!strcmp(d->checks[i].id, id))
			return &d->checks[i];
	return NULL;
}

void doctor_look(struct doctor *d, const struct doctor_input *in)
{
	*d = (struct doctor)DOCTOR_INIT;
	d->checks =
		xcalloc(count(doctor_kernel_rows) + count(doctor_host_rows), sizeof(*d->checks));
	look(d, doctor_kernel_rows, in);
	look(d, doctor_host_rows, in);
	d->n_abilities = N_ABILITIES;
	d->abilities = xcalloc(N_ABILITIES, sizeof(*d->abilities));
	d->ready = true;
	for (size_t i = 0; i < N_ABILITIES; i++) {
		struct doctor_ability *a = &d->abilities[i];

		a->id = ability_rows[i].id;
		a->title = ability_rows[i].title;
		for (const char *const *id = ability_rows[i].needs; *id; id++)
			if (find(d, *id)->status == DOCTOR_MISSING)
				strvec_push(&a->because, *id);
		a->can = !a->because.n;
		d->ready &= a->can || !ability_rows[i].run;
	}
}

void doctor_release(struct doctor *d)
{
	for (size_t i = 0; i < d->n_checks; i++) {
		strbuf_release(&d->checks[i].found);
		strbuf_release(&d->checks[i].fix);
	}
	for (size_t i = 0; i < d->n_abilities; i++)
		strvec_release(&d->abilities[i].because);
	free(d->checks);
	free(d->abilities);
	*d = (struct doctor)DOCTOR_INIT;
}

json_t *doctor_json(const struct doctor *d)
{
	json_t *checks = json_array(), *abilities = json_array();

	for (size_t i = 0; i < d->n_checks; i++) {
		const struct doctor_check *c = &d->checks[i];
		json_t *o =
			json_pack("{s:s, s:s, s:s, s:o}", "id", c->id, "title", c->title, "status",
				  doctor_status_names[c->status], "found", utf8_json(c->found.buf));

		json_object_set_new(o, "fix", c->fix.len ? utf8_json(c->fix.buf) : json_null());
		json_array_append_new(checks, o);
	}
	for (size_t i = 0; i < d->n_abilities; i++) {
		const struct doctor_ability *a = &d->abilities[i];

		json_array_append_new(abilities, json_pack("{s:s, s:s, s:b, s:o}", "id", a->id,
							   "title", a->title, "can", a->can,
							   "because", utf8_json_list(&a->because)));
	}
	return json_pack("{s:i, s:s, s:b, s:o, s:o}", "schema", 1, "falcotune", FALCOTUNE_VERSION,
			 "ready", d->ready, "abilities", abilities, "checks", checks);
}
