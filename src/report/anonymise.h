/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names out of texts that are to be shared: host names, user names, addresses (IPv4, IPv6, MAC),
 * URLs, paths, ids of containers and secrets become pseudonyms, the same one for the same original
 * everywhere (host-1, user-1, ip-1, mac-1, url-1, path-1, id-1, secret-1). Pure.
 *
 * Addresses, URLs, domains, user@host, paths that are absolute or begin with a dot or a tilde, and
 * "password: x" are found by their form. Other host and user names and paths have none: those are
 * replaced that were named by anonymise_add(), as whole words, in any letter case. Kept: loopback
 * and unspecified addresses, /dev/null, and the last part of paths that says nothing of the host
 * (falco.yaml, results.json ...).
 */
#ifndef FT_REPORT_ANONYMISE_H
#define FT_REPORT_ANONYMISE_H

#include "base/map.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

enum anonymise_kind {
	ANONYMISE_HOST,
	ANONYMISE_USER,
	ANONYMISE_ADDRESS,
	ANONYMISE_MAC,
	ANONYMISE_URL,
	ANONYMISE_PATH,
	ANONYMISE_ID,
	ANONYMISE_SECRET,
	ANONYMISE_N
};

struct anonymise_name {
	enum anonymise_kind kind;
	char *original, *pseudonym;
	bool added; /* by anonymise_add() */
};

struct anonymise {
	struct anonymise_name *v; /* in the order in which they were met */
	size_t n, alloc;
	struct strmap known; /* kind and original -> pseudonym */
	size_t count[ANONYMISE_N];
	size_t *words; /* names that were added, the longest first */
	size_t n_words;
};

#define ANONYMISE_INIT                                                                             \
	{                                                                                          \
		0                                                                                  \
	}
void anonymise_release(struct anonymise *a);
/* A name to be replaced wherever it stands. Left alone: shorter than two bytes, without a letter,
 * hosts and users that are called like words of the documents themselves (root, falco, host). */
void anonymise_add(struct anonymise *a, enum anonymise_kind kind, const char *name);
/* Append text without names to out. */
void anonymise_text(struct anonymise *a, const char *text, struct strbuf *out);
/* The same of a key of a JSON object: hosts and users of letters alone stay, as they would be taken
 * for the fields that are called so. */
void anonymise_key(struct anonymise *a, const char *text, struct strbuf *out);
/* Whether the value of such a key or option is nobody's business; and its pseudonym. */
bool anonymise_is_secret(const char *key);
void anonymise_secret(struct anonymise *a, const char *text, struct strbuf *out);
/* The first original (of those that were added, and of 200 others) that still stands in a text, as
 * a whole word in any letter case; NULL: none. Borrowed. */
const char *anonymise_left(const struct anonymise *a, const char *text);

#endif
