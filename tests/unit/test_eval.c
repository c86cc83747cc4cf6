/* SPDX-License-Identifier: Apache-2.0 */
/* The rule evaluator: operators and fields on made-up events, the index by call, rules that cannot
 * be evaluated. */
#include "unit.h"

#include "probe/eval.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>

/* --- made-up events --------------------------------------------------------------------------- */

struct fake {
	struct {
		struct probe_event ev;
		uint64_t args[6];
	} rec;
	struct state_fd fd;
	struct state_thread thread;
	struct state_image image;
	struct state_view view;
};

enum {
	EXEC,
	OPEN,
	OPEN_FAILED,
	OPEN_RDWR,
	CREAT,
	CONNECT,
	CONNECT6,
	ACCEPT,
	LISTEN,
	CLOSE_UNKNOWN,
	CLOSE_DIR,
	GETPID,
	PROCEXIT,
	STRANGER,
	N_FAKES
};

static struct fake fakes[N_FAKES];

static struct fake *fake(int which, uint16_t nr, int64_t res, unsigned nargs)
{
	struct fake *f = &fakes[which];

	f->rec.ev = (struct probe_event){.nr = nr,
					 .res = res,
					 .tid = 101,
					 .pid = 100,
					 .kind = PROBE_KIND_ARGS,
					 .nargs = (uint8_t)nargs,
					 .ts = 1500000000ULL};
	f->rec.ev.len = (uint16_t)(sizeof(f->rec.ev) + 8 * nargs);
	f->image = (struct state_image){.refs = 1,
					.exepath = (char *)"/usr/sbin/nginx",
					.exe = (char *)"nginx:",
					.cmdline = (char *)"nginx -g daemon off;",
					.args_at = 6};
	f->thread = (struct state_thread){.tid = 101,
					  .pid = 100,
					  .ppid = 1,
					  .uid = 33,
					  .known = true,
					  .comm = "nginx",
					  .image = &f->image};
	f->view = (struct state_view){.ev = &f->rec.ev, .thread = &f->thread, .fd_num = -1};
	return f;
}

static void with_fd(struct fake *f, int32_t num, char typechar, const char *name)
{
	f->fd = (struct state_fd){
		.typechar = typechar, .name = (char *)name, .name_len = (uint32_t)strlen(name)};
	f->view.fd = &f->fd;
	f->view.fd_num = num;
}

static void with_ends(struct fake *f, enum state_role role, const char *local, uint16_t lport,
		      const char *remote, uint16_t rport)
{
	int family = f->fd.typechar == '4' ? AF_INET : AF_INET6;

	f->fd.role = (uint8_t)role;
	f->fd.lport = lport;
	f->fd.rport = rport;
	inet_pton(family, local, f->fd.laddr);
	inet_pton(family, remote, f->fd.raddr);
}

static struct state_fds *fds_of_open; /* of the process of OPEN */

static void make_fakes(void)
{
	struct fake *f;

	fake(EXEC, 59, 0, 0);
	f = fake(OPEN, 257, 5, 4);
	f->rec.args[2] = O_RDONLY | O_CLOEXEC;
	with_fd(f, 5, 'f', "/etc/shadow");
	f->thread.fds = fds_of_open;
	f = fake(OPEN_FAILED, 257, -ENOENT, 4);
	f->rec.args[2] = O_WRONLY | O_CREAT;
	with_fd(f, -1, 'f', "/var/log/app/x.log");
	f = fake(OPEN_RDWR, 2, 6, 3);
	f->rec.args[1] = O_RDWR;
	with_fd(f, 6, 'f', "/top");
	f = fake(CREAT, 85, 7, 2);
	f->rec.args[1] = 0644;
	with_fd(f, 7, 'f', "/tmp/new");
	f = fake(CONNECT, 42, -ECONNREFUSED, 3);
	with_fd(f, 8, '4', "10.0.0.9:50000->10.0.0.5:443");
	with_ends(f, STATE_ROLE_CLIENT, "10.0.0.9", 50000, "10.0.0.5", 443);
	f = fake(CONNECT6, 42, 0, 3);
	with_fd(f, 8, '6', "::1:50000->::1:8080");
	with_ends(f, STATE_ROLE_CLIENT, "::1", 50000, "::1", 8080);
	f = fake(ACCEPT, 288, 9, 4);
	with_fd(f, 9, '4', "10.0.0.7:40000->10.0.0.9:22");
	with_ends(f, STATE_ROLE_SERVER, "10.0.0.9", 22, "10.0.0.7", 40000);
	f = fake(LISTEN, 50, 0, 2);
	with_fd(f, 3, '4', "0.0.0.0:22");
	with_ends(f, STATE_ROLE_LISTEN, "0.0.0.0", 22, "0.0.0.0", 0);
	f = fake(CLOSE_UNKNOWN, 3, -EBADF, 1);
	f->view.fd_num = 77;
	f = fake(CLOSE_DIR, 3, 0, 1);
	with_fd(f, 4, 'd', "/usr/lib");
	fake(GETPID, 39, 100, 0);
	fake(PROCEXIT, PROBE_NR_PROCEXIT, 0, 0);
	f = fake(STRANGER, 59, 0, 0);
	f->view.thread = NULL;
}

