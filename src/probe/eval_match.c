/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "probe/eval_match.h"

#include "base/map.h"
#include "base/mem.h"
#include "probe/hosts.h"
#include "rules/services.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <pcre2.h>
#include <string.h>

/* Below this, comparing lengths and bytes is faster than hashing. */
#define HASH_FROM 8

/* --- single values ---------------------------------------------------------------------------- */

static bool ends_with(const struct value *v, const char *s, size_t len)
{
	return v->len >= len && !memcmp(v->s + v->len - len, s, len);
}

static bool same(const struct value *v, const char *s, size_t len)
{
	return v->len == len && !memcmp(v->s, s, len);
}

static bool match_text(enum ast_op op, const struct value *v, const char *s, size_t len)
{
	switch (op) {
	case OP_EQ:
	case OP_EQEQ:
	case OP_IN:
	case OP_INTERSECTS:
		return same(v, s, len);
	case OP_NE:
		return !same(v, s, len);
	case OP_LT:
		return strcmp(v->s, s) < 0;
	case OP_LE:
		return strcmp(v->s, s) <= 0;
	case OP_GT:
		return strcmp(v->s, s) > 0;
	case OP_GE:
		return strcmp(v->s, s) >= 0;
	case OP_CONTAINS:
	case OP_BCONTAINS:
		return memmem(v->s, v->len, s, len) != NULL;
	case OP_ICONTAINS:
		return strcasestr(v->s, s) != NULL;
	case OP_STARTSWITH:
	case OP_BSTARTSWITH:
		return v->len >= len && !memcmp(v->s, s, len);
	case OP_ENDSWITH:
		return ends_with(v, s, len);
	case OP_GLOB:
		return fnmatch(s, v->s, 0) == 0;
	case OP_IGLOB:
		return fnmatch(s, v->s, FNM_CASEFOLD) == 0;
	default:
		return false;
	}
}

static bool by_order(enum ast_op op, int order)
{
	switch (op) {
	case OP_EQ:
	case OP_EQEQ:
	case OP_IN:
	case OP_INTERSECTS:
		return order == 0;
	case OP_NE:
		return order != 0;
	case OP_LT:
		return order < 0;
	case OP_LE:
		return order <= 0;
	case OP_GT:
		return order > 0;
	case OP_GE:
		return order >= 0;
	default:
		return false;
	}
}

static bool match_number(enum ast_op op, enum value_type type, int64_t a, int64_t b)
{
	if (type == VALUE_INT)
		return by_order(op, (a > b) - (a < b));
	return by_order(op, ((uint64_t)a > (uint64_t)b) - ((uint64_t)a < (uint64_t)b));
}

static bool match_double(enum ast_op op, double a, double b)
{
	return by_order(op, (a > b) - (a < b));
}

static bool match_ip(enum ast_op op, const struct value *v, const void *ip, size_t len)
{
	bool equal = v->len == len && !memcmp(v->s, ip, len);

	return op == OP_NE ? !equal : equal;
}

static bool in_net(const struct value *v, const struct match_const *c)
{
	const unsigned char *addr = (const unsigned char *)v->s;
	unsigned whole = c->prefix / 8, rest = c->prefix % 8;

	if (v->len != c->ip_len || memcmp(addr, c->ip, whole) != 0)
		return false;
	return !rest || ((addr[whole] ^ c->ip[whole]) >> (8 - rest)) == 0;
}

static bool match_net(enum ast_op op, const struct value *v, const struct match_const *c)
{
	return op == OP_NE ? !in_net(v, c) : in_net(v, c);
}

static bool match_host(enum ast_op op, const struct value *v, const struct match_const *c)
{
	bool hit = false;

	for (size_t i = 0; i < c->n_hosts && !hit; i++)
		hit = v->len == c->hosts[i].len && !memcmp(v->s, c->hosts[i].addr, v->len);
	return op == OP_NE ? !hit : hit;
}

bool match_values(enum ast_op op, enum value_type type, const struct value *a,
		  const struct value *b)
{
	if (type == VALUE_STR || type == VALUE_BYTES)
		return match_text(op, a, b->s, b->len);
	if (type == VALUE_IP || type == VALUE_NET || type == VALUE_HOST)
		return match_ip(op, a, b->s, b->len);
	if (type == VALUE_DOUBLE)
		return match_double(op, a->d, b->d);
	return match_number(op, type, a->i, b->i);
}

/* --- constants -------------------------------------------------------------------------------- */

static int64_t cut(int64_t i, enum value_type type, unsigned bits)
{
	if (bits == 0 || bits >= 64)
		return i;
	if (type == VALUE_INT)
		return (int64_t)((uint64_t)i << (64 - bits)) >> (64 - bits);
	return (int64_t)((uint64_t)i & ((1ULL << bits) - 1));
}

static int parse_number(struct match_const *c, enum value_type type, unsigned bits,
			struct error *err)
{
	char *end;

	c->i = type == VALUE_INT ? strtoll(c->text, &end, 10)
				 : (int64_t)strtoull(c->text, &end, 10);
	if (end == c->text || *end)
		return error_input(err, "'%s' is not a decimal number", c->text);
	c->i = cut(c->i, type, bits);
	return 0;
}

