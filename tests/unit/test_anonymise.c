/* SPDX-License-Identifier: Apache-2.0 */
/* What is a name, what is none, and that no name is left. */
#include "unit.h"

#include "base/mem.h"
#include "report/anonymise.h"

START_TEST(names_become_pseudonyms)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"web-1 and WEB-1, web-1.example.org", "host-1 and host-1, host-1"},
		{"web-10, my_web-1, xweb-1", "web-10, my_web-1, xweb-1"},
		{"eve's home, eves, Eve", "user-1's home, eves, user-1"},
		{"10.1.2.3 10.1.2.3:80 1.10.9.2.3 10.1.2", "ip-1 ip-1:80 1.10.9.2.3 10.1.2"},
		{"300.1.2.3 127.0.0.1 0.0.0.0", "300.1.2.3 127.0.0.1 0.0.0.0"},
		{"fe80::1: ::1 2001:DB8::9/64 21:59:26 a::b::c",
		 "ip-1: ::1 ip-2/64 21:59:26 a::b::c"},
		{"52:54:00:12:34:56 52-54-00-12-34-56", "mac-1 mac-2"},
		{"52:54:00:12:34:56:78 deadbeef",
		 "52:mac-1 deadbeef"} /* rather too much than too little */,
		{"https://a.b/c?d=e, http://x", "url-1, url-2"},
		{"/home/eve/r.yaml:3:4: bad", "path-1.yaml:3:4: bad"},
		{"-c=/etc/x -o a=/etc/x, '/etc/x'", "-c=path-1 -o a=path-1, 'path-1'"},
		{"events/s 3/4 a/b </text> //", "events/s 3/4 a/b </text> //"},
		{"/var/lib/x/falco.yaml /var/lib/x/falco.yaml",
		 "path-1/falco.yaml path-1/falco.yaml"},
		{"/dev/null \"/\" /x/y.", "/dev/null \"/\" path-1."},
		{"work dir/sub/a.rec next", "path-1.rec next"},
		{"in /srv/a b/c:d", "in path-1:d"},
		{"", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct anonymise a = ANONYMISE_INIT;
		struct strbuf out cleanup_strbuf = STRBUF_INIT;

		anonymise_add(&a, ANONYMISE_HOST, "web-1");
		anonymise_add(&a, ANONYMISE_HOST, "localhost");
		anonymise_add(&a, ANONYMISE_USER, "eve");
		anonymise_add(&a, ANONYMISE_USER, "root");
		a.count[ANONYMISE_PATH] = 0;
		if (strstr(rows[i].text, "work dir"))
			anonymise_add(&a, ANONYMISE_PATH, "work dir");
		if (strstr(rows[i].text, "/srv/a b"))
			anonymise_add(&a, ANONYMISE_PATH, "/srv/a b");
		a.count[ANONYMISE_PATH] = 0;
		anonymise_text(&a, rows[i].text, &out);
		ck_assert_str_eq(out.buf, rows[i].want);
		ck_assert_ptr_null(anonymise_left(&a, out.buf));
		anonymise_release(&a);
	}
}
END_TEST

START_TEST(what_is_left_is_found)
{
	struct anonymise a = ANONYMISE_INIT;
	struct strbuf out cleanup_strbuf = STRBUF_INIT;

	anonymise_add(&a, ANONYMISE_HOST, "web-1");
	anonymise_text(&a, "see /home/eve/x and 10.1.2.3", &out);
	ck_assert_str_eq(anonymise_left(&a, "on Web-1."), "web-1");
	ck_assert_str_eq(anonymise_left(&a, "at 10.1.2.3:80"), "10.1.2.3");
	ck_assert_str_eq(anonymise_left(&a, "=/home/eve/x"), "/home/eve/x");
	ck_assert_ptr_null(anonymise_left(&a, "web-12 10.1.2.34 host-1"));
	anonymise_release(&a);
}
END_TEST

START_TEST(the_same_name_is_the_same_everywhere)
{
	struct anonymise a = ANONYMISE_INIT;
	struct strbuf x cleanup_strbuf = STRBUF_INIT, y cleanup_strbuf = STRBUF_INIT;

	anonymise_text(&a, "10.0.0.1 10.0.0.2 /a/b /a/c", &x);
	anonymise_text(&a, "/a/c 10.0.0.2 10.0.0.3", &y);
	ck_assert_str_eq(x.buf, "ip-1 ip-2 path-1 path-2");
	ck_assert_str_eq(y.buf, "path-2 ip-2 ip-3");
	anonymise_release(&a);
}
END_TEST

UNIT_MAIN("anonymise", names_become_pseudonyms, what_is_left_is_found,
	  the_same_name_is_the_same_everywhere)