/* --- running ---------------------------------------------------------------------------------- */

static struct calls calls;

struct engine {
	struct ruleset rs;
	struct ruleset_options opt;
	struct eval eval;
	size_t hits, last;
};

static void on_match(void *arg, struct eval *e, size_t rule, struct field_ctx *ctx)
{
	struct engine *en = arg;

	(void)e;
	(void)ctx;
	en->hits++;
	en->last = rule;
}

static void engine_init(struct engine *en, const char *yaml, bool all)
{
	struct error err = ERROR_INIT;

	memset(en, 0, sizeof(*en));
	make_fakes();
	en->opt = (struct ruleset_options)RULESET_OPTIONS_INIT;
	en->opt.cat = catalogue_find("0.44.1");
	if (ruleset_load_text(&en->rs, "test", yaml, strlen(yaml), &en->opt, &err))
		ck_abort_msg("%s\n%s", err.msg, yaml);
	calls_init(&calls, en->opt.cat);
	eval_init(&en->eval, &calls, &en->rs, &en->opt, all);
	en->eval.ctx.hostname = "box";
}

static void engine_release(struct engine *en)
{
	eval_release(&en->eval);
	ruleset_release(&en->rs);
}

static size_t feed(struct engine *en, int which)
{
	en->hits = 0;
	eval_event(&en->eval, &fakes[which].view, on_match, en);
	return en->hits;
}

static bool matches(const char *condition, int which)
{
	struct strbuf yaml = STRBUF_INIT;
	struct engine en;
	bool hit;

	strbuf_addf(&yaml,
		    "- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  condition: >-\n"
		    "    %s\n",
		    condition);
	engine_init(&en, yaml.buf, false);
	ck_assert_uint_eq(en.eval.n, 1);
	if (en.eval.rules[0].why_not)
		ck_abort_msg("%s: %s", condition, en.eval.rules[0].why_not);
	hit = feed(&en, which) == 1;
	engine_release(&en);
	strbuf_release(&yaml);
	return hit;
}

struct row {
	const char *condition;
	int event;
	bool want;
};

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (matches(rows[i].condition, rows[i].event) != rows[i].want)
			ck_abort_msg("'%s' on event %d: expected %s", rows[i].condition,
				     rows[i].event, rows[i].want ? "a match" : "no match");
}

#define ROWS(...)                                                                                  \
	do {                                                                                       \
		static const struct row rows[] = {__VA_ARGS__};                                    \
		check_rows(rows, sizeof(rows) / sizeof(rows[0]));                                  \
	} while (0)

/* --- operators -------------------------------------------------------------------------------- */

START_TEST(text_operators)
{
	ROWS({"proc.name = nginx", EXEC, true}, {"proc.name == nginx", EXEC, true},
	     {"proc.name = nginxx", EXEC, false}, {"proc.name = ngin", EXEC, false},
	     {"proc.name != nginx", EXEC, false}, {"proc.name != sh", EXEC, true},
	     {"proc.cmdline contains daemon", EXEC, true},
	     {"proc.cmdline contains Daemon", EXEC, false},
	     {"proc.cmdline icontains DAEMON", EXEC, true},
	     {"proc.cmdline contains nothing", EXEC, false},
	     {"proc.exepath startswith /usr/", EXEC, true},
	     {"proc.exepath startswith usr", EXEC, false},
	     {"proc.exepath endswith /nginx", EXEC, true},
	     {"proc.exepath endswith ngin", EXEC, false},
	     {"proc.exepath endswith /a/long/prefix/usr/sbin/nginx", EXEC, false},
	     {"proc.exepath glob '/usr/*/ng?nx'", EXEC, true},
	     {"proc.exepath glob '/USR/*'", EXEC, false},
	     {"proc.exepath iglob '/USR/*'", EXEC, true},
	     {"proc.name regex 'n[gG]inx|x'", EXEC, true}, {"proc.name regex 'ngi'", EXEC, false},
	     {"proc.name regex '.*gi.*'", EXEC, true}, {"proc.name > 1", EXEC, true},
	     {"proc.name < 1", EXEC, false}, {"proc.name = ''", EXEC, false});
}
END_TEST