/* Falco reads whole numbers of 32 bits here too. */
static int parse_double(struct match_const *c, struct error *err)
{
	if (parse_number(c, VALUE_INT, 32, err))
		return -1;
	c->d = (double)c->i;
	return 0;
}

static int parse_port(struct match_const *c, unsigned bits, struct error *err)
{
	uint16_t port;

	if (!*c->text || isdigit((unsigned char)*c->text)) {
		c->i = cut(strtoll(c->text, NULL, 10), VALUE_PORT, bits);
		return 0;
	}
	if (!service_port(c->text, &port))
		return error_input(err, "'%s' is not a port and not a service name", c->text);
	c->i = port;
	return 0;
}

static int parse_bool(struct match_const *c, struct error *err)
{
	if (strcmp(c->text, "true") && strcmp(c->text, "false"))
		return error_input(err, "'%s' is not true or false", c->text);
	c->i = c->text[0] == 't';
	return 0;
}

static int parse_ip(struct match_const *c, struct error *err)
{
	if (inet_pton(AF_INET, c->text, c->ip) == 1)
		c->ip_len = 4;
	else if (inet_pton(AF_INET6, c->text, c->ip) == 1)
		c->ip_len = 16;
	else
		return error_input(err, "'%s' is not an IP address", c->text);
	return 0;
}

/* Address/prefix; an address alone is a network of one. */
static int parse_net(struct match_const *c, struct error *err)
{
	size_t n = strcspn(c->text, "/");
	cleanup_free char *addr = xstrndup(c->text, n);
	char *end = NULL;
	unsigned long prefix;

	if (inet_pton(AF_INET, addr, c->ip) == 1)
		c->ip_len = 4;
	else if (inet_pton(AF_INET6, addr, c->ip) == 1)
		c->ip_len = 16;
	else
		return error_input(err, "'%s' is not an IP network", c->text);
	prefix = c->text[n] ? strtoul(c->text + n + 1, &end, 10) : 8UL * c->ip_len;
	if ((c->text[n] && (end == c->text + n + 1 || *end)) || prefix > 8UL * c->ip_len)
		return error_input(err, "'%s' is not an IP network: its prefix is not 0 to %u",
				   c->text, 8 * c->ip_len);
	c->prefix = (unsigned)prefix;
	return 0;
}

/* bcontains and bstartswith take hexadecimal digits. */
static int parse_hex(struct match_const *c, struct error *err)
{
	size_t n = c->len / 2;

	if (c->len % 2 || strspn(c->text, "0123456789abcdefABCDEF") != c->len)
		return error_input(err, "'%s' is not a row of hexadecimal bytes", c->text);
	for (size_t i = 0; i < n; i++) {
		char two[3] = {c->text[2 * i], c->text[2 * i + 1], '\0'};

		c->text[i] = (char)strtoul(two, NULL, 16);
	}
	c->text[n] = '\0';
	c->len = n;
	return 0;
}

static int compile_regex(struct match_const *c, struct error *err)
{
	int code;
	size_t at;
	char msg[128];

	/* Falco's RE2 takes bytes that are not UTF-8 after sanitising them; bytes do here. */
	c->re = pcre2_compile((PCRE2_SPTR)c->text, c->len,
			      PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOTALL, &code, &at, NULL);
	if (!c->re) {
		pcre2_get_error_message(code, (PCRE2_UCHAR *)msg, sizeof(msg));
		return error_input(err, "regular expression '%s': %s", c->text, msg);
	}
	pcre2_jit_compile(c->re, PCRE2_JIT_COMPLETE); /* without it, it is only slower */
	return 0;
}

/* The parts between slashes; empty ones do not count. */
static void split_path(struct strvec *parts, const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n)
			strvec_take(parts, xstrndup(path, n));
		path += n;
		path += *path == '/';
	}
}

static int const_init(struct match_const *c, const struct matcher *m, unsigned bits,
		      const char *text, struct error *err)
{
	memset(c, 0, sizeof(*c));
	c->text = xstrdup(text);
	c->len = strlen(text);
	switch (m->type) {
	case VALUE_INT:
	case VALUE_UINT:
		return parse_number(c, m->type, bits, err);
	case VALUE_PORT:
		return parse_port(c, bits, err);
	case VALUE_DOUBLE:
		return parse_double(c, err);
	case VALUE_BOOL:
		return parse_bool(c, err);
	case VALUE_IP:
		return parse_ip(c, err);
	case VALUE_NET:
		return parse_net(c, err);
	case VALUE_HOST:
		c->n_hosts = hosts_find(HOSTS_FILE, c->text, &c->hosts);
		return 0;
	case VALUE_STR:
	case VALUE_BYTES:
	case VALUE_LIST:
		break;
	}
	if ((m->op == OP_BCONTAINS || m->op == OP_BSTARTSWITH) && parse_hex(c, err))
		return -1;
	c->hash = hash_bytes(c->text, c->len);
	if (m->op == OP_PMATCH)
		split_path(&c->parts, c->text);
	return m->op == OP_REGEX ? compile_regex(c, err) : 0;
}

