/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/state_save.h"

#include "base/mem.h"
#include "probe/state_members.h"
#include "probe/state_priv.h"

#include <string.h>

#define TEXT_MAX    (1u << 20)
#define MAX_MEMBERS 64

struct in {
	const unsigned char *at, *end;
	bool bad;
};

static const void *take(struct in *in, size_t len)
{
	const void *at = in->at;

	if (in->bad || len > (size_t)(in->end - in->at)) {
		in->bad = true;
		return NULL;
	}
	in->at += len;
	return at;
}

static uint32_t take_u32(struct in *in)
{
	uint32_t v = 0;
	const void *at = take(in, sizeof(v));

	if (at)
		memcpy(&v, at, sizeof(v));
	return v;
}

/* NULL with *len TEXT_NULL for a null pointer. */
static const char *take_text(struct in *in, uint32_t *len)
{
	*len = take_u32(in);
	if (*len == TEXT_NULL)
		return NULL;
	if (*len > TEXT_MAX)
		in->bad = true;
	return take(in, *len);
}

struct columns {
	struct section s;
	const struct member *v[MAX_MEMBERS]; /* NULL: not known here */
	uint32_t kind[MAX_MEMBERS];
	size_t n;
};

static void take_columns(struct in *in, struct columns *c, struct section s)
{
	uint32_t n = take_u32(in);

	c->s = s;
	c->n = 0;
	if (n > MAX_MEMBERS)
		in->bad = true;
	for (uint32_t i = 0; i < n && !in->bad; i++) {
		uint32_t len;
		const char *name = take_text(in, &len);

		c->kind[i] = take_u32(in);
		c->v[i] = NULL;
		if (!name || c->kind[i] > KIND_TEXT)
			in->bad = true;
		for (size_t k = 0; k < s.n && !in->bad; k++)
			if (strlen(s.v[k].name) == len && !memcmp(s.v[k].name, name, len) &&
			    kind_of(&s.v[k]) == c->kind[i])
				c->v[i] = &s.v[k];
		c->n++;
	}
}

static bool fits(uint64_t v, size_t size)
{
	return size >= 8 || v >> (size * 8) == 0;
}

static bool set_strings(struct state_strings *to, const char *text, uint32_t len)
{
	free(to->v);
	*to = (struct state_strings){0};
	if (!text || (len && text[len - 1]))
		return false;
	if (!len)
		return true;
	to->v = xmalloc(len);
	memcpy(to->v, text, len);
	to->len = len;
	for (uint32_t i = 0; i < len; i++)
		to->n += text[i] == '\0';
	return true;
}

/* False for a value that the member cannot have. */
static bool set_text(void *object, const struct member *m, const char *text, uint32_t len)
{
	char *at = (char *)object + m->at, *copy;

	switch (m->type) {
	case TYPE_CHARS:
		if (!text || len >= m->size || memchr(text, '\0', len))
			return false;
		memset(at, 0, m->size);
		memcpy(at, text, len);
		return true;
	case TYPE_BYTES:
		if (!text || len != m->size)
			return false;
		memcpy(at, text, len);
		return true;
	case TYPE_STRINGS:
		return set_strings((struct state_strings *)(void *)at, text, len);
	case TYPE_TEXT:
		if (text ? memchr(text, '\0', len) != NULL : !m->zero_ok)
			return false;
		memcpy(&copy, at, sizeof(copy));
		free(copy);
		copy = text ? xstrndup(text, len) : NULL;
		memcpy(at, &copy, sizeof(copy));
		return true;
	case TYPE_NAME:
		if (!text || memchr(text, '\0', len))
			return false;
		fd_restore_name(object, text, len);
		return true;
	default:
		return false;
	}
}

/* The object's members must be zero or owned values of the same kinds. */
static void take_object(struct in *in, const struct columns *c, void *object)
{
	for (size_t i = 0; i < c->n && !in->bad; i++) {
		const struct member *m = c->v[i];
		uint64_t number;
		const char *text;
		uint32_t len;

		if (c->kind[i] == KIND_TEXT) {
			text = take_text(in, &len);
			if (!in->bad && m && !set_text(object, m, text, len))
				in->bad = true;
			continue;
		}
		text = take(in, sizeof(number));
		if (!text || !m)
			continue;
		memcpy(&number, text, sizeof(number));
		if (m->type == TYPE_BOOL ? number <= 1 : fits(number, m->size))
			memcpy((char *)object + m->at, &number, m->size);
		else
			in->bad = true;
	}
}

/* Texts that must be there whatever the bytes have. */
static void fill_image(struct state_image *image)
{
	if (!image->exepath)
		image->exepath = xstrdup("");
	if (!image->exe)
		image->exe = xstrdup("");
	if (!image->cmdline)
		image->cmdline = xstrdup("");
	if (image->args_at > strlen(image->cmdline))
		image->args_at = strlen(image->cmdline);
}

