/* SPDX-License-Identifier: Apache-2.0 */
#include "report/anonymise.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#define LEFT_MAX  200 /* names known by their form that are looked for again: each costs a pass */
#define ID_LENGTH 64  /* of a container, in hexadecimal digits */

static const char *const prefixes[] = {
	[ANONYMISE_HOST] = "host", [ANONYMISE_USER] = "user",	 [ANONYMISE_ADDRESS] = "ip",
	[ANONYMISE_MAC] = "mac",   [ANONYMISE_URL] = "url",	 [ANONYMISE_PATH] = "path",
	[ANONYMISE_ID] = "id",	   [ANONYMISE_SECRET] = "secret"};

/* Hosts and users that are called so are hidden by nothing: the words are in the documents and
 * pseudonyms anyway, and a document without them could not be read any more. */
static const char *const plain_words[] = {
	"falco",    "falcotune",    "engine",	"load",	    "results", "metrics", "journal",
	"capacity", "sweep",	    "search",	"profile",  "alerts",  "rules",	  "local",
	"dummy",    "dry",	    "run",	"log",	    "yaml",    "yml",	  "json",
	"jsonl",    "rec",	    "so",	"html",	    "cases",   "case",	  "repeat",
	"idle",	    "verification", "document", "commands", "txt",     "host",	  "user",
	"ip",	    "mac",	    "url",	"path",	    "id",      "secret",  "localhost",
	"root"};

/* Last parts of paths that the program or Falco give. */
static const char *const common_files[] = {
	"falco.yaml",	    "falco_rules.yaml", "falco_rules.local.yaml",
	"falco_rules.d",    "results.json",	"capacity.json",
	"sweep.json",	    "search.json",	"profile.json",
	"journal.jsonl",    "metrics.jsonl",	"alerts.jsonl",
	"load.jsonl",	    "host.json",	"falcotune",
	"falcotune-engine", "falcotune-load",	"falco",
	"dummy.yaml"};
static const char *const common_extensions[] = {".yaml", ".yml", ".json", ".jsonl", ".log",
						".rec",	 ".so",	 ".html", ".txt"};

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

	for (size_t i = 0; dot && i < ARRAY_SIZE(common_extensions); i++)
		if (!strcmp(dot, common_extensions[i]))
			return dot;
	return "";
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

static bool has_letter(const char *s)
{
	while (*s && !isalpha((unsigned char)*s))
		s++;
	return *s;
}

/* A word like any other: in the key of a JSON object it is the program's own or Falco's. */
static bool is_plain(const struct anonymise_name *n)
{
	const char *s = n->original;

	if (n->kind != ANONYMISE_HOST && n->kind != ANONYMISE_USER)
		return false;
	while (isalpha((unsigned char)*s))
		s++;
	return !*s;
}

