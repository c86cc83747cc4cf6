/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/measure.h"

#include "base/fs.h"
#include "base/mem.h"
#include "engine/engine.h"

#include <time.h>

char *cmd_default_out(const char *prefix)
{
	time_t now = time(NULL);
	struct tm tm;
	char stamp[32];
	char *dir;

	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	dir = xasprintf("%s%s", prefix, stamp);
	for (int n = 2; fs_exists(dir) && n < 1000; n++) {
		free(dir);
		dir = xasprintf("%s%s-%d", prefix, stamp, n);
	}
	return dir;
}

void cmd_join_command(int argc, char **argv, struct strbuf *out)
{
	struct strvec words cleanup_strvec = STRVEC_INIT;

	strvec_push(&words, "falcotune");
	for (int i = 0; i < argc; i++)
		strvec_push(&words, argv[i]);
	argv_quote(&words, out);
}

int cmd_measure_begin(struct cmd_ctx *ctx, struct session *s, char **state_dir, struct error *err)
{
	struct strvec done cleanup_strvec = STRVEC_INIT, live cleanup_strvec = STRVEC_INIT;

	if (session_begin(s, err) || leftovers_state_dir(state_dir, err) ||
	    leftovers_clean(*state_dir, &done, &live, err))
		return -1;
	for (size_t i = 0; i < done.n; i++)
		log_print(&ctx->log, LOG_NOTE, "removed what an earlier run left behind: %s",
			  done.v[i]);
	for (size_t i = 0; i < live.n; i++)
		log_print(&ctx->log, LOG_WARNING, "another run is measuring on this host: %s",
			  live.v[i]);
	return 0;
}
