/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names out of texts that are to be shared: host names, user names, addresses (IPv4, IPv6, MAC),
 * URLs and paths become pseudonyms, the same one for the same original everywhere (host-1, user-1,
 * ip-1, mac-1, url-1, path-1). Pure.
 *
 * Addresses, URLs and absolute paths are found by their form. Host and user names, and relative
 * paths, have none: those are replaced that were named by anonymise_add(), as whole words, in any
 * letter case. Kept: loopback and unspecified addresses, /dev/null, and the last part of paths
 * that says nothing of the host (falco.yaml, results.json ...).
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
	ANONYMISE_N
};

struct anonymise_name {
	enum anonymise_kind kind;
	char *original, *pseudonym;
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
/* A name to be replaced wherever it stands. Shorter than two bytes, "localhost" and "root" are
 * left alone. */
void anonymise_add(struct anonymise *a, enum anonymise_kind kind, const char *name);
/* Append text without names to out. */
void anonymise_text(struct anonymise *a, const char *text, struct strbuf *out);
/* The first original that still stands in a text, as a whole word in any letter case; NULL: none.
 * Borrowed. */
const char *anonymise_left(const struct anonymise *a, const char *text);

#endif