START_TEST(list_operators)
{
	ROWS({"proc.name in (sh, nginx, bash)", EXEC, true}, {"proc.name in (sh)", EXEC, false},
	     {"proc.name in ()", EXEC, false}, {"not proc.name in ()", EXEC, true},
	     /* long enough for the hash set */
	     {"proc.name in (a, b, c, d, e, f, g, h, i, nginx)", EXEC, true},
	     {"proc.name in (a, b, c, d, e, f, g, h, i, ngin)", EXEC, false},
	     {"proc.name intersects (sh, nginx)", EXEC, true}, {"proc.pid in (1, 100)", EXEC, true},
	     {"proc.pid in (1, 2)", EXEC, false}, {"fd.name pmatch (/etc)", OPEN, true},
	     {"fd.name pmatch (/etc/shadow)", OPEN, true},
	     {"fd.name pmatch (/etc/sha)", OPEN, false}, {"fd.name pmatch (/)", OPEN, true},
	     {"fd.name pmatch (/usr, /e?c/)", OPEN, true},
	     {"fd.name pmatch ('/etc/[rs]hadow')", OPEN, true},
	     {"fd.name pmatch (/etc/shadow/x)", OPEN, false},
	     {"fd.name pmatch ('/*/log/*/x.log')", OPEN_FAILED, true},
	     {"fd.name pmatch ('/*/x.log')", OPEN_FAILED, false});
}
END_TEST

START_TEST(modifiers)
{
	ROWS({"proc.exepath startswith anyof (/bin, /usr)", EXEC, true},
	     {"proc.exepath startswith anyof (/bin, /lib)", EXEC, false},
	     {"proc.exepath startswith allof (/usr, /usr/sbin)", EXEC, true},
	     {"proc.exepath startswith allof (/usr, /bin)", EXEC, false},
	     {"proc.exepath startswith oneof (/usr, /bin)", EXEC, true},
	     {"proc.exepath startswith oneof (/usr, /usr/sbin)", EXEC, false},
	     {"proc.name = anyof (sh, nginx)", EXEC, true},
	     {"proc.name != allof (sh, bash)", EXEC, true},
	     {"proc.name != allof (sh, nginx)", EXEC, false},
	     {"proc.name regex anyof ('n.*', 'x')", EXEC, true},
	     {"proc.name regex oneof ('n.*', '.*x')", EXEC, false});
}
END_TEST

START_TEST(numbers)
{
	ROWS({"proc.pid = 100", EXEC, true}, {"proc.pid != 100", EXEC, false},
	     {"proc.pid < 101", EXEC, true}, {"proc.pid <= 100", EXEC, true},
	     {"proc.pid > 100", EXEC, false}, {"proc.pid >= 100", EXEC, true},
	     {"fd.num < 0", OPEN_FAILED, true}, {"fd.num = -1", OPEN_FAILED, true},
	     {"fd.num >= 0", OPEN_FAILED, false}, {"fd.num = 5", OPEN, true},
	     {"user.uid = 33", EXEC, true},
	     /* a constant is cut to the field's 32 bits */
	     {"user.uid = 4294967329", EXEC, true}, {"evt.num = 1", EXEC, true},
	     {"evt.num > 1", EXEC, false}, {"evt.rawres = -2", OPEN_FAILED, true},
	     {"evt.rawres > -3", OPEN_FAILED, true}, {"fd.sport = 443", CONNECT, true},
	     {"fd.sport = https", CONNECT, true}, {"fd.sport in (22, 443)", CONNECT, true},
	     {"fd.sport > 442", CONNECT, true}, {"fd.sport = ssh", CONNECT, false});
}
END_TEST

