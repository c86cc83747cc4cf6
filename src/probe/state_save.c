/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A section: u32 number of members, and for each its name and kind (u32 length and bytes; u32);
 * u32 number of objects, and each object's values in that order. A number is a u64; text is a u32
 * length (TEXT_NULL: a null pointer) and the bytes.
 *
 * The whole: images, descriptor tables (each object: u32 number of open descriptors; each: u32
 * number and a section's values), threads; behind each thread's values are the places of its image
 * and its table, 0 being none, and the path of its control group.
 */
#include "probe/state_save.h"

#include "base/mem.h"
#include "probe/state_priv.h"

#include <stddef.h>
#include <string.h>

#define TEXT_NULL   UINT32_MAX
#define TEXT_MAX    (1u << 20)
#define MAX_MEMBERS 64

enum kind { KIND_NUMBER, KIND_TEXT }; /* in the bytes */

enum type {
	TYPE_NUMBER, /* unsigned integer of size bytes */
	TYPE_BOOL,
	TYPE_CHARS,   /* NUL-terminated text in size bytes */
	TYPE_BYTES,   /* size bytes */
	TYPE_STRINGS, /* struct state_strings */
	TYPE_TEXT,    /* owned pointer to NUL-terminated text */
	TYPE_NAME,    /* of a struct state_fd: name, name_len, name_alloc */
};

struct member {
	const char *name;
	enum type type;
	size_t at, size;
	bool zero_ok; /* TYPE_TEXT: may be a null pointer */
};

#define M(type, of, member)                                                                        \
	{                                                                                          \
#member, type, offsetof(struct of, member), sizeof(((struct of *)0)->member),      \
			false                                                                      \
	}
#define M_OR_NULL(type, of, member)                                                                \
	{                                                                                          \
#member, type, offsetof(struct of, member), sizeof(((struct of *)0)->member), true \
	}

static const struct member image_members[] = {
	M(TYPE_TEXT, state_image, exepath), M(TYPE_TEXT, state_image, exe),
	M(TYPE_TEXT, state_image, cmdline), M(TYPE_NUMBER, state_image, args_at),
	M(TYPE_STRINGS, state_image, args), M(TYPE_STRINGS, state_image, env),
	M(TYPE_NUMBER, state_image, ino),   M(TYPE_NUMBER, state_image, ctime),
	M(TYPE_NUMBER, state_image, mtime), M(TYPE_NUMBER, state_image, exe_flags),
};

static const struct member fd_members[] = {
	M(TYPE_NUMBER, state_fd, typechar), M(TYPE_NUMBER, state_fd, lazy),
	M(TYPE_NUMBER, state_fd, flags),    M(TYPE_NUMBER, state_fd, role),
	M(TYPE_NUMBER, state_fd, proto),    M(TYPE_NUMBER, state_fd, lport),
	M(TYPE_NUMBER, state_fd, rport),    M(TYPE_NUMBER, state_fd, raw_at),
	M(TYPE_NAME, state_fd, name),	    M(TYPE_BYTES, state_fd, laddr),
	M(TYPE_BYTES, state_fd, raddr),
};

static const struct member thread_members[] = {
	M(TYPE_NUMBER, state_thread, tid),	M(TYPE_NUMBER, state_thread, pid),
	M(TYPE_NUMBER, state_thread, ppid),	M(TYPE_NUMBER, state_thread, uid),
	M(TYPE_BOOL, state_thread, known),	M(TYPE_CHARS, state_thread, comm),
	M(TYPE_NUMBER, state_thread, gid),	M(TYPE_NUMBER, state_thread, loginuid),
	M(TYPE_NUMBER, state_thread, vpid),	M(TYPE_NUMBER, state_thread, vtid),
	M(TYPE_NUMBER, state_thread, sid),	M(TYPE_NUMBER, state_thread, vpgid),
	M(TYPE_NUMBER, state_thread, pgid),	M(TYPE_NUMBER, state_thread, tty),
	M(TYPE_BYTES, state_thread, caps),	M(TYPE_NUMBER, state_thread, start),
	M(TYPE_NUMBER, state_thread, ns_start), M_OR_NULL(TYPE_TEXT, state_thread, cwd),
};

struct section {
	const struct member *v;
	size_t n;
};
/* In the bytes. */
static enum kind kind_of(const struct member *m)
{
	return m->type == TYPE_NUMBER || m->type == TYPE_BOOL ? KIND_NUMBER : KIND_TEXT;
}

#define SECTION(table) ((struct section){table, ARRAY_SIZE(table)})

/* --- writing ---------------------------------------------------------------------------------- */

static void put_u32(struct strbuf *out, size_t v)
{
	uint32_t u = (uint32_t)v;

	strbuf_add(out, &u, sizeof(u));
}

static void put_text(struct strbuf *out, const void *data, size_t len)
{
	put_u32(out, len);
	strbuf_add(out, data, len);
}

static uint64_t get_number(const void *at, size_t size)
{
	uint64_t v = 0;

	memcpy(&v, at, size); /* little endian, as all of x86_64 */
	return v;
}

static void put_columns(struct strbuf *out, struct section s)
{
	put_u32(out, s.n);
	for (size_t i = 0; i < s.n; i++) {
		put_text(out, s.v[i].name, strlen(s.v[i].name));
		put_u32(out, kind_of(&s.v[i]));
	}
}

static void put_object(struct strbuf *out, struct section s, const void *object)
{
	for (size_t i = 0; i < s.n; i++) {
		const struct member *m = &s.v[i];
		const char *at = (const char *)object + m->at;
		const struct state_fd *fd = object;
		const struct state_strings *strings = (const void *)at;
		uint64_t number;
		const char *text;

		switch (m->type) {
		case TYPE_NUMBER:
		case TYPE_BOOL:
			number = get_number(at, m->size);
			strbuf_add(out, &number, sizeof(number));
			break;
		case TYPE_CHARS:
			put_text(out, at, strnlen(at, m->size));
			break;
		case TYPE_BYTES:
			put_text(out, at, m->size);
			break;
		case TYPE_STRINGS:
			put_text(out, strings->v, strings->len);
			break;
		case TYPE_TEXT:
			memcpy(&text, at, sizeof(text));
			if (text)
				put_text(out, text, strlen(text));
			else
				put_u32(out, TEXT_NULL);
			break;
		case TYPE_NAME:
			put_text(out, fd->name ? fd->name : "", fd->name ? fd->name_len : 0);
			break;
		}
	}
}

/* Objects that several threads share, each once, in the order in which they were met. */
struct shared {
	const void **v;
	size_t n, alloc;
	size_t *slots; /* hash set: place + 1, 0 free */
	size_t mask;
};

static void shared_init(struct shared *s, size_t threads)
{
	memset(s, 0, sizeof(*s));
	for (s->mask = 64; s->mask < threads * 2; s->mask *= 2)
		;
	s->slots = xcalloc(s->mask, sizeof(*s->slots));
	s->mask--;
}

static void shared_release(struct shared *s)
{
	free(s->v);
	free(s->slots);
}

/* Its place + 1; 0 for none. */
static size_t shared_place(struct shared *s, const void *object, bool add)
{
	size_t slot = (size_t)((uintptr_t)object * 0x9e3779b97f4a7c15u >> 20) & s->mask;

	if (!object)
		return 0;
	while (s->slots[slot] && s->v[s->slots[slot] - 1] != object)
		slot = (slot + 1) & s->mask;
	if (!s->slots[slot] && add) {
		ALLOC_GROW(s->v, s->n, s->alloc);
		s->v[s->n++] = object;
		s->slots[slot] = s->n;
	}
	return s->slots[slot];
}

/* The final form of a name is found again from the one that was given. */
static void put_fd(struct strbuf *out, const struct state_fd *fd)
{
	struct state_fd given = *fd;

	given.lazy |= given.final_at != 0;
	put_object(out, SECTION(fd_members), &given);
}

static void put_cgroup(struct strbuf *out, const struct state_thread *t)
{
	if (t->cgroup)
		put_text(out, t->cgroup->path, strlen(t->cgroup->path));
	else
		put_u32(out, TEXT_NULL);
}

static void put_fds(struct strbuf *out, const struct state_fds *fds)
{
	put_u32(out, fds->n);
	for (uint32_t i = 0; i < fds->top; i++) {
		if (!fds->v[i].typechar)
			continue;
		put_u32(out, i);
		put_fd(out, &fds->v[i]);
	}
}

void state_save(const struct state *st, struct strbuf *out)
{
	struct shared images, tables;
	size_t threads = 0;

	shared_init(&images, st->stats.n_threads);
	shared_init(&tables, st->stats.n_threads);
	for (size_t tid = 0; tid < STATE_TIDS && threads < st->stats.n_threads; tid++) {
		if (!st->table[tid])
			continue;
		threads++;
		shared_place(&images, st->table[tid]->image, true);
		shared_place(&tables, st->table[tid]->fds, true);
	}
	put_columns(out, SECTION(image_members));
	put_u32(out, images.n);
	for (size_t i = 0; i < images.n; i++)
		put_object(out, SECTION(image_members), images.v[i]);
	put_columns(out, SECTION(fd_members));
	put_u32(out, tables.n);
	for (size_t i = 0; i < tables.n; i++)
		put_fds(out, tables.v[i]);
	put_columns(out, SECTION(thread_members));
	put_u32(out, threads);
	for (size_t tid = 0; tid < STATE_TIDS && threads; tid++) {
		const struct state_thread *t = st->table[tid];

		if (!t)
			continue;
		threads--;
		put_object(out, SECTION(thread_members), t);
		put_u32(out, shared_place(&images, t->image, false));
		put_u32(out, shared_place(&tables, t->fds, false));
		put_cgroup(out, t);
	}
	shared_release(&images);
	shared_release(&tables);
}

void state_save_thread(const struct state_thread *t, struct strbuf *out)
{
	put_columns(out, SECTION(thread_members));
	put_object(out, SECTION(thread_members), t);
	put_columns(out, SECTION(image_members));
	put_u32(out, t->image != NULL);
	if (t->image)
		put_object(out, SECTION(image_members), t->image);
	put_cgroup(out, t);
}

/* --- reading ---------------------------------------------------------------------------------- */

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

	take_columns(in, &c, SECTION(image_members));
	n = take_count(in);
	r->images = xcalloc(n ? n : 1, sizeof(struct state_image *));
	while (r->n_images < n && !in->bad)
		r->images[r->n_images++] = take_image(in, &c);
	take_columns(in, &c, SECTION(fd_members));
	n = take_count(in);
	r->tables = xcalloc(n ? n : 1, sizeof(struct state_fds *));
	while (r->n_tables < n && !in->bad)
		r->tables[r->n_tables++] = take_fds(in, &c, r->st);
	take_columns(in, &c, SECTION(thread_members));
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

	take_columns(&in, &c, SECTION(thread_members));
	take_object(&in, &c, t);
	t->tid = tid;
	t->pid = pid;
	take_columns(&in, &c, SECTION(image_members));
	if (take_u32(&in) && !in.bad)
		thread_set_image(t, take_image(&in, &c));
	if (!in.bad)
		thread_set_cgroup(t, take_cgroup(&in, st));
	return !in.bad;
}
