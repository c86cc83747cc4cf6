/* SPDX-License-Identifier: Apache-2.0 */
#include "config/dropin.h"

#include "base/mem.h"
#include "config/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Emit as text for comparison and for the file. */
static int emit_pair(const char *key, struct yaml_node *value, struct strbuf *out,
		     struct error *err)
{
	struct yaml_docs arena = {0};
	struct yaml_node *map = tree_new(&arena, YAML_MAP, NULL);
	int rc;

	tree_put(&arena, map, key, value);
	rc = config_emit(map, out, err);
	yaml_release(&arena);
	return rc;
}

int dropin_block(const struct config *c, const char *key, struct strbuf *out, struct error *err)
{
	const struct yaml_node *n = yaml_get(c->root, key);

	return n ? emit_pair(key, (struct yaml_node *)n, out, err) : 0;
}

/* -1 error, 0 different, 1 the same. */
static int same(const struct yaml_node *a, const struct yaml_node *b, struct error *err)
{
	struct strbuf x cleanup_strbuf = STRBUF_INIT, y cleanup_strbuf = STRBUF_INIT;

	if (!a || !b)
		return a == b;
	if (emit_pair("k", (struct yaml_node *)a, &x, err) ||
	    emit_pair("k", (struct yaml_node *)b, &y, err))
		return -1;
	return !strcmp(x.buf, y.buf);
}

/* Only what follows the user's own items. */
static int add_tail(const char *key, const struct yaml_node *seq, size_t from, struct strbuf *out,
		    struct error *err)
{
	struct yaml_docs arena = {0};
	struct yaml_node *tail = tree_new(&arena, YAML_SEQ, NULL);
	int rc = 0;

	for (size_t i = from; i < seq->n; i++)
		tree_push(tail, seq->items[i]);
	if (tail->n)
		rc = emit_pair(key, tail, out, err);
	yaml_release(&arena);
	return rc;
}

static int write_blocks(const struct config *now, const struct config *then,
			const struct strvec *change, struct strbuf *out, struct error *err)
{
	struct strvec done cleanup_strvec = STRVEC_INIT;

	for (size_t i = 0; i < change->n; i++) {
		char *key cleanup_free = xstrndup(change->v[i], strcspn(change->v[i], ".=["));
		const struct yaml_node *old = yaml_get(now->root, key);
		const struct yaml_node *new = yaml_get(then->root, key);

		if (!new || strvec_has(&done, key))
			continue;
		strvec_push(&done, key);
		if (new->kind == YAML_SEQ && then->release >= 41
			    ? add_tail(key, new, old && old->kind == YAML_SEQ ? old->n : 0, out,
				       err)
			    : emit_pair(key, (struct yaml_node *)new, out, err))
			return -1;
	}
	return 0;
}

/* Every key of a has the same value in b; config_files names the file itself. */
static int covers(const struct config *a, const struct config *b, struct error *err)
{
	for (size_t i = 0; i < a->root->n; i++) {
		const char *key = a->root->pairs[i].key->value;
		int rc;

		if (!key || !strcmp(key, "config_files"))
			continue;
		rc = same(a->root->pairs[i].value, yaml_get(b->root, key), err);
		if (rc < 0)
			return -1;
		if (!rc)
			return error_input(err,
					   "no file of config_files brings this about: %s would "
					   "have another value than with -o",
					   key);
	}
	return 0;
}

/* Read back with the text as the last entry of config_files. */
static int read_back(const struct config_input *user, const char *file, const struct config *want,
		     struct error *err)
{
	struct strvec sets cleanup_strvec = STRVEC_INIT;
	struct config_input in = *user;
	struct config got;
	int rc;

	if (user->sets)
		strvec_copy(&sets, user->sets);
	strvec_pushf(&sets, "config_files[]=%s", file);
	in.sets = &sets;
	if (config_load(&got, &in, err))
		return -1;
	rc = covers(want, &got, err) || covers(&got, want, err) ? -1 : 0;
	config_release(&got);
	return rc;
}

static int check(const struct config_input *user, const struct strbuf *text,
		 const struct config *want, struct error *err)
{
	const char *dir = getenv("TMPDIR");
	char *file cleanup_free =
		xasprintf("%s/falcotune-config.XXXXXX", dir && *dir ? dir : "/tmp");
	int fd = mkstemp(file), rc = 0;

	if (fd < 0)
		return error_sys(err, ERROR_ENV, errno, "%s: cannot be made", file);
	if (write(fd, text->buf, text->len) != (ssize_t)text->len)
		rc = error_sys(err, ERROR_ENV, errno, "%s: cannot be written", file);
	close(fd);
	if (!rc)
		rc = read_back(user, file, want, err);
	unlink(file);
	return rc;
}

int dropin_make(const struct config_input *user, const struct strvec *change, struct strbuf *out,
		struct error *err)
{
	struct strvec sets cleanup_strvec = STRVEC_INIT;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct config_input with = *user;
	struct config now, then;
	int rc;

	if (user->sets)
		strvec_copy(&sets, user->sets);
	strvec_copy(&sets, change);
	with.sets = &sets;
	if (config_load(&now, user, err))
		return -1;
	if (config_load(&then, &with, err)) {
		config_release(&now);
		return -1;
	}
	rc = write_blocks(&now, &then, change, &text, err) || check(user, &text, &then, err) ? -1
											     : 0;
	if (!rc)
		strbuf_add(out, text.buf, text.len);
	config_release(&now);
	config_release(&then);
	return rc;
}