START_TEST(booleans_and_structure)
{
	ROWS({"proc.name = nginx and proc.pid = 100", EXEC, true},
	     {"proc.name = nginx and proc.pid = 1", EXEC, false},
	     {"proc.name = sh or proc.pid = 100", EXEC, true},
	     {"proc.name = sh or proc.pid = 1", EXEC, false}, {"not proc.name = sh", EXEC, true},
	     {"not (proc.name = nginx)", EXEC, false},
	     {"not (proc.name = sh or not proc.pid = 100)", EXEC, true},
	     {"(proc.name = sh or proc.pid = 100) and (user.uid = 33 or user.uid = 0)", EXEC, true},
	     {"(proc.name = sh or proc.pid = 1) and (user.uid = 33 or user.uid = 0)", EXEC, false},
	     {"proc.name = sh and proc.name = nginx or proc.pid = 100", EXEC, true},
	     {"evt.failed = true", OPEN_FAILED, true}, {"evt.failed = false", OPEN, true},
	     {"evt.failed != true", OPEN, true}, {"not evt.failed = true", OPEN, true});
}
END_TEST

START_TEST(right_side_fields)
{
	ROWS({"proc.exepath endswith val(proc.name)", EXEC, true},
	     {"proc.cmdline startswith val(proc.name)", EXEC, true},
	     {"proc.pid = val(thread.tid)", EXEC, false},
	     {"thread.tid > val(proc.pid)", EXEC, true}, {"fd.sip = val(fd.cip)", CONNECT, false},
	     {"fd.sip = val(fd.cip)", CONNECT6, true},
	     {"proc.name = basename(proc.exepath)", EXEC, true},
	     {"toupper(proc.name) = NGINX", EXEC, true},
	     {"tolower(proc.name) = val(proc.name)", EXEC, true},
	     {"len(proc.name) = 5", EXEC, true}, {"len(proc.name) > 5", EXEC, false},
	     {"basename(fd.name) = shadow", OPEN, true},
	     {"proc.exepath = concat(\"/usr/sbin/\", proc.name)", EXEC, true},
	     {"join(\"-\", (proc.name, \"x\")) = nginx-x", EXEC, true},
	     {"getopt((\"-x\", \"-e\", proc.name, \"y\"), \"xe:\")[e] = nginx", EXEC, true},
	     {"getopt((\"-xenginx\"), \"xe:\")[e] = nginx", EXEC, true},
	     {"getopt((\"-xy\"), \"xy\")[y] = y", EXEC, true},
	     {"getopt((\"-e1\", \"-e\", \"2\"), \"e:\")[e] = 2", EXEC, true},
	     {"getopt((\"-x\", \"--\", \"-e1\"), \"xe:\")[e] exists", EXEC, false},
	     {"getopt((\"word\", \"-e1\"), \"e:\")[e] exists", EXEC, false},
	     {"getopt((\"--long\", \"-e1\"), \"e:\")[e] = 1", EXEC, true},
	     {"getopt((\"-e\"), \"e:\")[e] = \"\"", EXEC, true},
	     {"getopt((\"-x\", \"-e1\", \"-q\"), \"xe:\") intersects (e)", EXEC, true},
	     {"getopt((\"-x\", \"-e1\", \"-q\"), \"xe:\") in (x, e, 1, ?)", EXEC, true},
	     {"getopt((\"-x\", \"-e1\", \"-q\"), \"xe:\") in (x, e)", EXEC, false},
	     {"len(getopt((\"-xe1\"), \"xe:\")) = 3", EXEC, true},
	     /* no value on one side: no match */
	     {"proc.name = val(fd.name)", EXEC, false}, {"proc.name != val(fd.name)", EXEC, false});
}
END_TEST

/* --- fields ----------------------------------------------------------------------------------- */

START_TEST(event_fields)
{
	ROWS({"evt.type = execve", EXEC, true}, {"evt.type in (open, openat)", OPEN, true},
	     {"evt.type = open", OPEN, false}, {"evt.type != open", OPEN, true},
	     {"evt.type startswith open", OPEN, true}, {"evt.type startswith open", EXEC, false},
	     {"evt.type contains open", OPEN, true}, {"evt.type = getpid", GETPID, true},
	     {"syscall.type = getpid", GETPID, true}, {"evt.type = procexit", PROCEXIT, true},
	     {"syscall.type exists", PROCEXIT, false}, {"evt.type = accept4", ACCEPT, true},
	     {"evt.type exists", EXEC, true}, {"evt.dir = <", EXEC, true},
	     {"evt.dir = >", EXEC, false}, {"evt.res = SUCCESS", OPEN, true},
	     {"evt.res = ENOENT", OPEN_FAILED, true}, {"evt.res != SUCCESS", OPEN_FAILED, true},
	     {"evt.res = ECONNREFUSED", CONNECT, true},
	     /* generic events and the exit of a process have no result */
	     {"evt.res exists", GETPID, false}, {"evt.failed exists", GETPID, false},
	     {"evt.failed = false", GETPID, false}, {"evt.res exists", PROCEXIT, false},
	     {"evt.hostname = box", EXEC, true});
}
END_TEST

