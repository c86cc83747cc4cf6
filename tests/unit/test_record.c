/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings: what is written is read again, the state with it, and nothing else is taken for one.
 */
#include "unit.h"

#include "base/fs.h"
#include "probe/replay.h"
#include "probe/state_priv.h"
#include "record_maker.h"

static char dir[64], path[128];

static void make(unsigned rounds, uint64_t max)
{
	struct error err = ERROR_INIT;

	snprintf(dir, sizeof(dir), "/tmp/test_record.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a.rec", dir);
	ck_assert_msg(!made_recording(path, rounds, max, &err), "%s", err.msg);
}

static void clean(void)
{
	ck_assert_int_eq(fs_remove_tree(dir, NULL), 0);
}

START_TEST(what_is_written_is_read_again)
{
	struct recording r;
	struct record_cursor c;
	struct error err = ERROR_INIT;
	enum record_item type;
	const void *item;
	uint64_t n = 0, last = 0;
	size_t len;

	make(5000, 1 << 30);
	ck_assert_msg(!recording_open(&r, path, &err), "%s", err.msg);
	ck_assert_uint_eq(r.end.events, 5000 * MADE_EVENTS_A_ROUND);
	ck_assert_uint_eq(r.end.lost + r.end.odd + r.end.too_big, 0);
	ck_assert_str_eq(r.about.hostname, "maker");
	ck_assert_int_eq(r.about.pid, 99);
	ck_assert_int_eq(r.about.epoch_offset_ns, made_about.epoch_offset_ns);
	recording_start(&r, &c);
	while ((type = recording_next(&c, &item, &len)) != RECORD_NO_MORE) {
		const struct probe_event *ev = item;

		ck_assert_int_eq(type, RECORD_EVENT);
		ck_assert_uint_eq(ev->len, len);
		ck_assert_uint_gt(ev->ts, last);
		last = ev->ts;
		n++;
	}
	ck_assert_uint_eq(n, r.end.events);
	recording_release(&r);
	clean();
}
END_TEST

START_TEST(a_full_file_says_what_is_missing)
{
	struct recording r;

	make(20000, 1 << 20);
	ck_assert_int_eq(recording_open(&r, path, NULL), 0);
	ck_assert_uint_gt(r.end.events, 1000);
	ck_assert_uint_eq(r.end.events + r.end.too_big + r.end.lost, 20000 * MADE_EVENTS_A_ROUND);
	ck_assert_uint_gt(r.end.too_big, 0);
	ck_assert_uint_le(r.map_len, (1 << 20) + 4096);
	recording_release(&r);
	clean();
}
END_TEST

START_TEST(the_state_comes_back)
{
	struct state *from = made_state(), *to;
	struct state_opts opts = {.track_fds = true};
	struct strbuf a cleanup_strbuf = STRBUF_INIT, b cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;
	struct state_thread *t;

	state_save(from, &a);
	ck_assert_int_eq(state_open(&to, &opts, NULL), 0);
	ck_assert_msg(!state_restore(to, a.buf, a.len, &err), "%s", err.msg);
	t = state_thread(to, 10);
	ck_assert_ptr_nonnull(t);
	ck_assert_str_eq(t->comm, "sh");
	ck_assert_str_eq(state_exepath(t), "/bin/sh");
	ck_assert_uint_eq(t->fds->n, 1);
	ck_assert_str_eq(state_fd_name(&t->fds->v[5]), "/etc/hosts");
	ck_assert_str_eq(state_fd_name(&state_thread(from, 10)->fds->v[5]), "/etc/hosts");
	ck_assert_uint_eq(state_stats(to)->n_fds, state_stats(from)->n_fds);
	a.len = 0;
	state_save(from, &a);
	state_save(to, &b);
	ck_assert_uint_eq(a.len, b.len);
	ck_assert_int_eq(memcmp(a.buf, b.buf, a.len), 0);
	state_close(from);
	state_close(to);
}
END_TEST

