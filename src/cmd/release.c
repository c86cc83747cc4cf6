/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/release.h"

#include "engine/engine.h"

#include <string.h>

static int find(struct cmd_ctx *ctx, const char *version, const struct catalogue **cat,
		struct error *err)
{
	struct strbuf known cleanup_strbuf = STRBUF_INIT;
	enum release_match how;

	*cat = release_find(version, &how);
	release_list(&known);
	if (!*cat)
		return error_input(err, "no tables of Falco %s, expected auto or one of %s",
				   version, known.buf);
	if (how == RELEASE_NEWER)
		log_print(&ctx->log, LOG_WARNING,
			  "Falco %s is newer than what falcotune knows (%s): %s stands in", version,
			  known.buf, (*cat)->falco);
	if (how == RELEASE_NEAREST)
		log_print(&ctx->log, LOG_NOTE, "the tables of Falco %s stand in for %s",
			  (*cat)->falco, version);
	return 0;
}

static int ask(struct cmd_ctx *ctx, struct engine *e, const char *engine,
	       const struct catalogue **cat, struct error *err)
{
	if (engine_find(e, engine ? engine : "auto", err) || engine_ask_version(e, -1, err))
		return -1;
	if (!e->release)
		return error_env(err,
				 "%s --version says '%s', expected a Falco version there; give the "
				 "release with --falco",
				 e->path, e->version);
	log_print(&ctx->log, LOG_NOTE, "%s: %s", e->path, e->version);
	return find(ctx, e->release, cat, err);
}

int cmd_release(struct cmd_ctx *ctx, const char *falco, const char *engine,
		const struct catalogue **cat, struct error *err)
{
	struct engine e = ENGINE_INIT;
	int rc;

	if (engine && (!falco || strcmp(falco, "auto") != 0))
		return error_input(err, "--engine is for --falco auto");
	if (!falco) {
		*cat = catalogue_find(NULL);
		return 0;
	}
	if (strcmp(falco, "auto") != 0)
		return find(ctx, falco, cat, err);
	rc = ask(ctx, &e, engine, cat, err);
	engine_release(&e);
	return rc;
}