START_TEST(open_flags)
{
	ROWS({"evt.is_open_read = true", OPEN, true}, {"evt.is_open_write = true", OPEN, false},
	     {"evt.is_open_write = false", OPEN, true},
	     {"evt.is_open_read = true", OPEN_FAILED, false},
	     {"evt.is_open_write = true", OPEN_FAILED, true},
	     {"evt.is_open_read = true", OPEN_RDWR, true},
	     {"evt.is_open_write = true", OPEN_RDWR, true},
	     /* for Falco, creat is neither */
	     {"evt.is_open_write = true", CREAT, false}, {"evt.is_open_read = true", EXEC, false},
	     {"evt.is_open_read = false", EXEC, true});
}
END_TEST

START_TEST(fd_fields)
{
	ROWS({"fd.name = /etc/shadow", OPEN, true}, {"fd.directory = /etc", OPEN, true},
	     {"fd.directory = /", OPEN_RDWR, true}, {"fd.directory = /usr/lib", CLOSE_DIR, true},
	     {"fd.directory = /var/log/app", OPEN_FAILED, true},
	     {"fd.directory exists", CONNECT, false}, {"fd.typechar = f", OPEN, true},
	     {"fd.typechar = 4", CONNECT, true}, {"fd.typechar in (4, 6)", CONNECT6, true},
	     {"fd.typechar = d", CLOSE_DIR, true},
	     {"fd.name = 10.0.0.9:50000->10.0.0.5:443", CONNECT, true},
	     {"fd.sip = 10.0.0.5", CONNECT, true}, {"fd.sip != 10.0.0.5", CONNECT, false},
	     {"fd.sip in (1.1.1.1, 10.0.0.5)", CONNECT, true}, {"fd.sip = ::1", CONNECT6, true},
	     {"fd.sip = 10.0.0.5", CONNECT6, false}, {"fd.sip != 10.0.0.5", CONNECT6, true},
	     {"fd.sip = 10.0.0.9 and fd.sport = 22", ACCEPT, true},
	     {"fd.cip = 10.0.0.7 and fd.cport = 40000", ACCEPT, true},
	     {"fd.cip = 10.0.0.9 and fd.cport = 50000", CONNECT, true},
	     {"fd.sport = 22", LISTEN, true}, {"fd.cip exists", LISTEN, false},
	     {"fd.sport exists", OPEN, false},
	     /* a descriptor that is not known has a number and an empty name */
	     {"fd.num = 77", CLOSE_UNKNOWN, true}, {"fd.name = ''", CLOSE_UNKNOWN, true},
	     {"fd.typechar = o", CLOSE_UNKNOWN, true}, {"fd.sip exists", CLOSE_UNKNOWN, false},
	     /* no descriptor in the call: no fd.* at all */
	     {"fd.name exists", EXEC, false}, {"fd.num exists", EXEC, false},
	     {"not fd.name = x", EXEC, true}, {"fd.name != x", EXEC, false});
}
END_TEST

START_TEST(unknown_thread)
{
	ROWS({"proc.name exists", STRANGER, false}, {"proc.name != sh", STRANGER, false},
	     {"not proc.name = sh", STRANGER, true}, {"user.uid = 0", STRANGER, false},
	     {"thread.tid = 101", STRANGER, true});
}
END_TEST

/* --- rule sets -------------------------------------------------------------------------------- */

#define RULE(name, cond)                                                                           \
	"- rule: " name "\n  desc: d\n  output: o\n  priority: INFO\n  condition: " cond "\n"