void anonymise_add(struct anonymise *a, enum anonymise_kind kind, const char *name)
{
	size_t len = strlen(name), i, at;
	char *key cleanup_free = key_of(kind, name, len);

	if (len < 2 || !has_letter(name) || strmap_has(&a->known, key))
		return;
	for (i = 0;
	     (kind == ANONYMISE_HOST || kind == ANONYMISE_USER) && i < ARRAY_SIZE(plain_words); i++)
		if (!strcasecmp(name, plain_words[i]))
			return;
	for (i = 0; kind == ANONYMISE_PATH && i < ARRAY_SIZE(common_files); i++)
		if (!strcmp(name, common_files[i]))
			return;
	name_of(a, kind, name, len);
	a->v[a->n - 1].added = true;
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
	bool key; /* of a JSON object */
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

		if (strncasecmp(at, n->original, len) != 0 || !ends_word(at, at + len) ||
		    (s->key && is_plain(n)))
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

/* Of a text behind a quotation mark, up to the one that ends it; 0: there is none. */
static size_t quoted(const struct scan *s, const char *at)
{
	char mark = at > s->text ? at[-1] : 0;
	const char end[] = {mark, '\n', 0};
	size_t len = mark == '"' || mark == '\'' ? strcspn(at, end) : 0;

	return len && at[len] == mark ? len : 0;
}

static size_t url(const struct scan *s, const char *at)
{
	size_t scheme = 0, len;

	if (!isalpha((unsigned char)*at) || !starts_word(s, at))
		return 0;
	while (isalnum((unsigned char)at[scheme]) || (at[scheme] && strchr("+.-", at[scheme])))
		scheme++;
	if (strncmp(at + scheme, "://", 3) != 0)
		return 0;
	len = quoted(s, at);
	if (!len)
		len = scheme + 3 + strcspn(at + scheme + 3, " \t\r\n\"'`<>|\\");
	/* What ends the sentence. */
	while (len > scheme + 3 && strchr(".,;:)]}", at[len - 1]))
		len--;
	strbuf_addstr(s->out, name_of(s->a, ANONYMISE_URL, at, len));
	return len;
}

/* "../", "./", "~/" and "~carol/"; 0: none of these. */
static size_t relative(const struct scan *s, const char *at)
{
	size_t n = 1;

	if ((*at != '.' && *at != '~') ||
	    (at > s->text && (is_word(at[-1]) || strchr("./-~", at[-1]))))
		return 0;
	if (*at == '.')
		n += at[1] == '.';
	else
		while (isalnum((unsigned char)at[n]) || (at[n] && strchr("_-.", at[n])))
			n++;
	return at[n] == '/' && is_word(at[n + 1]) ? n + 1 : 0;
}

static size_t path(const struct scan *s, const char *at)
{
	size_t len, end;

	size_t up = relative(s, at);

	if (!up && (*at != '/' || (at > s->text && (is_word(at[-1]) || strchr("./-<%*", at[-1])))))
		return 0;
	if (!up && !is_word(at[1]) && at[1] != '.')
		return 0;
	len = quoted(s, at);
	if (len && memchr(at, ' ', len))
		return put_path(s, at, len);
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

/* Of a name of the Internet's, with at least two parts; 0: at is none. */
static size_t domain_length(const char *at)
{
	static const char *const top[] = {"com",      "net",	     "org",  "edu",   "gov",
					  "mil",      "int",	     "dev",  "cloud", "lan",
					  "internal", "local",	     "corp", "intra", "home",
					  "info",     "localdomain", "arpa", "biz",   "app"};
	size_t len = 0, last = 0, parts = 0;

	while (isalnum((unsigned char)at[len])) {
		last = len;
		while (isalnum((unsigned char)at[len]) || at[len] == '-')
			len++;
		parts++;
		if (at[len] != '.' || !isalnum((unsigned char)at[len + 1]))
			break;
		len++;
	}
	if (parts < 2 || is_word(at[len]))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(top); i++)
		if (strlen(top[i]) == len - last && !strncasecmp(at + last, top[i], len - last))
			return len;
	return 0;
}

static size_t domain(const struct scan *s, const char *at)
{
	static const char *const fields[] = {"fd.net"}; /* Falco's, that end like one */
	size_t len = 0;

	if (isalnum((unsigned char)*at) &&
	    (at == s->text || (!is_word(at[-1]) && !strchr("-./", at[-1]))))
		len = domain_length(at);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (strlen(fields[i]) == len && !strncmp(at, fields[i], len))
			return 0;
	if (len)
		strbuf_addstr(s->out, name_of(s->a, ANONYMISE_HOST, at, len));
	return len;
}

/* "carol@host", as in addresses of mails and ssh. */
static size_t mail(const struct scan *s, const char *at)
{
	size_t len = 0, host;

	if (!isalnum((unsigned char)*at) || !starts_word(s, at))
		return 0;
	while (isalnum((unsigned char)at[len]) || (at[len] && strchr("._+-", at[len])))
		len++;
	if (at[len] != '@')
		return 0;
	for (host = ++len; isalnum((unsigned char)at[len]) || at[len] == '.' || at[len] == '-';)
		len++;
	if (!isalpha((unsigned char)at[host]))
		return 0;
	while (at[len - 1] == '.')
		len--;
	strbuf_addstr(s->out, name_of(s->a, ANONYMISE_USER, at, len));
	return len;
}

static size_t container(const struct scan *s, const char *at)
{
	size_t len;

	if (!isxdigit((unsigned char)*at) || !starts_word(s, at))
		return 0;
	len = strspn(at, "0123456789abcdef");
	if (len != ID_LENGTH || is_word(at[len]))
		return 0;
	strbuf_addstr(s->out, name_of(s->a, ANONYMISE_ID, at, len));
	return len;
}

static const char *const secrets[] = {"password", "passwd", "secret",	     "token",
				      "api_key",  "apikey", "authorization", "access_key"};

bool anonymise_is_secret(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
		if (strcasestr(key, secrets[i]))
			return true;
	return false;
}

void anonymise_secret(struct anonymise *a, const char *text, struct strbuf *out)
{
	strbuf_addstr(out, name_of(a, ANONYMISE_SECRET, text, strlen(text)));
}

/* "api_token: x", "password=x", "Authorization: Bearer x". */
static size_t secret(const struct scan *s, const char *at)
{
	size_t word = 0, len = 0, from;

	if (at > s->text && is_word(at[-1]) && at[-1] != '_')
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(secrets) && !word; i++)
		if (!strncasecmp(at, secrets[i], strlen(secrets[i])))
			word = strlen(secrets[i]);
	if (!word)
		return 0;
	from = word + strspn(at + word, "\"' ");
	if (at[from] != ':' && at[from] != '=')
		return 0;
	from++;
	from += strspn(at + from, "\"' ");
	len = quoted(s, at + from);
	if (!len)
		len = strcspn(at + from, *at == 'a' || *at == 'A' ? "\r\n\"'" : "\r\n\"' ,}]&");
	if (!len)
		return 0;
	strbuf_addf(s->out, "%.*s%s", (int)from, at,
		    name_of(s->a, ANONYMISE_SECRET, at + from, len));
	return from + len;
}

