/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Internals of config/: the store of nodes, and the steps of loading.
 */
#ifndef FT_CONFIG_PRIVATE_H
#define FT_CONFIG_PRIVATE_H

#include "base/map.h"
#include "config/config.h"

/* One value as it stood before something replaced or removed it. */
struct past {
	char *key, *text; /* owned */
	const char *file; /* as struct yaml_node */
	size_t line, col;
	char *by;	   /* the step that replaced it; owned */
	bool gone;	   /* removed rather than replaced */
	struct past *next; /* the one before */
};

struct history {
	struct strmap last; /* key -> struct leaf of the step before; private to history.c */
	struct strmap past; /* key -> struct past, latest first */
};

struct note {
	const char *code; /* static */
	char *file;	  /* owned, may be NULL */
	size_t line, col;
	char *text; /* owned */
};

struct config_private {
	struct yaml_docs *docs; /* of each file and of each -o value that is YAML */
	size_t n_docs, alloc_docs;
	struct yaml_docs own; /* nodes made here */
	struct strvec texts;  /* names that nodes refer to as their file */
	bool lenient, record; /* of config_input */
	const char *trap;     /* code of the error under way, NULL: a plain mistake */
	struct history history;
	struct note *notes;
	size_t n_notes, alloc_notes;
};

/* findings.c */
void notes_release(struct config_private *p);
/* Keep a problem for config_findings: code names the row of its table, at (may be NULL) its place.
 */
void config_note(struct config *c, const char *code, const struct yaml_node *at, const char *text);
/* The error that follows is a trap that people fall into, of that code: a lenient reading goes on.
 */
void config_trap(struct config *c, const char *code);
/* 0 and err cleared when err is such a trap and the reading is lenient (it becomes a note); -1
 * else. */
int config_tolerate(struct config *c, struct error *err);

/* history.c: the scalars of the tree after each step of loading. */
void history_release(struct history *h);
/* Take note of what changed since the last call; `by` names the step: a path or "-o key=value". */
void history_step(struct config *c, const char *by);

/* tree.c: nodes made by hand live in an arena (released with yaml_release); place is taken over
 * from `at` when not NULL. */
struct yaml_node *tree_new(struct yaml_docs *arena, enum yaml_kind kind,
			   const struct yaml_node *at);
struct yaml_node *tree_scalar(struct yaml_docs *arena, const char *text,
			      const struct yaml_node *at);
void tree_push(struct yaml_node *seq, struct yaml_node *item);
/* Replace the value of the first pair with that key, or add one. */
void tree_put(struct yaml_docs *arena, struct yaml_node *map, const char *key,
	      struct yaml_node *value);
/* tree_put with scalars. */
void tree_put_str(struct yaml_docs *arena, struct yaml_node *map, const char *key,
		  const char *text);
void tree_put_bool(struct yaml_docs *arena, struct yaml_node *map, const char *key, bool value);
void tree_put_int(struct yaml_docs *arena, struct yaml_node *map, const char *key, int64_t value);
/* A new, empty mapping under that key. */
struct yaml_node *tree_put_map(struct yaml_docs *arena, struct yaml_node *map, const char *key);
/* The value at a dotted path, NULL when absent. A scalar on the way sets *scalar to that node (it
 * stops Falco) when scalar is not NULL. */
const struct yaml_node *tree_find(const struct yaml_node *root, const char *path,
				  const struct yaml_node **scalar);

/* env.c: expand ${NAME} in every scalar value below n, in place. */
int env_expand(struct yaml_node *n, struct error *err);
/* The same for one text; the result is the caller's. NULL and ERROR_INPUT when it never ends. */
char *env_expand_text(const char *text, struct error *err);

/* setkey.c: apply one "key=value" as Falco's -o does. */
int setkey_apply(struct config_private *p, struct yaml_node *root, const char *option,
		 struct error *err);

/* merge.c: main file, config_files and -o into c->root. */
int merge_load(struct config *c, const struct config_input *in, struct error *err);
/* A new slot for documents, owned by p. */
struct yaml_docs *private_docs(struct config_private *p);
/* For text that is no file: its places would mean nothing to the reader. */
void docs_forget_lines(struct yaml_docs *d);

/* read.c: the node of a dotted key, NULL when absent; a scalar where a mapping must be stops
 * Falco. */
int cfg_find(const struct config *c, const char *key, const struct yaml_node **n,
	     struct error *err);
/* The text of a scalar ("null" for a null, as yaml-cpp reads it); NULL for the other kinds. */
const char *cfg_text(const struct yaml_node *n);
/* Each gives def for an absent key, and with a warning for a value of another type. Texts are
 * borrowed from the tree. */
int cfg_bool(struct config *c, const char *key, bool def, bool *out, struct error *err);
int cfg_int(struct config *c, const char *key, int64_t min, int64_t max, int64_t def, int64_t *out,
	    struct error *err);
int cfg_str(struct config *c, const char *key, const char *def, const char **out,
	    struct error *err);
/* An index into words (NULL-terminated); a word that is none is an error. */
int cfg_word(struct config *c, const char *key, const char *def, const char *const *words,
	     bool any_case, int *index, struct error *err);
int cfg_check_word(const struct config *c, const char *key, const char *value,
		   const char *const *words, bool any_case, int *index, struct error *err);
/* A sequence of texts, appended; a scalar counts as one. */
int cfg_texts(const struct config *c, const char *key, struct strvec *out, struct error *err);

/* values.c, values_rules.c, append.c: read the members of c from c->root. */
int values_read(struct config *c, struct error *err);
int values_read_rules_files(struct config *c, struct error *err);
int values_read_rules(struct config *c, struct error *err);
int values_read_plugins(struct config *c, struct error *err);
int values_read_append_output(struct config *c, struct error *err);
/* As config_section, but an error where Falco would refuse the section's values. */
int config_read_section(const struct config *c, enum engine_kind kind, struct config_section *out,
			struct error *err);
/* Warnings about keys that Falco does not know (keys.c has the table). */
void keys_check(struct config *c);
struct config_key {
	const char *key;  /* dotted, [] for entries of sequences */
	const char *type; /* of the schema; "free": a mapping with any keys, "any": anything */
};
/* keys-data.c, sorted bytewise */
extern const struct config_key config_keys[];
extern const size_t n_config_keys;
/* releases.c: when a key was added or went. NULL: it is as old and as new as all releases known
 * here. */
struct key_change {
	const char *key;  /* it and all below it */
	int since, until; /* minor releases: first that reads it, first that does not; 0 none */
	const char *hint; /* what to write instead, may be NULL */
};
const struct key_change *config_key_change(const char *key);
/* Is it, as far as that goes, read by the release of that minor number? */
bool config_key_is_read(const char *key, int release);
/* Falco's value for an absent key as JSON text, NULL when there is none or it is not known here. */
const char *config_key_default(const char *key);
/* "0.44.1" for the newest, else "0.43". */
const char *config_release_name(const struct config *c, char buf[16]);

/* The same with the code of a finding (findings.c) in place of "FC111". */
void config_warn_code(struct config *c, const char *code, const struct yaml_node *at,
		      const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void config_warn(struct config *c, const struct yaml_node *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Milliseconds of a Prometheus duration (1h30m), -1 when it is none. */
int64_t prometheus_duration_ms(const char *text);

/* defaults.c: the values of the shipped falco.yaml as YAML text. */
extern const char config_shipped[];

#endif