/* Is any-of-equal over texts all that is asked? */
static bool is_membership(const struct matcher *m)
{
	if (m->op == OP_IN || m->op == OP_INTERSECTS)
		return true;
	return (m->op == OP_EQ || m->op == OP_EQEQ) && m->mod == MOD_ANYOF;
}

static void build_slots(struct matcher *m)
{
	size_t n = 16;

	while (n < m->n * 2)
		n *= 2;
	m->mask = n - 1;
	m->slots = xcalloc(n, sizeof(*m->slots));
	for (size_t i = 0; i < m->n; i++) {
		size_t at = m->c[i].hash & m->mask;

		while (m->slots[at])
			at = (at + 1) & m->mask;
		m->slots[at] = (uint32_t)i + 1;
	}
}

int matcher_init(struct matcher *m, enum ast_op op, enum ast_modifier mod, enum value_type type,
		 unsigned bits, const struct ast *rhs, struct error *err)
{
	bool list = rhs && rhs->kind == AST_LIST;
	size_t n = !rhs ? 0 : list ? rhs->n : 1;

	*m = (struct matcher){.op = op, .mod = mod, .type = type};
	m->c = xcalloc(n ? n : 1, sizeof(*m->c));
	for (; m->n < n; m->n++) {
		const struct ast *v = list ? rhs->kids[m->n] : rhs;

		if (const_init(&m->c[m->n], m, bits, v->text ? v->text : "", err)) {
			m->n++;
			matcher_release(m);
			return -1;
		}
	}
	if (op == OP_REGEX)
		m->match_data = pcre2_match_data_create(1, NULL);
	if (type == VALUE_STR && is_membership(m) && m->n >= HASH_FROM)
		build_slots(m);
	return 0;
}

void matcher_release(struct matcher *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->c[i].text);
		strvec_release(&m->c[i].parts);
		pcre2_code_free(m->c[i].re);
		free(m->c[i].hosts);
	}
	free(m->c);
	free(m->slots);
	pcre2_match_data_free(m->match_data);
	memset(m, 0, sizeof(*m));
}

/* --- testing ---------------------------------------------------------------------------------- */

static bool in_slots(const struct matcher *m, const struct value *v)
{
	uint64_t hash = hash_bytes(v->s, v->len);

	for (size_t at = hash & m->mask; m->slots[at]; at = (at + 1) & m->mask) {
		const struct match_const *c = &m->c[m->slots[at] - 1];

		if (c->hash == hash && same(v, c->text, c->len))
			return true;
	}
	return false;
}

static bool part_matches(const char *pattern, const char *s, size_t len)
{
	char part[256]; /* NAME_MAX and its NUL */

	if (!strpbrk(pattern, "?*["))
		return strlen(pattern) == len && !memcmp(pattern, s, len);
	if (len >= sizeof(part))
		return false;
	memcpy(part, s, len);
	part[len] = '\0';
	return fnmatch(pattern, part, 0) == 0;
}

/* Every component of the pattern against the leading ones of the path. */
static bool path_prefix(const struct match_const *c, const struct value *v)
{
	const char *at = v->s;

	for (size_t i = 0; i < c->parts.n; i++) {
		size_t n;

		at += strspn(at, "/");
		n = strcspn(at, "/");
		if (n == 0 || !part_matches(c->parts.v[i], at, n))
			return false;
		at += n;
	}
	return true;
}

static bool test_one(const struct matcher *m, const struct match_const *c, const struct value *v)
{
	switch (m->type) {
	case VALUE_STR:
	case VALUE_BYTES:
		break;
	case VALUE_IP:
		return match_ip(m->op, v, c->ip, c->ip_len);
	case VALUE_NET:
		return match_net(m->op, v, c);
	case VALUE_HOST:
		return match_host(m->op, v, c);
	case VALUE_LIST:
		return false;
	case VALUE_DOUBLE:
		return match_double(m->op, v->d, c->d);
	default:
		return match_number(m->op, m->type, v->i, c->i);
	}
	if (m->op == OP_PMATCH)
		return path_prefix(c, v);
	if (m->op == OP_REGEX)
		return pcre2_match(c->re, (PCRE2_SPTR)v->s, v->len, 0, 0, m->match_data, NULL) >= 0;
	return match_text(m->op, v, c->text, c->len);
}

static size_t count(const struct matcher *m, const struct value *v, size_t stop_at)
{
	size_t hits = 0;

	for (size_t i = 0; i < m->n && hits < stop_at; i++)
		hits += test_one(m, &m->c[i], v);
	return hits;
}

bool matcher_test(const struct matcher *m, const struct value *v)
{
	if (m->op == OP_EXISTS)
		return true;
	if (m->slots)
		return in_slots(m, v);
	switch (m->mod) {
	case MOD_ONEOF:
		return count(m, v, 2) == 1;
	case MOD_ALLOF:
		return m->n && count(m, v, m->n) == m->n;
	default: /* none, anyof */
		break;
	}
	return count(m, v, 1) == 1;
}