static struct state_image *take_image(struct in *in, const struct columns *c)
{
	struct state_image *image = xcalloc(1, sizeof(*image));

	image->refs = 1;
	take_object(in, c, image);
	fill_image(image);
	return image;
}

static struct state_fds *take_fds(struct in *in, const struct columns *c, struct state *st)
{
	struct state_fds *fds = fds_new();
	uint32_t n = take_u32(in);

	for (uint32_t i = 0; i < n && !in->bad; i++) {
		struct state_fd *fd = fds_open(st, fds, take_u32(in), '?');

		if (!fd || in->bad) {
			in->bad = true;
			break;
		}
		take_object(in, c, fd);
		/* A descriptor without a type is one that is closed. */
		if (!fd->typechar || fd->role > STATE_ROLE_LISTEN || fd->raw_at > fd->name_len) {
			fd->typechar = '?';
			in->bad = true;
		}
	}
	return fds;
}

/* NULL for none. */
static struct state_cgroup *take_cgroup(struct in *in, struct state *st)
{
	uint32_t len;
	const char *path = take_text(in, &len);
	cleanup_free char *copy = path && !in->bad ? xstrndup(path, len) : NULL;

	return copy ? cgroup_get(st, copy) : NULL;
}

struct restored {
	struct state *st;
	struct state_image **images;
	size_t n_images;
	struct state_fds **tables;
	size_t n_tables;
};

/* One thread; it is taken over by the state unless that is full. */
static void take_thread(struct in *in, const struct columns *c, struct restored *r)
{
	struct state_thread read = {0}, *t;
	struct state_cgroup *cgroup;
	uint32_t image, fds;

	take_object(in, c, &read);
	image = take_u32(in);
	fds = take_u32(in);
	cgroup = take_cgroup(in, r->st);
	if (!read.tid || read.tid >= STATE_TIDS || state_thread(r->st, read.tid) ||
	    image > r->n_images || fds > r->n_tables)
		in->bad = true;
	t = in->bad ? NULL : thread_add(r->st, read.tid, read.pid);
	if (!t) {
		free(read.cwd);
		cgroup_unref(cgroup);
		return;
	}
	*t = read;
	t->cgroup = cgroup;
	if (image) {
		t->image = r->images[image - 1];
		t->image->refs++;
	}
	if (fds) {
		t->fds = r->tables[fds - 1];
		t->fds->refs++;
	} else {
		t->fds = fds_new();
	}
}

/* How many objects follow; each takes at least one byte. */
static size_t take_count(struct in *in)
{
	uint32_t n = take_u32(in);

	if (n > (size_t)(in->end - in->at))
		in->bad = true;
	return in->bad ? 0 : n;
}

static void take_all(struct in *in, struct restored *r)
{
	struct columns c;
	size_t n;

	take_columns(in, &c, section_image);
	n = take_count(in);
	r->images = xcalloc(n ? n : 1, sizeof(struct state_image *));
	while (r->n_images < n && !in->bad)
		r->images[r->n_images++] = take_image(in, &c);
	take_columns(in, &c, section_fd);
	n = take_count(in);
	r->tables = xcalloc(n ? n : 1, sizeof(struct state_fds *));
	while (r->n_tables < n && !in->bad)
		r->tables[r->n_tables++] = take_fds(in, &c, r->st);
	take_columns(in, &c, section_thread);
	n = take_count(in);
	for (size_t i = 0; i < n && !in->bad; i++)
		take_thread(in, &c, r);
}

int state_restore(struct state *st, const void *data, size_t len, struct error *err)
{
	struct in in = {data, (const unsigned char *)data + len, false};
	struct restored r = {.st = st};

	take_all(&in, &r);
	for (size_t i = 0; i < r.n_images; i++)
		image_unref(r.images[i]);
	for (size_t i = 0; i < r.n_tables; i++)
		fds_unref(st, r.tables[i]);
	free(r.images);
	free(r.tables);
	if (in.bad || in.end - in.at >= 8)
		return error_input(err, "the process state in it is damaged, at byte %zu of %zu",
				   (size_t)(in.at - (const unsigned char *)data), len);
	return 0;
}

bool state_restore_thread(struct state *st, struct state_thread *t, const void *data, size_t len)
{
	struct in in = {data, (const unsigned char *)data + len, false};
	uint32_t tid = t->tid, pid = t->pid;
	struct columns c;

	take_columns(&in, &c, section_thread);
	take_object(&in, &c, t);
	t->tid = tid;
	t->pid = pid;
	take_columns(&in, &c, section_image);
	if (take_u32(&in) && !in.bad)
		thread_set_image(t, take_image(&in, &c));
	if (!in.bad)
		thread_set_cgroup(t, take_cgroup(&in, st));
	return !in.bad;
}
