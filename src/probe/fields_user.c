/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user.* and group.*: numbers from the kernel, names from the host's files.
 *
 * As in Falco a name that is not found is the text "<NA>", which a rule can compare; number 0 is
 * root even without an entry. Inside a container the host's files say nothing.
 */
#include "probe/fields_priv.h"
#include "probe/users.h"

#define NO_ID UINT32_MAX

static bool on_host(const struct state_thread *t)
{
	const char *container = thread_container(t);

	return !container || !strcmp(container, "host");
}

static const struct user *user_of(const struct field_ctx *ctx, const struct state_thread *t,
				  uint32_t uid)
{
	struct users *users = ctx->state ? state_users(ctx->state) : NULL;

	return users && on_host(t) ? users_find(users, uid) : NULL;
}

enum { USER_NAME, USER_HOME, USER_SHELL };

static bool give_user(const struct field_ctx *ctx, uint32_t uid, int what, struct value *out)
{
	const struct user *user = user_of(ctx, known_thread(ctx), uid);

	switch (what) {
	case USER_HOME:
		return give_str(out, user ? user->home : uid == 0 ? "/root" : "<NA>");
	case USER_SHELL:
		return give_str(out, user ? user->shell : "<NA>");
	default:
		return give_str(out, user ? user->name : uid == 0 ? "root" : "<NA>");
	}
}

/* n of the row: which of its texts. */
static bool get_user(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	return t && give_user(ctx, t->uid, ref->field->n, out);
}

static bool get_uid(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	(void)ref;
	return t && give_int(out, t->uid);
}

static bool get_loginuid(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	(void)ref;
	return t && give_int(out, t->loginuid == NO_ID ? -1 : (int64_t)t->loginuid);
}

static bool get_loginname(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	(void)ref;
	return t && give_user(ctx, t->loginuid, USER_NAME, out);
}

static bool get_gid(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	(void)ref;
	return t && give_int(out, t->gid);
}

static bool get_group(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);
	struct users *users = ctx->state ? state_users(ctx->state) : NULL;
	const char *name;

	(void)ref;
	if (!t)
		return false;
	name = users && on_host(t) ? users_group(users, t->gid) : NULL;
	return give_str(out, name ? name : t->gid == 0 ? "root" : "<NA>");
}

const struct field fields_user[] = {
	{"user.uid", VALUE_UINT, 32, 0, get_uid, 0},
	{"user.name", VALUE_STR, 0, 0, get_user, USER_NAME},
	{"user.homedir", VALUE_STR, 0, 0, get_user, USER_HOME},
	{"user.shell", VALUE_STR, 0, 0, get_user, USER_SHELL},
	{"user.loginuid", VALUE_INT, 64, 0, get_loginuid, 0},
	{"user.loginname", VALUE_STR, 0, 0, get_loginname, 0},
	{"group.gid", VALUE_UINT, 32, 0, get_gid, 0},
	{"group.name", VALUE_STR, 0, 0, get_group, 0},
	{NULL, VALUE_STR, 0, 0, NULL, 0},
};