/* Neither half of a state nor one with a wrong byte may do harm; that it is refused is the task of
 * the checksum. */
START_TEST(a_damaged_state_does_no_harm)
{
	struct state *from = made_state(), *to;
	struct state_opts opts = {.track_fds = true};
	struct strbuf a cleanup_strbuf = STRBUF_INIT;

	state_save(from, &a);
	state_close(from);
	for (size_t len = 0; len < a.len; len++) {
		struct error err = ERROR_INIT;

		ck_assert_int_eq(state_open(&to, &opts, NULL), 0);
		ck_assert_int_eq(state_restore(to, a.buf, len, &err), -1);
		ck_assert_int_eq(err.kind, ERROR_INPUT);
		state_close(to);
	}
	for (size_t i = 0; i < a.len; i++)
		for (int bit = 0; bit < 8; bit += 3) {
			a.buf[i] = (char)(a.buf[i] ^ 1 << bit);
			ck_assert_int_eq(state_open(&to, &opts, NULL), 0);
			state_restore(to, a.buf, a.len, NULL);
			state_close(to);
			a.buf[i] = (char)(a.buf[i] ^ 1 << bit);
		}
}
END_TEST

START_TEST(a_look_up_comes_back)
{
	struct state *from = made_state();
	struct state_thread *t = state_thread(from, 10), other = {.tid = 4, .pid = 3};
	struct strbuf a cleanup_strbuf = STRBUF_INIT;

	t->ppid = 77;
	state_save_thread(t, &a);
	ck_assert(state_restore_thread(from, &other, a.buf, a.len));
	ck_assert_uint_eq(other.tid, 4);
	ck_assert_uint_eq(other.pid, 3);
	ck_assert_uint_eq(other.ppid, 77);
	ck_assert_str_eq(other.comm, "sh");
	ck_assert_str_eq(state_exepath(&other), "/bin/sh");
	ck_assert(!state_restore_thread(from, &other, a.buf, a.len / 2));
	/* What a state would give back. */
	image_unref(other.image);
	cgroup_unref(other.cgroup);
	state_close(from);
	free(other.cwd);
}
END_TEST

/* Every cut and every wrong byte is seen. */
START_TEST(damage_is_refused_with_its_place)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct recording r;
	struct error err;
	char *copy;

	make(2, 1 << 30);
	ck_assert_int_eq(fs_read_file(path, &text, 0, NULL), 0);
	copy = xmalloc(text.len + 8);
	memcpy(copy, text.buf, text.len);
	for (size_t len = 0; len < text.len; len++) {
		error_clear(&err);
		ck_assert_msg(recording_parse(&r, "x.rec", copy, len, &err) == -1, "%zu", len);
		ck_assert_int_eq(err.kind, ERROR_INPUT);
		ck_assert_msg(strncmp(err.msg, "x.rec: ", 7) == 0, "%s", err.msg);
	}
	for (size_t i = 0; i < text.len; i++) {
		error_clear(&err);
		copy[i] = (char)(copy[i] ^ 0x10);
		ck_assert_msg(recording_parse(&r, "x.rec", copy, text.len, &err) == -1, "%zu", i);
		copy[i] = (char)(copy[i] ^ 0x10);
	}
	copy[text.len] = 0;
	ck_assert_int_eq(recording_parse(&r, "x.rec", copy, text.len + 1, &err), -1);
	ck_assert_int_eq(recording_parse(&r, "x.rec", copy, text.len, &err), 0);
	free(copy);
	clean();
}
END_TEST

START_TEST(other_files_are_named)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *says;
	} rows[] = {
		{"", 0, "is empty"},
		{"\x0a\x0d\x0d\x0a aaaaaaaaaaaa", 16, "scap"},
		{"\x1f\x8b aaaaaaaaaaaaaa", 16, "gzip"},
		{"\xd4\xc3\xb2\xa1 aaaaaaaaaaaaa", 16, "pcap"},
		{"FTrec\n\032 aaaaaaaaaaaa", 16, "line ends"},
		{"rules: []\nsomething", 18, "no recording"},
		{"FTrec\r\n\032", 8, "cut off"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error err = ERROR_INIT;
		struct recording r;

		ck_assert_int_eq(recording_parse(&r, "f", rows[i].bytes, rows[i].len, &err), -1);
		ck_assert_msg(strstr(err.msg, rows[i].says) != NULL, "%s", err.msg);
	}
}
END_TEST

