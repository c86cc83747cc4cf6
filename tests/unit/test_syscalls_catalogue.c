/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/strbuf.h"
#include "syscalls/catalogue.h"

static struct strvec names_of(const struct catalogue *c, struct bitset scs)
{
	struct strvec v = STRVEC_INIT;

	cat_scs_to_names(c, scs, &v);
	return v;
}

static void joined(const struct catalogue *c, struct bitset scs, char out[1024])
{
	struct strvec v cleanup_strvec = names_of(c, scs);

	*out = '\0';
	for (size_t i = 0; i < v.n; i++)
		snprintf(out + strlen(out), 1024 - strlen(out), "%s%s", i ? " " : "", v.v[i]);
}

static struct bitset scs_of(const struct catalogue *c, const char *a, const char *b)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	struct bitset scs = {0};

	strvec_push(&names, a);
	if (b)
		strvec_push(&names, b);
	cat_names_to_scs(c, &names, &scs);
	return scs;
}

/* Sizes from Falco 0.44.1 itself. */
START_TEST(test_sizes)
{
	const struct catalogue *c = catalogue_find(NULL);
	struct strvec all cleanup_strvec = names_of(c, cat_all_scs(c));
	struct strvec state cleanup_strvec = names_of(c, cat_state_scs(c));

	ck_assert_str_eq(c->falco, "0.44.1");
	ck_assert_str_eq(c->rules_engine, "0.62.0");
	ck_assert_uint_eq(bitset_count(cat_all_scs(c)), 452);
	ck_assert_uint_eq(all.n, 438);
	ck_assert_uint_eq(bitset_count(cat_state_scs(c)), 70);
	ck_assert_uint_eq(state.n, 65);
	ck_assert_uint_eq(bitset_count(cat_all_codes(c)), 454);
}
END_TEST

START_TEST(test_ignored_of_each_release)
{
	static const char common[] =
		"pread preadv pwrite pwritev read readv recv send sendfile write writev";
	static const char old[] = "pread preadv pwrite pwritev read readv recv recvmmsg send "
				  "sendfile sendmmsg write writev";
	size_t n = 0;

	for (const struct catalogue *const *c = catalogue_all(); *c; c++, n++) {
		char text[1024];

		joined(*c, cat_ignored_scs(*c), text);
		ck_assert_str_eq(text, n < 2 ? old : common);
		ck_assert_ptr_eq(catalogue_find((*c)->falco), *c);
	}
	ck_assert_uint_eq(n, 7);
	ck_assert_ptr_null(catalogue_find("0.1.0"));
}
END_TEST

START_TEST(test_names_to_scs)
{
	static const struct {
		const char *a, *b, *printed;
	} rows[] = {
		{"accept", NULL, "accept accept4"},
		{"accept4", NULL, "accept accept4"},
		{"pread64", NULL, ""},		  /* an sc without an event of that name */
		{"pread64", "getpid", "getpid"},  /* hits the generic events, adds nothing */
		{"getpid", "nosuch", "getpid"},	  /* generic sc by its own name */
		{"sched_process_exit", NULL, ""}, /* the event is procexit */
		{"procexit", NULL, "procexit"},
		{"syscall", NULL, ""}, /* valid, but a generic event only */
		{"asyncevent", NULL, ""},
		{"umount", NULL, "umount"},
		{"page_fault", NULL, "page_fault"},
	};
	const struct catalogue *c = catalogue_find(NULL);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[1024];

		joined(c, scs_of(c, rows[i].a, rows[i].b), text);
		ck_assert_msg(!strcmp(text, rows[i].printed), "%s: %s", rows[i].a, text);
	}
	ck_assert_uint_eq(bitset_count(scs_of(c, "accept", NULL)), 2);
	ck_assert_uint_eq(bitset_count(scs_of(c, "accept4", NULL)), 1);
	ck_assert_uint_eq(bitset_count(scs_of(c, "setuid", NULL)), 2);
}
END_TEST

START_TEST(test_names_to_codes)
{
	const struct catalogue *c = catalogue_find(NULL);
	struct strvec names cleanup_strvec = STRVEC_INIT;
	struct strvec back cleanup_strvec = STRVEC_INIT;
	struct bitset codes = {0};

	strvec_push(&names, "open");
	cat_names_to_codes(c, &names, &codes);
	ck_assert_uint_eq(bitset_count(codes), 2);
	ck_assert(!bitset_has(&codes, 0));
	strvec_push(&names, "getpid");
	cat_names_to_codes(c, &names, &codes);
	ck_assert(bitset_has(&codes, 0) && bitset_has(&codes, 1));
	cat_codes_to_names(c, codes, &back);
	ck_assert_uint_eq(back.n, 1);
	ck_assert_str_eq(back.v[0], "open");
	ck_assert(cat_is_event_or_sc_name(c, "syscall"));
	ck_assert(cat_is_event_or_sc_name(c, "NA"));
	ck_assert(cat_is_event_or_sc_name(c, "pread64"));
	ck_assert(!cat_is_event_or_sc_name(c, "Open"));
	ck_assert(!cat_is_event_or_sc_name(c, ""));
	ck_assert(cat_is_sc_name(c, "pread64"));
	ck_assert(!cat_is_sc_name(c, "pread"));
}
END_TEST

/* `falco -i` of the real 0.44.1 prints the ignored set. */
START_TEST(test_ignored_as_recorded)
{
	const char *path = shared_path("recorded/falco-0.44.1/ignored-syscalls.txt");
	const struct catalogue *c = catalogue_find("0.44.1");
	struct strvec want cleanup_strvec = STRVEC_INIT;
	struct strvec got cleanup_strvec = names_of(c, cat_ignored_scs(c));
	char line[256], word[64];
	FILE *f;

	SKIP_WITHOUT(path);
	f = fopen(path, "r");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "- %63s", word) == 1)
			strvec_push(&want, word);
	fclose(f);
	strvec_sort(&want);
	ck_assert_uint_eq(want.n, got.n);
	for (size_t i = 0; i < want.n; i++)
		ck_assert_str_eq(want.v[i], got.v[i]);
}
END_TEST

UNIT_MAIN("catalogue", test_sizes, test_ignored_of_each_release, test_names_to_scs,
	  test_names_to_codes, test_ignored_as_recorded)
