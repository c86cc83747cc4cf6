/* SPDX-License-Identifier: Apache-2.0 */
#include "report/anonymise.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#define EXTENSION_MAX 6 /* letters behind the last dot that are kept */

static const char *const prefixes[] = {
	[ANONYMISE_HOST] = "host", [ANONYMISE_USER] = "user", [ANONYMISE_ADDRESS] = "ip",
	[ANONYMISE_MAC] = "mac",   [ANONYMISE_URL] = "url",   [ANONYMISE_PATH] = "path"};

/* Last parts of paths that the program or Falco give. */
static const char *const common_files[] = {
	"falco.yaml",	    "falco_rules.yaml", "falco_rules.local.yaml",
	"falco_rules.d",    "results.json",	"capacity.json",
	"sweep.json",	    "search.json",	"profile.json",
	"journal.jsonl",    "metrics.jsonl",	"alerts.jsonl",
	"load.jsonl",	    "host.json",	"falcotune",
	"falcotune-engine", "falcotune-load",	"falco",
	"dummy.yaml"};

void anonymise_release(struct anonymise *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->v[i].original);
		free(a->v[i].pseudonym);
	}
	free(a->v);
	free(a->words);
	strmap_release(&a->known);
	*a = (struct anonymise)ANONYMISE_INIT;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* ---- the table of names ---- */

/* Names differ by kind; in letter case only paths do. The caller frees. */
static char *key_of(enum anonymise_kind kind, const char *s, size_t len)
{
	char *key = xasprintf("%d%.*s", (int)kind, (int)len, s);

	for (char *c = key; *c && kind != ANONYMISE_PATH; c++)
		*c = (char)tolower((unsigned char)*c);
	return key;
}

/* ".yaml", or "" where there is none that says nothing. */
static const char *extension(const char *path)
{
	const char *base = strrchr(path, '/'), *dot = strrchr(base ? base : path, '.');
	size_t n = 0;

	while (dot && isalpha((unsigned char)dot[1 + n]))
		n++;
	return dot && n && n <= EXTENSION_MAX && !dot[1 + n] ? dot : "";
}

static const char *name_of(struct anonymise *a, enum anonymise_kind kind, const char *s, size_t len)
{
	char *key cleanup_free = key_of(kind, s, len);
	const char *known = strmap_get(&a->known, key);
	struct anonymise_name *n;

	if (known)
		return known;
	ALLOC_GROW(a->v, a->n, a->alloc);
	n = &a->v[a->n++];
	*n = (struct anonymise_name){.kind = kind, .original = xstrndup(s, len)};
	n->pseudonym = xasprintf("%s-%zu%s", prefixes[kind], ++a->count[kind],
				 kind == ANONYMISE_PATH ? extension(n->original) : "");
	strmap_put(&a->known, key, n->pseudonym);
	return n->pseudonym;
}

void anonymise_add(struct anonymise *a, enum anonymise_kind kind, const char *name)
{
	size_t len = strlen(name), i, at;
	char *key cleanup_free = key_of(kind, name, len);

	if (len < 2 || !strcmp(name, "localhost") || !strcmp(name, "root") ||
	    strmap_has(&a->known, key))
		return;
	for (i = 0; kind == ANONYMISE_PATH && i < ARRAY_SIZE(common_files); i++)
		if (!strcmp(name, common_files[i]))
			return;
	name_of(a, kind, name, len);
	a->words = xrealloc(a->words, a->n_words + 1, sizeof(*a->words));
	for (at = 0; at < a->n_words && strlen(a->v[a->words[at]].original) >= len;)
		at++;
	memmove(&a->words[at + 1], &a->words[at], (a->n_words - at) * sizeof(*a->words));
	a->words[at] = a->n - 1;
	a->n_words++;
}

/* ---- what is recognised by its form ---- */

/* Ends of paths and URLs in texts, logs, YAML and JSON. */
#define PATH_END " \t\r\n\"'`,;()[]{}<>|\\"

struct scan {
	struct anonymise *a;
	const char *text;
	struct strbuf *out;
};

static bool starts_word(const struct scan *s, const char *at)
{
	return at == s->text || !is_word(at[-1]) || !is_word(*at);
}

static bool ends_word(const char *first, const char *end)
{
	return !*end || !is_word(*end) || !is_word(end[-1]) || end == first;
}

static bool is_common(const char *base, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(common_files); i++)
		if (strlen(common_files[i]) == len && !strncmp(base, common_files[i], len))
			return true;
	return false;
}

/* len bytes are a path: its last part stays where it says nothing. */
static size_t put_path(const struct scan *s, const char *at, size_t len)
{
	size_t base = len;

	while (base && at[base - 1] != '/')
		base--;
	if (base > 1 && is_common(at + base, len - base))
		strbuf_addf(s->out, "%s/%.*s", name_of(s->a, ANONYMISE_PATH, at, base - 1),
			    (int)(len - base), at + base);
	else
		strbuf_addstr(s->out, name_of(s->a, ANONYMISE_PATH, at, len));
	return len;
}

