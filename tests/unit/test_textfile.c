/* SPDX-License-Identifier: Apache-2.0 */
/* Results as metrics for node_exporter: figures, what is unknown, and text that must not break out.
 */
#include "unit.h"

#include "base/mem.h"
#include "report/textfile.h"
#include "results_maker.h"

#include <string.h>

static void make(struct results *r)
{
	struct res_case *c;

	*r = (struct results)RESULTS_INIT;
	r->engine_version = xstrdup("falco \"x\\y\"\nfalcotune_evil 1");
	r->kernel = xstrdup("6.1");
	r->falco_release = xstrdup("0.44.1");
	r->falcotune_version = xstrdup("0.1.0");
	r->started = xstrdup("2026-01-02T03:04:05Z");
	r->max_drop = 0.01;
	r->rec.kind = xstrdup("recommended");
	r->rec.case_key = xstrdup("open");
	c = make_case(r, "open", 11);
	make_summary(c, 0.25, 0.125, 0.5);
	c->sum.evts_per_s = 1234567;
	c->sum.cpu_share = (double)NAN;
	c->rank = 1;
	c = make_case(r, "bad\"case\\\n\xff", 3);
	make_summary(c, (double)NAN, (double)NAN, (double)NAN);
	c->dry_status = RES_FAILED;
}

static void has(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in\n%s", part, text);
}

START_TEST(figures_and_text)
{
	struct results r;
	struct strbuf out cleanup_strbuf = STRBUF_INIT;

	make(&r);
	textfile_format(&r, false, &out);
	has(out.buf, "# TYPE falcotune_case_drop_ratio gauge\n"
		     "falcotune_case_drop_ratio{case=\"open\",load=\"quick\"} 0.25\n");
	has(out.buf, "falcotune_case_drop_upper_ratio{case=\"open\",load=\"quick\"} 0.5\n");
	has(out.buf, "falcotune_case_events_per_second{case=\"open\",load=\"quick\"} 1234567\n");
	has(out.buf, "falcotune_case_syscalls{case=\"open\",load=\"quick\"} 11\n");
	has(out.buf, "falcotune_case_buffer_bytes{case=\"open\",load=\"quick\"} 8388608\n");
	has(out.buf, "falcotune_run_complete 0\n");
	has(out.buf, "falcotune_run_started_timestamp_seconds 1767323045\n");
	has(out.buf, "falcotune_run_recommendation{kind=\"recommended\",case=\"open\"} 1\n");
	/* Text of others stays within its label. */
	has(out.buf, "engine=\"falco \\\"x\\\\y\\\"\\nfalcotune_evil 1\"");
	has(out.buf, "falcotune_case_syscalls{case=\"bad\\\"case\\\\\\n\xef\xbf\xbd\",");
	ck_assert_ptr_null(strstr(out.buf, "\nfalcotune_evil"));
	/* What is unknown is not there, and has no head either. */
	ck_assert_ptr_null(strstr(out.buf, "falcotune_case_cpu_cores"));
	ck_assert_ptr_null(strstr(out.buf, "nan"));
	ck_assert_ptr_null(strstr(out.buf, "falcotune_case_drop_ratio{case=\"bad"));
	ck_assert_ptr_null(strstr(out.buf, "falcotune_case_dry_run_agrees{case=\"bad"));
	ck_assert_ptr_null(strstr(out.buf, "falcotune_run_verified"));
	results_release(&r);
}
END_TEST

START_TEST(a_file_is_replaced_whole)
{
	char dir[256];
	char *path, *other;
	struct results r;
	struct strbuf first cleanup_strbuf = STRBUF_INIT, again cleanup_strbuf = STRBUF_INIT;
	struct strvec names cleanup_strvec = STRVEC_INIT;
	struct error err = ERROR_INIT;

	unit_make_dir(dir, sizeof(dir));
	path = xasprintf("%s/falcotune.prom", dir);
	other = xasprintf("%s/falcotune.txt", dir);
	make(&r);
	ck_assert_int_eq(textfile_check(path, "--textfile", &err), 0);
	ck_assert_int_eq(textfile_check(other, "--textfile", &err), -1);
	ck_assert_int_eq(textfile_check(".prom", "--textfile", &err), -1);
	ck_assert_int_eq(textfile_write(&r, true, path, &err), 0);
	ck_assert_int_eq(textfile_write(&r, false, path, &err), 0);
	textfile_format(&r, false, &first);
	ck_assert_int_eq(fs_read_file(path, &again, 0, &err), 0);
	ck_assert_str_eq(first.buf, again.buf);
	ck_assert_int_eq(fs_list(dir, &names, &err), 0);
	ck_assert_uint_eq(names.n, 1);
	results_release(&r);
	free(path);
	free(other);
}
END_TEST

UNIT_MAIN("textfile", figures_and_text, a_file_is_replaced_whole)
