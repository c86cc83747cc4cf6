/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/state_save.h"

#include "base/mem.h"
#include "probe/state_members.h"
#include "probe/state_priv.h"

#include <string.h>

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
	put_object(out, section_fd, &given);
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
	put_columns(out, section_image);
	put_u32(out, images.n);
	for (size_t i = 0; i < images.n; i++)
		put_object(out, section_image, images.v[i]);
	put_columns(out, section_fd);
	put_u32(out, tables.n);
	for (size_t i = 0; i < tables.n; i++)
		put_fds(out, tables.v[i]);
	put_columns(out, section_thread);
	put_u32(out, threads);
	for (size_t tid = 0; tid < STATE_TIDS && threads; tid++) {
		const struct state_thread *t = st->table[tid];

		if (!t)
			continue;
		threads--;
		put_object(out, section_thread, t);
		put_u32(out, shared_place(&images, t->image, false));
		put_u32(out, shared_place(&tables, t->fds, false));
		put_cgroup(out, t);
	}
	shared_release(&images);
	shared_release(&tables);
}

void state_save_thread(const struct state_thread *t, struct strbuf *out)
{
	put_columns(out, section_thread);
	put_object(out, section_thread, t);
	put_columns(out, section_image);
	put_u32(out, t->image != NULL);
	if (t->image)
		put_object(out, section_image, t->image);
	put_cgroup(out, t);
}
