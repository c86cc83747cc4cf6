/* SPDX-License-Identifier: Apache-2.0 */
#include "report/bundle.h"

#include "base/fs.h"
#include "base/mem.h"

#include <fnmatch.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void bundle_release(struct bundle *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->v[i].name);
		strbuf_release(&b->v[i].text);
	}
	free(b->v);
	strvec_release(&b->left_out);
	*b = (struct bundle)BUNDLE_INIT;
}

/* ---- reading ---- */

static const char *const packed[] = {"results.json",  "capacity.json", "sweep.json",
				     "search.json",   "profile.json",  "journal.jsonl",
				     "metrics.jsonl", "load.jsonl",    "*.log",
				     "falco.yaml",    "commands.txt"};

static bool is_packed(const char *base)
{
	for (size_t i = 0; i < ARRAY_SIZE(packed); i++)
		if (!fnmatch(packed[i], base, 0))
			return true;
	return false;
}

static int add_file(struct bundle *b, const char *path, const char *name, struct error *err)
{
	struct bundle_file *f;
	struct error why = ERROR_INIT;

	ALLOC_GROW(b->v, b->n, b->alloc);
	f = &b->v[b->n];
	strbuf_init(&f->text);
	if (fs_read_file(path, &f->text, BUNDLE_FILE_MAX, &why)) {
		strbuf_release(&f->text);
		return error_input(err, "%s", why.msg);
	}
	/* A text that stops in its middle would be taken for a shorter one. */
	for (size_t i = 0; i < f->text.len; i++)
		if (!f->text.buf[i])
			f->text.buf[i] = ' ';
	f->name = xstrdup(name);
	b->n++;
	return 0;
}

static int add_folder(struct bundle *b, const char *dir, const char *name, struct error *err)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	if (fs_list(dir, &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		char *path cleanup_free = fs_join(dir, names.v[i]);
		char *inside cleanup_free = xasprintf("%s/%s", name, names.v[i]);
		struct stat st;

		/* Links lead out of the results, or around in a circle; a pipe has no end. */
		if (lstat(path, &st) || (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))) {
			strvec_push(&b->left_out, inside);
		} else if (S_ISDIR(st.st_mode)) {
			if (add_folder(b, path, inside, err))
				return -1;
		} else if (!is_packed(names.v[i]) || (size_t)st.st_size > BUNDLE_FILE_MAX) {
			strvec_push(&b->left_out, inside);
		} else if (add_file(b, path, inside, err)) {
			return -1;
		}
	}
	return 0;
}

int bundle_add(struct bundle *b, const char *path, const char *name, struct error *err)
{
	const char *base = strrchr(path, '/');
	char *inside cleanup_free = NULL;

	if (fs_is_dir(path))
		return add_folder(b, path, name, err);
	/* Under a name that says nothing, whatever it was called. */
	base = base ? base + 1 : path;
	inside = xasprintf("%s/%s", name, is_packed(base) ? base : "document.json");
	return add_file(b, path, inside, err);
}

/* ---- names that the files tell ---- */

static void learn_word(struct anonymise *a, const char *word)
{
	static const char *const files[] = {".yaml", ".yml", ".json", ".jsonl", ".rec", ".html"};
	const char *base = strrchr(word, '/'), *value = strchr(word, '=');

	if (value && (*word == '-' || value[1] == '/'))
		learn_word(a, value + 1);
	base = base ? base + 1 : word;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		size_t len = strlen(base), end = strlen(files[i]);

		if (len <= end || strcmp(base + len - end, files[i]) != 0)
			continue;
		anonymise_add(a, ANONYMISE_PATH, base);
		anonymise_add(a, ANONYMISE_PATH, word);
	}
	if (strchr(word, '/') && !strchr(word, '{') && !strchr(word, '\n'))
		anonymise_add(a, ANONYMISE_PATH, word);
}