static void replace_all(const struct scan *s)
{
	static size_t (*const forms[])(const struct scan *, const char *) = {
		secret, url, mail, known_word, mac, container, domain, ipv6, ipv4, path};
	const char *text = s->text;

	while (*text) {
		size_t len = 0;

		for (size_t i = 0; i < ARRAY_SIZE(forms) && !len; i++)
			len = forms[i](s, text);
		if (!len) {
			strbuf_addch(s->out, *text);
			len = 1;
		}
		text += len;
	}
}

void anonymise_text(struct anonymise *a, const char *text, struct strbuf *out)
{
	replace_all(&(const struct scan){a, text, out, false});
}

void anonymise_key(struct anonymise *a, const char *text, struct strbuf *out)
{
	replace_all(&(const struct scan){a, text, out, true});
}

/* Whether at stands in the key of a JSON object. */
static bool in_key(const char *at)
{
	while (is_word(*at) || *at == '.')
		at++;
	return *at == '"' && (at[1] == ':' || (at[1] == ' ' && at[2] == ':'));
}

const char *anonymise_left(const struct anonymise *a, const char *text)
{
	for (size_t i = 0; i < a->n; i++) {
		const char *name = a->v[i].original;
		size_t len = strlen(name);

		if (i >= LEFT_MAX && !a->v[i].added)
			continue;
		for (const char *at = text; (at = strcasestr(at, name)); at++)
			if ((at == text || !is_word(at[-1])) && ends_word(at, at + len) &&
			    !(is_plain(&a->v[i]) && in_key(at)))
				return name;
	}
	return NULL;
}
