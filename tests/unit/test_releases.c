/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of releases, the ledger of blind spots, and the findings about a configuration.
 */
#include "test_config_fixture.h"

#include "config/findings.h"
#include "syscalls/ledger.h"
#include "syscalls/release.h"

START_TEST(test_find)
{
	static const struct {
		const char *version, *want;
		enum release_match how;
	} rows[] = {
		{"0.44.1", "0.44.1", RELEASE_EXACT}, {"v0.38.2", "0.38.2", RELEASE_EXACT},
		{"0.41", "0.41.3", RELEASE_NEAREST}, {"0.42.9", "0.42.1", RELEASE_NEAREST},
		{"0.45.0", "0.44.1", RELEASE_NEWER}, {"1.0.0", "0.44.1", RELEASE_NEWER},
		{"0.37.1", NULL, RELEASE_UNKNOWN},   {"", NULL, RELEASE_UNKNOWN},
		{"0", NULL, RELEASE_UNKNOWN},	     {"0.44.1-rc1", NULL, RELEASE_UNKNOWN},
		{"0.44.1.2", NULL, RELEASE_UNKNOWN}, {"master", NULL, RELEASE_UNKNOWN},
		{"0.-44.1", NULL, RELEASE_UNKNOWN},  {"0.999999999999.1", NULL, RELEASE_UNKNOWN},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		enum release_match how;
		const struct catalogue *c = release_find(rows[i].version, &how);

		ck_assert_msg(how == rows[i].how, "%s", rows[i].version);
		ck_assert_msg(!c == !rows[i].want, "%s", rows[i].version);
		if (c)
			ck_assert_str_eq(c->falco, rows[i].want);
	}
}
END_TEST

/* Each catalogue has its row, in order, and the newest is what config.h calls the newest. */
START_TEST(test_rows)
{
	int minor = 37;

	for (const struct catalogue *const *c = catalogue_all(); *c; c++) {
		ck_assert_int_eq(release_of(*c)->minor, ++minor);
		ck_assert_int_eq(release_minor((*c)->falco), minor);
	}
	ck_assert_int_eq(minor, CONFIG_NEWEST);
}
END_TEST

static struct bitset scs(const struct catalogue *c, const char *a, const char *b)
{
	struct bitset s = {0};

	bitset_add(&s, cat_sc_by_name(c, a));
	bitset_add(&s, cat_sc_by_name(c, b));
	return s;
}

START_TEST(test_ledger)
{
	const struct catalogue *c = catalogue_find("0.44.1");
	const struct select_rule rules[] = {{"both", scs(c, "open", "openat")},
					    {"one", scs(c, "open", "open")},
					    {"kept", scs(c, "execve", "execve")},
					    {"nothing", {{0}}}};
	const char *const custom[] = {"execve", "!open", "", "!nosuch"};
	const struct select_input in = {
		.cat = c, .rules = rules, .n_rules = 4, .custom_set = custom, .n_custom = 4};
	struct strbuf why cleanup_strbuf = STRBUF_INIT;
	struct selection s;
	struct ledger l;

	selection_compute(&in, &s);
	ledger_compute(&in, &s, &l);
	ck_assert_uint_eq(l.n, 2);
	ck_assert_uint_eq(l.n_blind, 1);
	ck_assert_str_eq(l.rows[0].rule, "both");
	ck_assert(!l.rows[0].blind);
	ck_assert_str_eq(l.rows[1].rule, "one");
	ck_assert(l.rows[1].blind);
	ck_assert(bitset_has(&l.state_missing, cat_sc_by_name(c, "close")));
	ck_assert(!bitset_has(&l.state_missing, cat_sc_by_name(c, "execve")));
	ledger_why_not(&in, &s, "open", &why);
	strbuf_addch(&why, '|');
	ledger_why_not(&in, &s, "getpid", &why);
	strbuf_addch(&why, '|');
	ledger_why_not(&in, &s, "nosuch", &why);
	ck_assert_str_eq(why.buf,
			 "!open of custom_set|nothing asks for it|unknown to Falco 0.44.1");
	ledger_release(&l);
	selection_release(&s);
}
END_TEST

/* Codes unique, in order, every text there: `explain` and the output rely on them. */
START_TEST(test_traps)
{
	const struct trap *before = NULL;

	for (const struct trap *t = config_traps(); t->code; t++) {
		ck_assert_msg(!before || strcmp(before->code, t->code) < 0, "%s", t->code);
		ck_assert_msg(*t->title && *t->why && *t->mend, "%s", t->code);
		ck_assert_ptr_eq(config_trap_find(t->code), t);
		before = t;
	}
	ck_assert_ptr_null(config_trap_find("FC000"));
}
END_TEST

START_TEST(test_buffers)
{
	static const struct {
		const char *sets;
		int n_cpus;
		uint64_t want;
	} rows[] = {
		{"engine.kind=kmod", 4, 4},
		{"engine.modern_ebpf.cpus_for_each_buffer=2", 5, 3},
		{"engine.modern_ebpf.cpus_for_each_buffer=0", 5, 1},
		{"engine.modern_ebpf.cpus_for_each_buffer=9", 5, 1},
		{"engine.modern_ebpf.cpus_for_each_buffer=1", 5, 5},
		{"engine.kind=nodriver", 5, 0},
		{"engine.kind=kmod", 0, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct config_host h = {.n_cpus = rows[i].n_cpus};
		struct config c cleanup_config = {0};
		struct error err = ERROR_INIT;

		ck_assert_msg(!load_with(&c, NULL, rows[i].sets, &err), "%s", err.msg);
		ck_assert_uint_eq(config_buffer_count(&c, &h), rows[i].want);
	}
}
END_TEST

START_TEST(test_host)
{
	struct config_host h;

	config_host_read(&h);
	ck_assert_int_gt(h.n_cpus, 0);
	ck_assert_uint_ge(h.page_size, 4096);
	ck_assert_uint_gt(h.memory, 1 << 20);
}
END_TEST

UNIT_MAIN("releases", test_find, test_rows, test_ledger, test_traps, test_buffers,
	  test_host)