/* Words of a command line as a shell would take them apart; nothing is expanded or run. */
static void learn_command(struct anonymise *a, const char *line)
{
	struct strbuf word cleanup_strbuf = STRBUF_INIT;
	char quote = 0;

	for (const char *c = line;; c++) {
		if (!*c || (!quote && (*c == ' ' || *c == '\n'))) {
			if (word.len)
				learn_word(a, word.buf);
			strbuf_reset(&word);
			if (!*c)
				return;
		} else if (quote ? *c == quote : (*c == '\'' || *c == '"')) {
			quote = quote ? 0 : *c;
		} else {
			strbuf_addch(&word, *c);
		}
	}
}

static bool ends_in(const char *s, const char *end)
{
	size_t a = strlen(s), b = strlen(end);

	return a >= b && !strcmp(s + a - b, end);
}

static bool is_user_key(const char *key)
{
	static const char *const keys[] = {"user", "username", "user.name", "user.loginname"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

/* Falco's checksums are called after the files, without their extension. */
static void learn_key(struct anonymise *a, const char *key)
{
	static const char *const sums[] = {"falco.sha256_rules_file.", "falco.sha256_config_file."};
	static const char *const own[] = {"falco", "falco_rules", "falco_rules_local"};

	for (size_t i = 0; i < ARRAY_SIZE(sums); i++) {
		const char *file = key + strlen(sums[i]);
		bool known = strncmp(key, sums[i], strlen(sums[i])) != 0;

		for (size_t j = 0; !known && j < ARRAY_SIZE(own); j++)
			known = !strcmp(file, own[j]);
		if (!known)
			anonymise_add(a, ANONYMISE_PATH, file);
	}
}

/* What texts tell of whose they are: /home/carol, hostname: build-7, user=carol. Those of another
 * host, which nothing else knows, too. */
static void learn_text(struct anonymise *a, const char *text)
{
	static const struct {
		const char *before;
		enum anonymise_kind kind;
		bool separated; /* by : or = */
	} signs[] = {{"/home/", ANONYMISE_USER, false},	 {"/Users/", ANONYMISE_USER, false},
		     {"hostname", ANONYMISE_HOST, true}, {"user", ANONYMISE_USER, true},
		     {"username", ANONYMISE_USER, true}, {"user.name", ANONYMISE_USER, true}};
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
		for (const char *at = text; (at = strstr(at, signs[i].before));) {
			char *name cleanup_free = NULL;

			at += strlen(signs[i].before);
			if (signs[i].separated) {
				at += strspn(at, "\"'");
				if (*at != ':' && *at != '=')
					continue;
				at++;
				at += strspn(at, "\"' ");
			}
			name = xstrndup(at, strspn(at, letters));
			while (*name && strchr(".-", name[strlen(name) - 1]))
				name[strlen(name) - 1] = '\0';
			anonymise_add(a, signs[i].kind, name);
		}
}

static void learn_value(struct anonymise *a, const char *key, const json_t *j)
{
	const char *s = json_string_value(j);
	const json_t *e;
	const char *k;
	size_t i;

	if (s && key && ends_in(key, "hostname"))
		anonymise_add(a, ANONYMISE_HOST, s);
	else if (s && key && (!strcmp(key, "command") || !strcmp(key, "commands")))
		learn_command(a, s);
	else if (s && key && (!strcmp(key, "host_profile") || !strcmp(key, "file")))
		learn_word(a, s);
	else if (s && key && is_user_key(key))
		anonymise_add(a, ANONYMISE_USER, s);
	else if (s && key && (!strncmp(key, "container.", 10) || !strncmp(key, "k8s", 3)))
		anonymise_add(a, ANONYMISE_ID, s);
	if (s)
		learn_text(a, s);
	json_array_foreach(j, i, e) learn_value(a, key, e);
	json_object_foreach((json_t *)j, k, e)
	{
		learn_key(a, k);
		learn_value(a, k, e);
	}
}

/* ---- documents, string by string ---- */

/* What a JSON text may be: one document, or one a line. Calls fn for each, with its line; a line
 * that is none is given as it is. */
typedef void (*document_fn)(void *arg, const char *text, json_t *doc, size_t flags);

static void each_document(const char *text, size_t len, document_fn fn, void *arg)
{
	json_t *whole = json_loadb(text, len, JSON_DECODE_ANY, NULL);

	if (json_is_object(whole)) {
		fn(arg, text, whole, JSON_INDENT(2));
		json_decref(whole);
		return;
	}
	json_decref(whole);
	while (*text) {
		size_t n = strcspn(text, "\n");
		char *line cleanup_free = xstrndup(text, n);
		json_t *doc = *line == '{' ? json_loads(line, 0, NULL) : NULL;

		fn(arg, line, doc, JSON_COMPACT);
		json_decref(doc);
		text += n + (text[n] == '\n');
	}
}

static void learn(void *arg, const char *text, json_t *doc, size_t flags)
{
	(void)flags;
	if (doc) {
		learn_value(arg, NULL, doc);
		return;
	}
	learn_text(arg, text);
	if (!strncmp(text, "falcotune", 9) || strstr(text, "falcotune-") == text)
		learn_command(arg, text);
}

static json_t *without_names(struct anonymise *a, const char *key, const json_t *j)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	json_t *out, *e;
	const char *k;
	size_t i;

	if (json_is_string(j)) {
		if (key && anonymise_is_secret(key))
			anonymise_secret(a, json_string_value(j), &text);
		else
			anonymise_text(a, json_string_value(j), &text);
		out = json_string(text.buf);
		return out ? out : json_string("");
	}
	if (json_is_array(j)) {
		out = json_array();
		json_array_foreach(j, i, e) json_array_append_new(out, without_names(a, key, e));
		return out;
	}
	if (!json_is_object(j))
		return json_deep_copy(j);
	out = json_object();
	json_object_foreach((json_t *)j, k, e)
	{
		strbuf_reset(&text);
		anonymise_key(a, k, &text);
		json_object_set_new(out, text.buf, without_names(a, k, e));
	}
	return out;
}

struct replacing {
	struct anonymise *a;
	struct strbuf *out;
};

static void replace(void *arg, const char *text, json_t *doc, size_t flags)
{
	const struct replacing *r = arg;

	if (doc) {
		json_t *clean = without_names(r->a, NULL, doc);
		char *dump cleanup_free = json_dumps(clean, flags | JSON_REAL_PRECISION(15));

		strbuf_addstr(r->out, dump ? dump : "");
		json_decref(clean);
	} else {
		anonymise_text(r->a, text, r->out);
	}
	strbuf_addch(r->out, '\n');
}

int bundle_anonymise(struct bundle *b, struct anonymise *a, struct error *err)
{
	for (size_t i = 0; i < b->n; i++)
		each_document(b->v[i].text.buf, b->v[i].text.len, learn, a);
	for (size_t i = 0; i < b->n; i++) {
		struct bundle_file *f = &b->v[i];
		struct strbuf out = STRBUF_INIT, name = STRBUF_INIT;
		const struct replacing r = {a, &out};

		each_document(f->text.buf, f->text.len, replace, (void *)&r);
		strbuf_release(&f->text);
		f->text = out;
		anonymise_text(a, f->name, &name);
		free(f->name);
		f->name = strbuf_detach(&name);
	}
	for (size_t i = 0; i < b->left_out.n; i++) {
		struct strbuf name = STRBUF_INIT;

		anonymise_text(a, b->left_out.v[i], &name);
		free(b->left_out.v[i]);
		b->left_out.v[i] = strbuf_detach(&name);
	}
	for (size_t i = 0; i < b->n; i++) {
		const char *left = anonymise_left(a, b->v[i].text.buf);

		left = left ? left : anonymise_left(a, b->v[i].name);
		if (left)
			return error_internal(err,
					      "%s: '%s' is still in it after it was replaced; "
					      "nothing was written",
					      b->v[i].name, left);
	}
	return 0;
}

/* ---- the archive ---- */

#define BLOCK 512

struct ustar { /* POSIX.1-1988, pax(1) */
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
	char linkname[100], magic[6], version[2], uname[32], gname[32], major[8], minor[8];
	char prefix[155], pad[12];
};
_Static_assert(sizeof(struct ustar) == BLOCK, "a header is one block");

/* At a slash, such that both parts have room. */
static int split_name(struct ustar *h, const char *name)
{
	size_t len = strlen(name), at = 0;

	if (len > sizeof(h->name)) {
		for (size_t i = len - sizeof(h->name) - 1; i < len && i <= sizeof(h->prefix); i++)
			if (name[i] == '/') {
				at = i;
				break;
			}
		if (!at)
			return -1;
		memcpy(h->prefix, name, at);
		at++;
	}
	memcpy(h->name, name + at, len - at);
	return 0;
}

static int put_entry(struct strbuf *out, const char *name, const struct strbuf *text,
		     struct error *err)
{
	static const char zeros[BLOCK];
	struct ustar h = {.type = '0', .version = {'0', '0'}};
	unsigned sum = 0;

	if (split_name(&h, name))
		return error_input(err, "%s: too long a name for an archive", name);
	/* No owner and no time: they say nothing of the results. */
	memcpy(h.mode, "0000644", 8);
	memcpy(h.uid, "0000000", 8);
	memcpy(h.gid, "0000000", 8);
	snprintf(h.size, sizeof(h.size), "%011zo", text->len);
	memcpy(h.mtime, "00000000000", 12);
	memcpy(h.magic, "ustar", 6);
	memset(h.checksum, ' ', sizeof(h.checksum));
	for (size_t i = 0; i < sizeof(h); i++)
		sum += ((const unsigned char *)&h)[i];
	snprintf(h.checksum, sizeof(h.checksum), "%06o", sum);
	strbuf_add(out, &h, sizeof(h));
	strbuf_add(out, text->buf, text->len);
	if (text->len % BLOCK)
		strbuf_add(out, zeros, BLOCK - text->len % BLOCK);
	return 0;
}

static void manifest(const struct bundle *b, const struct anonymise *a, struct strbuf *out)
{
	static const char *const what[] = {[ANONYMISE_HOST] = "host names",
					   [ANONYMISE_USER] = "user names",
					   [ANONYMISE_ADDRESS] = "addresses (IPv4, IPv6)",
					   [ANONYMISE_MAC] = "MAC addresses",
					   [ANONYMISE_URL] = "URLs",
					   [ANONYMISE_PATH] = "paths",
					   [ANONYMISE_ID] = "containers, checksums",
					   [ANONYMISE_SECRET] = "passwords and tokens"};

	strbuf_addf(out, "Results of falcotune, packed by falcotune %s\n\n", FALCOTUNE_VERSION);
	if (a) {
		strbuf_addstr(out, "Replaced, the same pseudonym for the same name everywhere:\n");
		for (size_t i = 0; i < ANONYMISE_N; i++)
			strbuf_addf(out, "  %-29s %zu\n", what[i], a->count[i]);
		strbuf_addstr(out, "Kept: names of rules, cases and loads, syscalls, versions of "
				   "engine and kernel, CPU model,\n"
				   "  numbers of processes, times, loopback addresses, the user "
				   "root, names of network interfaces.\n\n");
	} else {
		strbuf_addstr(out, "Nothing was replaced: host names, addresses, user names and "
				   "paths are as they were.\n\n");
	}
	strbuf_addstr(out, "Packed:\n");
	for (size_t i = 0; i < b->n; i++)
		strbuf_addf(out, "  %s\n", b->v[i].name);
	strbuf_addstr(out, "Left out:\n");
	for (size_t i = 0; i < b->left_out.n; i++)
		strbuf_addf(out, "  %s\n", b->left_out.v[i]);
}

int bundle_write(const struct bundle *b, const struct anonymise *a, struct strbuf *out,
		 struct error *err)
{
	static const char end[2 * BLOCK];
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	manifest(b, a, &text);
	if (put_entry(out, "MANIFEST.txt", &text, err))
		return -1;
	for (size_t i = 0; i < b->n; i++)
		if (put_entry(out, b->v[i].name, &b->v[i].text, err))
			return -1;
	strbuf_add(out, end, sizeof(end));
	return 0;
}
