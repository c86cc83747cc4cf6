/* SPDX-License-Identifier: Apache-2.0 */
/* What report_write() gives as JSON is what templates/results.schema.json promises: results with
 * everything known, with nothing known, and a document that must not pass. */
#include "unit.h"

#include "advise/advise.h"
#include "base/fs.h"
#include "report/report.h"
#include "results_maker.h"

#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

/* Exit code of tests/validate.py for that text; 77 also when there is no Python. */
static int validate(const char *json)
{
	char *schema cleanup_free = fs_data_path("templates/results.schema.json"),
		     *script cleanup_free = fs_data_path("tests/validate.py"), path[64];
	char *argv[] = {"python3", script, schema, path, NULL};
	int fd, status = 0;
	pid_t pid;

	ck_assert(schema && script);
	fd = unit_make_file(path, sizeof(path));
	ck_assert_int_eq(write(fd, json, strlen(json)), (ssize_t)strlen(json));
	close(fd);
	if (posix_spawn(&pid, "/usr/bin/python3", NULL, NULL, argv, environ)) {
		unlink(path);
		return 77;
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	unlink(path);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void fill(struct results *r)
{
	struct res_case *c = make_case(r, "open/p5-c2", 12);
	struct res_repeat *rep = make_repeat(c, 5, 1000, 10);

	r->n_cpus = 2;
	rep->recon_known = true;
	rep->recon_sent = 5000;
	rep->recon_counted = 5001;
	rep->recon_background = 3;
	rep->recon_difference = -0.0004;
	rep->workers = xcalloc(1, sizeof(*rep->workers));
	rep->n_workers = 1;
	rep->workers[0] = (struct res_worker){.name = xstrdup("w"),
					      .operation = xstrdup("open"),
					      .requested_per_s = NAN,
					      .achieved_per_s = 9,
					      .service_p50_ns = 1,
					      .service_p99_ns = 2,
					      .response_p99_ns = NAN};
	rep->samples[0].cpu_evts = xcalloc(2, sizeof(int64_t));
	rep = make_repeat(c, 5, 0, 0);
	rep->status = RES_FAILED;
	rep->reason = xstrdup("why");
	strvec_push(&rep->log_tail, "line");
	r->cases = xrealloc(r->cases, r->n_cases + 1, sizeof(*r->cases));
	res_case_init(&r->cases[r->n_cases++]); /* nothing known */
	r->cases[1].key = xstrdup("x");
	r->cases[1].id = xstrdup("x");
}

static void check(struct results *r, int want)
{
	struct strbuf sb cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;
	int got;

	advise_results(r);
	ck_assert_int_eq(report_write(r, FORMAT_JSON, &sb, &err), 0);
	got = validate(sb.buf);
	if (got == 77)
		fprintf(stderr, "skipped: no python3-jsonschema\n");
	else
		ck_assert_int_eq(got, want);
	results_release(r);
}

START_TEST(full_results_are_valid)
{
	struct results r = RESULTS_INIT;

	fill(&r);
	check(&r, 0);
}
END_TEST

START_TEST(empty_results_are_valid)
{
	struct results r = RESULTS_INIT;

	check(&r, 0);
}
END_TEST

START_TEST(a_share_above_one_is_not_valid)
{
	struct results r = RESULTS_INIT;

	r.max_drop = 1.5;
	check(&r, 1);
}
END_TEST

UNIT_MAIN("report_schema", full_results_are_valid, empty_results_are_valid,
	  a_share_above_one_is_not_valid)