/* A name that was added. Host names take the domain behind them along. */
static size_t known_word(const struct scan *s, const char *at)
{
	if (!starts_word(s, at))
		return 0;
	for (size_t i = 0; i < s->a->n_words; i++) {
		const struct anonymise_name *n = &s->a->v[s->a->words[i]];
		size_t len = strlen(n->original);

		if (strncasecmp(at, n->original, len) != 0 || !ends_word(at, at + len))
			continue;
		/* What lies below a folder says as much as the folder. */
		if (n->kind == ANONYMISE_PATH && at[len] == '/')
			return put_path(s, at, len + strcspn(at + len, ":" PATH_END));
		strbuf_addstr(s->out, n->pseudonym);
		while (n->kind == ANONYMISE_HOST && at[len] == '.' &&
		       isalpha((unsigned char)at[len + 1])) {
			len++;
			while (isalnum((unsigned char)at[len]) || at[len] == '-')
				len++;
		}
		return len;
	}
	return 0;
}

static size_t mac(const struct scan *s, const char *at)
{
	size_t i;

	if (!isxdigit((unsigned char)*at) || !starts_word(s, at))
		return 0;
	for (i = 0; i < 17; i++)
		if (i % 3 == 2 ? (at[i] != ':' && at[i] != '-') || at[i] != at[2]
			       : !isxdigit((unsigned char)at[i]))
			return 0;
	if (is_word(at[17]) || at[17] == ':')
		return 0;
	strbuf_addstr(s->out, name_of(s->a, ANONYMISE_MAC, at, 17));
	return 17;
}

static size_t put_address(const struct scan *s, const char *at, size_t len, int family)
{
	static const char *const kept[] = {"127.0.0.1", "0.0.0.0", "::1", "::"};
	char *text cleanup_free = xstrndup(at, len);
	unsigned char bytes[sizeof(struct in6_addr)];

	if (inet_pton(family, text, bytes) != 1)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (!strcmp(text, kept[i])) {
			strbuf_addstr(s->out, text);
			return len;
		}
	strbuf_addstr(s->out, name_of(s->a, ANONYMISE_ADDRESS, at, len));
	return len;
}

static size_t ipv4(const struct scan *s, const char *at)
{
	size_t len = strspn(at, "0123456789.");

	if (!isdigit((unsigned char)*at) || (at > s->text && (is_word(at[-1]) || at[-1] == '.')))
		return 0;
	while (len && at[len - 1] == '.')
		len--;
	return len >= 7 && !is_word(at[len]) ? put_address(s, at, len, AF_INET) : 0;
}

static size_t ipv6(const struct scan *s, const char *at)
{
	size_t len = strspn(at, "0123456789abcdefABCDEF:."), colons = 0, got;

	if ((!isxdigit((unsigned char)*at) && *at != ':') ||
	    (at > s->text && (is_word(at[-1]) || at[-1] == ':')))
		return 0;
	while (len && at[len - 1] == '.')
		len--;
	for (size_t i = 0; i < len; i++)
		colons += at[i] == ':';
	if (colons < 2 || len < 3 || is_word(at[len]))
		return 0;
	got = put_address(s, at, len, AF_INET6);
	/* "fe80::1:" ends in a colon of the sentence. */
	return got || at[len - 1] != ':' ? got : put_address(s, at, len - 1, AF_INET6);
}

static size_t url(const struct scan *s, const char *at)
{
	size_t scheme = 0, len;

	if (!isalpha((unsigned char)*at) || !starts_word(s, at))
		return 0;
	while (isalpha((unsigned char)at[scheme]))
		scheme++;
	if (strncmp(at + scheme, "://", 3) != 0)
		return 0;
	len = scheme + 3 + strcspn(at + scheme + 3, PATH_END);
	strbuf_addstr(s->out, name_of(s->a, ANONYMISE_URL, at, len));
	return len;
}

static size_t path(const struct scan *s, const char *at)
{
	size_t len, end;

	if (*at != '/' || (at > s->text && (is_word(at[-1]) || strchr("./-<%*", at[-1]))))
		return 0;
	if (!is_word(at[1]) && at[1] != '.')
		return 0;
	len = strcspn(at, PATH_END);
	while (len > 1 && strchr(".:/", at[len - 1]))
		len--;
	/* "file:line:col" and "source:target" */
	end = strcspn(at, ":" PATH_END);
	len = end < len ? end : len;
	if (len == 9 && !strncmp(at, "/dev/null", 9)) {
		strbuf_addstr(s->out, "/dev/null");
		return len;
	}
	return put_path(s, at, len);
}

void anonymise_text(struct anonymise *a, const char *text, struct strbuf *out)
{
	static size_t (*const forms[])(const struct scan *,
				       const char *) = {known_word, url, mac, ipv6, ipv4, path};
	const struct scan s = {a, text, out};

	while (*text) {
		size_t len = 0;

		for (size_t i = 0; i < ARRAY_SIZE(forms) && !len; i++)
			len = forms[i](&s, text);
		if (!len) {
			strbuf_addch(out, *text);
			len = 1;
		}
		text += len;
	}
}

const char *anonymise_left(const struct anonymise *a, const char *text)
{
	for (size_t i = 0; i < a->n; i++) {
		const char *name = a->v[i].original;
		size_t len = strlen(name);

		for (const char *at = text; (at = strcasestr(at, name)); at++)
			if ((at == text || !is_word(at[-1])) && ends_word(at, at + len))
				return name;
	}
	return NULL;
}