START_TEST(only_rules_of_the_event_are_listed)
{
	struct engine en;

	engine_init(&en,
		    RULE("exec", "evt.type = execve and proc.name = nginx")
			    RULE("open", "evt.type in (open, openat) and fd.name = /etc/shadow")
				    RULE("wide", "proc.name = nginx")
					    RULE("never", "evt.type = execve and evt.dir = >"),
		    true);
	/* Events of calls that a rule excludes never reach it: only "wide" is left for close. */
	ck_assert_uint_eq(en.eval.by_nr[59].n, 2);
	ck_assert_uint_eq(en.eval.by_nr[257].n, 2);
	ck_assert_uint_eq(en.eval.by_nr[3].n, 1);
	/* A condition without evt.type is for generic events too. */
	ck_assert_uint_eq(en.eval.by_nr[39].n, 1);
	/* What the call answers is not asked again: the first check is of proc.name. */
	ck_assert(!en.eval.checks[en.eval.by_nr[59].v[0].entry].by_call);
	ck_assert_uint_eq(feed(&en, EXEC), 2);
	ck_assert_uint_eq(feed(&en, OPEN), 2);
	ck_assert_uint_eq(feed(&en, CLOSE_DIR), 1);
	ck_assert_uint_eq(en.eval.rules[2].matches, 3);
	ck_assert_uint_eq(en.eval.rules[3].matches, 0);
	engine_release(&en);
}
END_TEST

START_TEST(generic_codes_as_in_falco)
{
	struct engine en;

	/* != leaves every code but the generic ones, to which getpid belongs. */
	engine_init(&en, RULE("ne", "evt.type != getpid"), true);
	ck_assert_uint_eq(feed(&en, GETPID), 0);
	ck_assert_uint_eq(feed(&en, EXEC), 1);
	engine_release(&en);
	engine_init(&en, RULE("eq", "evt.type = alarm"), true);
	ck_assert_uint_eq(feed(&en, GETPID), 0);
	engine_release(&en);
}
END_TEST

START_TEST(first_or_all)
{
	const char *two = RULE("a", "evt.type = execve") RULE("b", "evt.type = execve");
	struct engine en;

	engine_init(&en, two, false);
	ck_assert_uint_eq(feed(&en, EXEC), 1);
	ck_assert_uint_eq(en.last, 0);
	engine_release(&en);
	engine_init(&en, two, true);
	ck_assert_uint_eq(feed(&en, EXEC), 2);
	engine_release(&en);
}
END_TEST

START_TEST(rules_it_cannot_evaluate_are_named)
{
	struct engine en;

	engine_init(&en,
		    RULE("tty", "evt.type = execve and thread.cgroups = 0")
			    RULE("arg", "evt.type = execve and evt.around[1] = 2") RULE(
				    "negated",
				    "evt.type = execve and not (fd.name = x or thread.cgroups = y)")
				    RULE("fine", "evt.type = execve"),
		    true);
	ck_assert_uint_eq(en.eval.n, 4);
	ck_assert_uint_eq(en.eval.n_not_evaluated, 3);
	ck_assert_str_eq(en.eval.rules[0].why_not, "field thread.cgroups");
	ck_assert_str_eq(en.eval.rules[1].why_not, "field evt.around[1]");
	ck_assert_str_eq(en.eval.rules[2].why_not, "field thread.cgroups");
	ck_assert_ptr_null(en.eval.rules[3].why_not);
	/* Neither a match nor in the way of one. */
	ck_assert_uint_eq(feed(&en, EXEC), 1);
	ck_assert_uint_eq(en.last, 3);
	ck_assert(!en.eval.uses_fd);
	engine_release(&en);
}
END_TEST

START_TEST(inactive_rules_are_left_out)
{
	struct engine en;

	engine_init(&en,
		    "- rule: off\n  desc: d\n  output: o\n  priority: INFO\n  enabled: false\n"
		    "  condition: evt.type = execve\n" RULE("on", "evt.type = execve"),
		    true);
	ck_assert_uint_eq(en.eval.n, 1);
	ck_assert_str_eq(en.eval.rules[0].rule->name, "on");
	engine_release(&en);
}
END_TEST

START_TEST(deep_conditions)
{
	struct strbuf yaml = STRBUF_INIT;
	struct engine en;

	strbuf_addstr(&yaml, "- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  condition: ");
	for (int i = 0; i < 4000; i++)
		strbuf_addstr(&yaml, "not (");
	strbuf_addstr(&yaml, "proc.name = nginx");
	for (int i = 0; i < 4000; i++)
		strbuf_addch(&yaml, ')');
	strbuf_addch(&yaml, '\n');
	engine_init(&en, yaml.buf, true);
	ck_assert_uint_eq(feed(&en, EXEC), 1);
	engine_release(&en);
	strbuf_release(&yaml);
}
END_TEST