START_TEST(odd_events_are_refused)
{
	struct record_forms forms;
	struct made_event m;
	const char *why;

	record_forms_init(&forms);
	made_open(&m, 1, 10, 3, 0, "/etc/x");
	ck_assert(record_check_event(&forms, &m, m.ev.len, &why));
	m.bytes[m.ev.len - 1] = 'x'; /* no end */
	ck_assert(!record_check_event(&forms, &m, m.ev.len, &why));
	made_open(&m, 1, 10, 3, 0, "/etc/x");
	ck_assert(!record_check_event(&forms, &m, m.ev.len - 1u, &why));
	m.ev.nargs = 200;
	ck_assert(!record_check_event(&forms, &m, m.ev.len, &why));
	made_open(&m, 1, 10, 3, 0, "/etc/x");
	m.ev.kind = PROBE_KIND_EXEC;
	ck_assert(!record_check_event(&forms, &m, m.ev.len, &why));
	made_open(&m, 1, 10, 3, 0, "/etc/x");
	m.ev.nr = 512;
	ck_assert(!record_check_event(&forms, &m, m.ev.len, &why));
	made_exec(&m, 1, 10, 1, "cat", "/bin/cat");
	ck_assert(record_check_event(&forms, &m, m.ev.len, &why));
	((struct probe_exec *)(void *)(m.bytes + sizeof(m.ev)))->args_len += 1;
	ck_assert(!record_check_event(&forms, &m, m.ev.len, &why));
	made_fork(&m, 1, 10, 1);
	ck_assert(record_check_event(&forms, &m, m.ev.len, &why));
	m.ev.len -= 8;
	ck_assert(!record_check_event(&forms, &m, m.ev.len, &why));
	made_exit(&m, 1, 10);
	ck_assert(record_check_event(&forms, &m, m.ev.len, &why));
}
END_TEST

START_TEST(a_recording_that_cannot_be_written_leaves_nothing)
{
	struct strbuf state cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;
	struct record_end end;
	struct recorder *r;
	struct made_event m;

	ck_assert_int_eq(
		recorder_open(&r, "/nonexistent/x.rec", 1 << 20, &made_about, &state, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_ENV);
	snprintf(dir, sizeof(dir), "/tmp/test_record.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a.rec", dir);
	ck_assert_int_eq(recorder_open(&r, path, 1 << 20, &made_about, &state, NULL), 0);
	recorder_drop(r);
	ck_assert_int_eq(rmdir(dir), 0); /* empty again */
	ck_assert_ptr_nonnull(mkdtemp(strcpy(dir, "/tmp/test_record.XXXXXX")));
	snprintf(path, sizeof(path), "%s/a.rec", dir);
	ck_assert_int_eq(recorder_open(&r, path, 1 << 20, &made_about, &state, NULL), 0);
	ck_assert(!fs_exists(path)); /* no name before it is whole */
	made_exit(&m, 1, 10);
	m.ev.kind = PROBE_KIND_SOCK;
	recorder_event(r, &m.ev);
	ck_assert_int_eq(recorder_close(r, &end, NULL), 0);
	ck_assert_uint_eq(end.odd, 1);
	ck_assert(fs_exists(path));
	clean();
}
END_TEST

UNIT_MAIN("record", what_is_written_is_read_again, a_full_file_says_what_is_missing,
	  the_state_comes_back, a_damaged_state_does_no_harm, a_look_up_comes_back,
	  damage_is_refused_with_its_place, other_files_are_named, odd_events_are_refused,
	  a_recording_that_cannot_be_written_leaves_nothing)
