/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML trees with places: whole ones over libyaml's event parser, and item by item as Falco's YAML
 * library (yaml-cpp) reads a rules file.
 *
 * Every node knows file, line and column (1-based) of where it starts; aliases are expanded into
 * shared nodes (so a tree is a DAG and must not be changed through an alias). All nodes live in the
 * yaml_docs that parsed them and die with it. Limits (file size, depth, nodes,
 * alias expansions) guard against hostile input; crossing one is an input error.
 *
 * Duplicate keys are kept in order; yaml_get() returns the first one, as yaml-cpp does.
 */
#ifndef FT_BASE_YAML_H
#define FT_BASE_YAML_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum yaml_kind { YAML_NULL, YAML_SCALAR, YAML_SEQ, YAML_MAP };

struct yaml_node;

struct yaml_pair {
	struct yaml_node *key, *value;
};

struct yaml_node {
	enum yaml_kind kind;
	const char *file;	  /* as given to the parser */
	size_t line, col;	  /* 1-based */
	char *value;		  /* SCALAR (and NULL, as written): text; may hold NULs, see len */
	size_t len;		  /* bytes of value */
	bool quoted;		  /* SCALAR: any quoted or block style */
	bool block;		  /* SCALAR: literal or folded */
	bool tagged;		  /* the node has an explicit tag; see tag */
	char *tag;		  /* NULL when none */
	struct yaml_node **items; /* SEQ */
	struct yaml_pair *pairs;  /* MAP */
	size_t n, alloc;	  /* of items or pairs */
};

struct yaml_docs {
	struct yaml_node **docs; /* one root a document; an empty document is a YAML_NULL node */
	size_t n, alloc;
	struct yaml_node **all; /* every node, for release */
	size_t n_all, alloc_all;
	char *file;
};

struct yaml_limits {
	/* bytes: of the file, and again of the text that its aliases stand for; nodes counts alias
	 * expansions too */
	size_t bytes, depth, nodes;
};

/* 64 MiB, depth 200, 4 M nodes. */
extern const struct yaml_limits yaml_default_limits;

/* Parse text. `file` is used in messages and copied. limits may be NULL for the default. On error
 * *out is empty and needs no release. Error: ERROR_INPUT with place. */
int yaml_parse(struct yaml_docs *out, const char *file, const char *text, size_t len,
	       const struct yaml_limits *limits, struct error *err);
/* One after another, the items of every document that is a sequence (is_item), and the root of
 * every other document, without holding more than one at a time; NULL at the end of a document that
 * is a sequence. The node lives until fn returns.
 * What is YAML and what it means is as for Falco's YAML library, which differs from libyaml in
 * slips (but UTF-16 is left to libyaml); reading ends at the first document that is empty. Columns
 * are in characters. When fn returns non-zero the rest is parsed but not handed out, so that an
 * error in the text is always found. Returns 0, 1 when fn ended it, -1 with ERROR_INPUT for text
 * that is not YAML (items before the error have been handed out then). */
typedef int (*yaml_item_fn)(void *arg, const struct yaml_node *node, bool is_item);
int yaml_parse_items(const char *file, const char *text, size_t len,
		     const struct yaml_limits *limits, yaml_item_fn fn, void *arg,
		     struct error *err);
/* yaml_parse for a file; "-" reads stdin (named "<stdin>"). */
int yaml_parse_file(struct yaml_docs *out, const char *path, const struct yaml_limits *limits,
		    struct error *err);
void yaml_release(struct yaml_docs *docs);

/* First pair with that key, or NULL. map may be NULL or of another kind (then NULL). */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/* Name of the kind for messages: "a mapping", "a sequence", "a scalar", "nothing". */
const char *yaml_kind_name(const struct yaml_node *n);
/* Fill err with a place and return -1. */
int yaml_error(const struct yaml_node *n, struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* yaml-cpp's conversions: true/false/yes/no/on/off/y/n in lower, Capitalised or UPPER case;
 * integers decimal, 0x hex, 0 octal, whole text. Return false when the text is not of that type. */
bool yaml_to_bool(const char *text, bool *out);
bool yaml_to_int(const char *text, int64_t *out);

/* Readers for our own files (case files, profiles): type errors carry the place and name `what`. */
int yaml_read_str(const struct yaml_node *n, const char *what, const char **out, struct error *err);
int yaml_read_bool(const struct yaml_node *n, const char *what, bool *out, struct error *err);
int yaml_read_int(const struct yaml_node *n, const char *what, int64_t min, int64_t max,
		  int64_t *out, struct error *err);
int yaml_read_double(const struct yaml_node *n, const char *what, double min, double max,
		     double *out, struct error *err);
/* Duration as units.h reads it, in nanoseconds. */
int yaml_read_duration(const struct yaml_node *n, const char *what, int64_t *ns, struct error *err);
/* Error (naming the key and the permitted ones) for the first unknown or repeated key of map, and
 * when map is not a mapping. keys is NULL-terminated. */
int yaml_check_keys(const struct yaml_node *map, const char *what, const char *const *keys,
		    struct error *err);

#define cleanup_yaml __attribute__((cleanup(yaml_release)))

#endif
