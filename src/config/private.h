/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Internals of config/: the store of nodes, and the steps of loading.
 */
#ifndef FT_CONFIG_PRIVATE_H
#define FT_CONFIG_PRIVATE_H

#include "config/config.h"

struct config_private {
	struct yaml_docs *docs; /* of each file and of each -o value that is YAML */
	size_t n_docs, alloc_docs;
	struct yaml_docs own; /* nodes made here */
	struct strvec texts;  /* names that nodes refer to as their file */
};

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

/* values.c, values_rules.c: read the members of c from c->root. */
int values_read(struct config *c, struct error *err);
int values_read_rules_files(struct config *c, struct error *err);
int values_read_rules(struct config *c, struct error *err);
int values_read_plugins(struct config *c, struct error *err);
void values_read_append_output(struct config *c);
/* Preset and CPUs a buffer of that kind (kmod: 1; kinds without buffers: 4 and 1). */
int config_read_buffers(struct config *c, enum engine_kind kind, int *preset, int *cpus,
			struct error *err);
/* Warnings about keys that Falco does not know (keys.c has the table). */
void keys_check(struct config *c);
void config_warn(struct config *c, const struct yaml_node *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Milliseconds of a Prometheus duration (1h30m), -1 when it is none. */
int64_t prometheus_duration_ms(const char *text);

/* defaults.c: the values of the shipped falco.yaml as YAML text. */
extern const char config_shipped[];

#endif