START_TEST(native_numbers_of_a_selection)
{
	const struct catalogue *cat = catalogue_find("0.44.1");
	struct strvec names = STRVEC_INIT;
	struct bitset scs = {{0}}, nrs;
	bool procexit;

	strvec_push(&names, "execve");
	strvec_push(&names, "prlimit");
	cat_names_to_scs(cat, &names, &scs);
	nrs = calls_from_scs(cat, scs, &procexit);
	ck_assert(bitset_has(&nrs, 59) && bitset_has(&nrs, 302));
	ck_assert_uint_eq(bitset_count(nrs), 2);
	ck_assert(!procexit);
	nrs = calls_from_scs(cat, cat_state_scs(cat), &procexit);
	ck_assert(procexit);
	ck_assert(!bitset_has(&nrs, PROBE_NR_PROCEXIT));
	strvec_release(&names);
}
END_TEST

START_TEST(networks_and_both_ends)
{
	/* clang-format off */
	ROWS({"fd.snet = 10.0.0.0/8", CONNECT, true}, {"fd.snet = 11.0.0.0/8", CONNECT, false},
	     {"fd.snet = 10.0.0.4/31", CONNECT, true}, {"fd.snet = 10.0.0.6/31", CONNECT, false},
	     {"fd.snet in (192.168.0.0/16, 10.0.0.0/8)", CONNECT, true},
	     {"fd.snet != 10.0.0.0/8", CONNECT, false}, {"fd.snet != 10.0.0.0/8", CONNECT6, true},
	     {"fd.snet = ::/8", CONNECT6, true}, {"fd.snet = 10.0.0.0/8", OPEN, false},
	     {"fd.ip = 10.0.0.5", CONNECT, true}, {"fd.ip = 10.0.0.9", CONNECT, true},
	     {"fd.ip = 10.0.0.1", CONNECT, false}, {"fd.ip in (10.0.0.9)", CONNECT, true},
	     {"fd.ip != 10.0.0.5", CONNECT, false}, {"fd.ip != 10.0.0.1", CONNECT, true},
	     {"not fd.ip = 10.0.0.1", CONNECT, true}, {"fd.ip != 10.0.0.1", OPEN, false},
	     {"fd.net = 10.0.0.8/30", CONNECT, true}, {"fd.net != 127.0.0.0/8", CONNECT, true},
	     {"fd.net != 10.0.0.8/30", CONNECT, false},
	     {"fd.port = 443", CONNECT, true}, {"fd.port = 50000", CONNECT, true},
	     {"fd.port in (80, 443)", CONNECT, true}, {"fd.port > 49999", CONNECT, true},
	     {"fd.port = 22", LISTEN, true}, {"fd.port != 443", CONNECT, false},
	     {"fd.ip exists", CONNECT, true}, {"fd.ip exists", OPEN, false},
	     {"fd.rip = 10.0.0.7", ACCEPT, true}, {"fd.lport = 22", ACCEPT, true},
	     {"fd.sip.name = localhost.example.invalid", CONNECT, false},
	     {"fd.sip.name != localhost.example.invalid", CONNECT, true});
	/* clang-format on */
}
END_TEST

START_TEST(lists_of_an_event)
{
	static struct state_fd v[3] = {{.typechar = 'f'}, {.typechar = '4'}, {.typechar = 'f'}};
	static struct state_fds fds = {.refs = 1, .n = 3, .top = 3, .v = v};
	static const struct row rows[] = {{"fd.types intersects (ipv4, unix)", OPEN, true},
					  {"fd.types intersects (unix)", OPEN, false},
					  {"fd.types in (file, ipv4)", OPEN, true},
					  {"fd.types in (file)", OPEN, false},
					  {"fd.types[1] in (ipv4, ipv6)", OPEN, true},
					  {"fd.types[2] in (ipv4)", OPEN, false},
					  {"fd.types exists", OPEN, true},
					  {"len(fd.types) = 2", OPEN, true},
					  {"join(\"+\", fd.types) = file+ipv4", OPEN, true}};

	fds_of_open = &fds;
	check_rows(rows, sizeof(rows) / sizeof(rows[0]));
	fds_of_open = NULL;
}
END_TEST

