/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Falco's metrics endpoint: the text, and the answer that it comes in.
 */
#include "unit.h"

#include "base/mem.h"
#include "engine/http.h"
#include "engine/prometheus.h"

static const char text[] =
	"# HELP falcosecurity_falco_version_info https://falco.org/docs/metrics/\n"
	"# TYPE falcosecurity_falco_version_info gauge\n"
	"falcosecurity_falco_version_info{version=\"0.44.1\"} 1\n"
	"falcosecurity_scap_n_evts_total 91439\r\n"
	"falcosecurity_scap_n_drops_total{raw_name=\"n_drops\"} 1.03911e+05\n"
	"falcosecurity_scap_n_drops_buffer_total{dir=\"exit\",drop=\"open\"} 7\n"
	"falcosecurity_scap_n_drops_buffer_total{dir=\"enter\",drop=\"open\"} 2\n"
	"falcosecurity_scap_n_drops_buffer_total{drop=\"proc\",dir=\"exit\"} 3\n"
	"falcosecurity_scap_n_evts_cpu_total{cpu=\"1\"} 11\n"
	"falcosecurity_scap_n_evts_cpu_total{cpu=\"0\"} 10\n"
	"falcosecurity_scap_n_threads_total 1644\n"
	"falcosecurity_scap_n_failed_fd_lookups_total 418047\n"
	"falcosecurity_falco_outputs_queue_num_drops_total 4\n"
	"falcosecurity_falco_host_num_cpus_total 8\n"
	"falcosecurity_falco_start_timestamp_nanoseconds 1748557770999696404\n"
	"falcosecurity_falco_cpu_usage_ratio 0.014000\n"
	"falcosecurity_falco_rules_matches_total{priority=\"4\",rule_name=\"Read \\\"a\\\\n\\\" = "
	"{b}\","
	"source=\"syscall\"} 32\n"
	"falcosecurity_plugins_x_events_lost_total 5\n"
	"go_goroutines 7\n";

START_TEST(test_snapshot)
{
	struct metrics_sample s;
	struct error err = ERROR_INIT;

	ck_assert_msg(!prometheus_parse(&s, text, strlen(text), 1748557780999696404, 2, &err), "%s",
		      err.msg);
	ck_assert_int_eq(s.t_ns, 1748557780999696404);
	ck_assert_int_eq(s.v[METRIC_N_EVTS], 91439);
	ck_assert_int_eq(s.v[METRIC_N_DROPS], 103911);
	ck_assert_int_eq(s.v[METRIC_DROPS_OPEN], 9);
	ck_assert_int_eq(s.v[METRIC_DROPS_PROC_EXIT], 3);
	ck_assert_int_eq(s.v[METRIC_DROPS_CLOSE], METRIC_UNKNOWN);
	ck_assert_int_eq(s.v[METRIC_NUM_EVTS], METRIC_UNKNOWN);
	ck_assert_int_eq(s.v[METRIC_N_THREADS], 1644);
	ck_assert_int_eq(s.v[METRIC_FAILED_FD_LOOKUPS], 418047);
	ck_assert_int_eq(s.v[METRIC_QUEUE_DROPS], 4);
	ck_assert_int_eq(s.v[METRIC_HOST_CPUS], 8);
	ck_assert_int_eq(s.cpu_evts[0], 10);
	ck_assert_int_eq(s.cpu_evts[1], 11);
	/* 1.4 % of the 10 s since the start. */
	ck_assert_int_eq(s.cpu_ns / 1000, 140000);
	ck_assert_uint_eq(s.rules.n, 1);
	ck_assert_str_eq(s.rules.v[0], "Read__a_n_____b_=32");
	ck_assert_int_eq(s.plugin_losses, 5);
	metrics_sample_release(&s);
}
END_TEST

START_TEST(test_not_prometheus)
{
	static const struct {
		const char *text, *why;
	} t[] = {
		{"", "no metric of Falco's"},
		{"# only comments\n", "no metric of Falco's"},
		{"go_goroutines 7\n", "no metric of Falco's"},
		{"<html>\n", "line 1: no metric"},
		{"falcosecurity_scap_n_evts_total 1\nfalcosecurity_x{a=\"b} 1\n",
		 "line 2: no metric"},
		{"falcosecurity_x{a} 1\n", "line 1"},
		{"falcosecurity_scap_n_evts_total\n", "line 1"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct metrics_sample s;
		struct error err = ERROR_INIT;

		ck_assert_int_eq(prometheus_parse(&s, t[i].text, strlen(t[i].text), 1, 0, &err),
				 -1);
		ck_assert_msg(strstr(err.msg, t[i].why), "%s: %s", t[i].text, err.msg);
	}
}
END_TEST

START_TEST(test_answers)
{
	static const struct {
		const char *answer, *body, *why;
	} t[] = {
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", "abc", NULL},
		{"HTTP/1.0 200 OK\r\nServer: x\r\n\r\nall of it", "all of it", NULL},
		{"HTTP/1.1 200 OK\r\ntransfer-encoding:  CHUNKED\r\n\r\n3\r\nabc\r\nA;x=y\r\n"
		 "0123456789\r\n0\r\n\r\n",
		 "abc0123456789", NULL},
		{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", NULL},
		{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", NULL, "cut: 3 of 9"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", NULL,
		 "chunks"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n",
		 NULL, "chunks"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc\r\n",
		 NULL, "chunks"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		 NULL, "chunks"},
		{"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nabc", NULL, "is 'many'"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx", NULL, "gzip"},
		{"HTTP/1.1 404 Not Found\r\n\r\n", NULL, "404 Not Found"},
		{"HTTP/1.1 301 Moved\r\nLocation: https://x\r\n\r\n", NULL, "301 Moved"},
		{"SSH-2.0-x\r\n\r\n", NULL, "no HTTP"},
		{"", NULL, "no HTTP"},
		{"HTTP/1.1 200 OK\r\n", NULL, "no HTTP"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct strbuf body cleanup_strbuf = STRBUF_INIT;
		struct error err = ERROR_INIT;
		int rc = http_parse("u", t[i].answer, strlen(t[i].answer), &body, &err);

		ck_assert_msg(rc == (t[i].why ? -1 : 0), "%s: %s", t[i].answer, err.msg);
		if (t[i].why)
			ck_assert_msg(strstr(err.msg, t[i].why), "%s: %s", t[i].answer, err.msg);
		else
			ck_assert_str_eq(body.buf, t[i].body);
	}
}
END_TEST

UNIT_MAIN("prometheus", test_snapshot, test_not_prometheus, test_answers)
