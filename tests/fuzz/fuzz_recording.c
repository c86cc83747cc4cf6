/* SPDX-License-Identifier: Apache-2.0 */
/* A recording: what the reader takes is replayed through the process state and a few rules. The
 * checksums are made right first, or nothing would come past them. */
#include "fuzz.h"

#include "base/mem.h"
#include "probe/eval.h"
#include "probe/record_priv.h"
#include "probe/replay.h"

static void mend_checksums(unsigned char *data, size_t size)
{
	size_t at = RECORD_MAGIC_SIZE;

	while (at < size && size - at >= sizeof(struct record_block)) {
		struct record_block b;

		memcpy(&b, data + at, sizeof(b));
		if (b.len > size - at - sizeof(b) || b.len % 8)
			return;
		b.sum = record_sum(data + at + sizeof(b), b.len);
		memcpy(data + at, &b, sizeof(b));
		at += sizeof(b) + b.len;
	}
}

static const char rules_text[] =
	"- rule: R\n"
	"  desc: d\n"
	"  condition: fd.name contains x or proc.cmdline contains x or proc.pname = x or\n"
	"    fd.directory = x or fd.sip = 1.2.3.4 or evt.is_open_read = true or proc.exepath = x or\n"
	"    proc.aname = x or proc.args contains x or proc.env[A] = x or fd.nameraw contains x or\n"
	"    container.id = x or evt.args contains x or evt.arg.flags contains x or\n"
	"    evt.arg[1] contains x or proc.exe = x or fd.lip = 1.2.3.4 or fd.cport = 5 or\n"
	"    fd.filename = x or proc.is_exe_writable = true or thread.cap_effective contains x or\n"
	"    evt.buffer contains x or proc.tty = 3 or proc.sname = x or fd.dev = 3 or evt.info = x\n"
	"  output: o\n"
	"  priority: INFO\n";

static void on_match(void *arg, struct eval *e, size_t rule, struct field_ctx *ctx)
{
	(void)arg;
	(void)e;
	(void)rule;
	(void)ctx;
}

static void on_event(void *arg, const struct state_view *view)
{
	eval_event(arg, view, on_match, NULL);
}

static void replay(const struct recording *rec)
{
	static const volatile sig_atomic_t stop;
	struct state_opts opts = {.track_fds = true, .proc_root = "/nonexistent"};
	struct ruleset rs = RULESET_INIT;
	struct ruleset_options rules_opt = RULESET_OPTIONS_INIT;
	struct calls *calls = xmalloc(sizeof(*calls));
	struct eval *eval = xmalloc(sizeof(*eval));
	struct consumer_opts run = {.on_event = on_event, .ctx = eval, .stop = &stop};
	struct consumer_stats stats = {0};
	struct error err = ERROR_INIT;
	struct replay *rp = NULL;
	struct state *st;
	const char *path;

	fuzz_write("r.yaml", rules_text, sizeof(rules_text) - 1);
	path = xasprintf("%s/r.yaml", fuzz_folder());
	rules_opt.cat = catalogue_find(NULL);
	FUZZ_ASSERT(!ruleset_load(&rs, &path, 1, &rules_opt, &err), "%s", err.msg);
	calls_init(calls, rules_opt.cat);
	eval_init(eval, calls, &rs, &rules_opt, true);
	FUZZ_ASSERT(!eval->n_not_evaluated, "the rule needs %s", eval->rules[0].why_not);
	FUZZ_ASSERT(!state_open(&st, &opts, &err), "%s", err.msg);
	if (replay_open(&rp, rec, "x", st, &err)) {
		FUZZ_ASSERT_ERROR(err);
	} else {
		eval->ctx.state = st;
		replay_run(rp, &run, &stats);
		FUZZ_ASSERT(stats.n_seen == rec->end.events, "%llu events",
			    (unsigned long long)stats.n_seen);
	}
	replay_close(rp);
	state_close(st);
	eval_release(eval);
	ruleset_release(&rs);
	free(eval);
	free(calls);
	free((char *)path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *copy = xmalloc(size ? size : 1);
	struct error err = ERROR_INIT;
	struct recording rec;

	if (size)
		memcpy(copy, data, size);
	mend_checksums(copy, size);
	if (recording_parse(&rec, "x", copy, size, &err))
		FUZZ_ASSERT_ERROR(err);
	else
		replay(&rec);
	free(copy);
	return 0;
}