START_TEST(what_is_absent_compares_false)
{
	/* clang-format off */
	ROWS({"container.image.repository = nginx", EXEC, false},
	     {"container.image.repository != nginx", EXEC, false},
	     {"not container.image.repository = nginx", EXEC, true},
	     {"container.privileged = true", EXEC, false}, {"k8s.ns.name exists", EXEC, false},
	     {"container.mount.dest[/proc*] in (a, b)", EXEC, false},
	     {"proc.aname = sshd", EXEC, false}, {"proc.aname[2] != sshd", EXEC, false},
	     {"evt.buffer bcontains cafe", EXEC, false});
	/* clang-format on */
}
END_TEST

START_TEST(bytes)
{
	struct match_const *c;
	struct matcher m;
	struct ast *hex = ast_new(AST_VALUE, "cafeBA");
	struct value v = {.s = "a\xca\xfe\xba", .len = 4}, without = {.s = "caFEba", .len = 6};

	ck_assert_int_eq(matcher_init(&m, OP_BCONTAINS, MOD_NONE, VALUE_BYTES, 0, hex, NULL), 0);
	c = &m.c[0];
	ck_assert_uint_eq(c->len, 3);
	ck_assert(matcher_test(&m, &v) && !matcher_test(&m, &without));
	matcher_release(&m);
	ck_assert_int_eq(matcher_init(&m, OP_BSTARTSWITH, MOD_NONE, VALUE_BYTES, 0, hex, NULL), 0);
	ck_assert(!matcher_test(&m, &v));
	matcher_release(&m);
	ast_free(hex);
	hex = ast_new(AST_VALUE, "caf");
	ck_assert_int_eq(matcher_init(&m, OP_BCONTAINS, MOD_NONE, VALUE_BYTES, 0, hex, NULL), -1);
	ast_free(hex);
}
END_TEST

START_TEST(what_must_be_recorded)
{
	struct engine en;

	engine_init(&en,
		    RULE("env", "evt.type = execve and proc.env[X] = 1")
			    RULE("buffer", "evt.type = read and evt.buffer contains x") RULE(
				    "not", "evt.type = open and fd.ino = 1 and thread.cgroups = 0"),
		    true);
	ck_assert_uint_eq(en.eval.wants, PROBE_WANT_ENV | PROBE_WANT_DATA);
	engine_release(&en);
	engine_init(&en, RULE("file", "evt.type = open and evt.is_open_create = true"), true);
	ck_assert_uint_eq(en.eval.wants, PROBE_WANT_FILE);
	engine_release(&en);
	/* Of a parameter that an open has too, only where the rule is for opens. */
	engine_init(&en, RULE("exec", "evt.type = execve and evt.arg.flags contains EXE_WRITABLE"),
		    true);
	ck_assert_uint_eq(en.eval.wants, 0);
	engine_release(&en);
	engine_init(&en,
		    RULE("env", "evt.type = execve and evt.arg.env contains x")
			    RULE("flags", "evt.type = openat and evt.arg.flags contains O_TRUNC"),
		    true);
	ck_assert_uint_eq(en.eval.wants, PROBE_WANT_ENV | PROBE_WANT_FILE);
	engine_release(&en);
	/* Use of memory and descriptors, whatever the rule's calls: it comes with clone and exec.
	 */
	engine_init(&en, RULE("use", "evt.type = open and proc.fdusage > 50"), true);
	ck_assert_ptr_null(en.eval.rules[0].why_not);
	ck_assert_uint_eq(en.eval.wants, PROBE_WANT_USAGE);
	engine_release(&en);
	/* The ends of each message, only where the rule is for messages and names them. */
	engine_init(&en,
		    RULE("name", "evt.type in (connect, write) and fd.name contains x")
			    RULE("not", "evt.type = sendmsg and fd.type = unix"),
		    true);
	ck_assert_uint_eq(en.eval.wants, 0);
	engine_release(&en);
	engine_init(&en, RULE("name", "evt.type = sendmsg and fd.name contains x"), true);
	ck_assert_uint_eq(en.eval.wants, PROBE_WANT_ENDS);
	engine_release(&en);
}
END_TEST

UNIT_MAIN("eval", networks_and_both_ends, lists_of_an_event, what_is_absent_compares_false, bytes,
	  what_must_be_recorded, text_operators, list_operators, modifiers, numbers,
	  booleans_and_structure, right_side_fields, event_fields, open_flags, fd_fields,
	  unknown_thread, only_rules_of_the_event_are_listed, generic_codes_as_in_falco,
	  first_or_all, rules_it_cannot_evaluate_are_named, inactive_rules_are_left_out,
	  deep_conditions, native_numbers_of_a_selection)
