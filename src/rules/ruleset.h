/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules files -> rule set: loading, overriding, lists, macros, exceptions, event types.
 *
 * The meaning is that of Falco's loader: files are read in order, and everything collected so far
 * is compiled after each file. Problems are collected as findings (Falco's own codes), so that one
 * call shows all of them; the function fails only when a file cannot be read.
 */
#ifndef FT_RULES_RULESET_H
#define FT_RULES_RULESET_H

#include "base/bitset.h"
#include "base/error.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "config/append.h"
#include "rules/ast.h"
#include "syscalls/catalogue.h"

#include <jansson.h>

enum rule_priority {
	PRIORITY_EMERGENCY,
	PRIORITY_ALERT,
	PRIORITY_CRITICAL,
	PRIORITY_ERROR,
	PRIORITY_WARNING,
	PRIORITY_NOTICE,
	PRIORITY_INFORMATIONAL,
	PRIORITY_DEBUG,
};
extern const char *const rule_priority_names[]; /* "Emergency" .. "Debug" */
/* Any letter case, "info" too; -1 when it is none. */
int rule_priority_parse(const char *text);

struct rule {
	char *name, *desc, *output, *source, *condition; /* as written, after overrides; owned */
	char *output_built; /* with append_output; may be the same pointer as output */
	enum rule_priority priority;
	bool enabled, capture, warn_evttypes, skip_unknown_filter;
	uint32_t capture_duration;
	struct strvec tags;  /* sorted */
	struct ast *ast;     /* resolved; NULL when it did not compile or was skipped */
	struct bitset codes; /* event codes */
	struct bitset scs;   /* syscalls for the selection */
	bool pasted; /* with lists or exceptions put in, so that `condition` is not what was read */
	struct strvec exception_names, exception_fields, exception_operators;
	const char *file; /* of the last complete definition; owned by the rule set */
	size_t line, col; /* 1-based */
};

enum finding_severity { FINDING_ERROR, FINDING_WARNING };

struct finding {
	enum finding_severity severity;
	const char *code;	     /* "LOAD_ERR_COMPILE_CONDITION"; static */
	char *message;		     /* owned */
	char *file;		     /* owned */
	size_t line, col;	     /* 1-based, 0 unknown */
	char *item_type, *item_name; /* "rule", "my rule"; owned, may be NULL */
	char *deprecated_field;	     /* owned, may be NULL */
	size_t load;		     /* index into ruleset.files: found while loading that one */
};

struct named_item { /* a macro or a list, for describing */
	char *name;
	char *condition;     /* macro: as written after overrides */
	struct ast *ast;     /* macro, resolved; may be NULL */
	struct strvec items; /* list: as written; */
	/* List: its items with inner lists resolved; the texts belong to the lists' items. */
	struct strvec items_compiled;
	bool used;
	const char *file; /* of the last complete definition; owned by the rule set */
	size_t line, col;
};

struct ruleset_options {
	const struct catalogue *cat;	 /* NULL: newest */
	enum rule_priority min_priority; /* default PRIORITY_DEBUG: everything */
	/* Configured plugins: their fields are known and requirements on them are checked. The
	 * default (NULL, 0 with container_plugin true) is the container plugin of Falco's shipped
	 * falco.yaml. */
	bool container_plugin;
	/* A required_engine_version that is too new, and an event that only newer releases have,
	 * are warnings (of the same codes) in place of errors, so that the rules can be analysed
	 * all the same. */
	bool any_engine;
	/* falco.yaml's append_output; borrowed. NULL: that of Falco's shipped falco.yaml, which
	 * adds six fields with the container plugin, nothing without it. */
	const struct append_list *append_output;
};

/* Does that entry of append_output hold for the rule? */
bool rule_is_appended(const struct rule *r, const struct append_entry *e);

#define RULESET_OPTIONS_INIT                                                                       \
	{                                                                                          \
		.min_priority = PRIORITY_DEBUG, .container_plugin = true                           \
	}

struct ruleset {
	struct rule *rules; /* in first-definition order */
	size_t n, alloc;
	struct named_item *macros, *lists;
	size_t n_macros, n_lists;
	struct finding *findings;
	size_t n_findings, alloc_findings;
	char required_engine[32];     /* highest required_engine_version, "0.0.0" when none */
	json_t *required_plugins;     /* array as falco -L prints it; owned */
	struct strvec files;	      /* files read, in order */
	bool replaces_exceptions;     /* an item has override: {exceptions: replace} */
	struct ruleset_private *priv; /* the loader's own, freed by release */
};

#define RULESET_INIT                                                                               \
	{                                                                                          \
		0                                                                                  \
	}

/* Load files ("-": stdin) in order. 0: all were read and Falco would accept them (warnings may be
 * in findings). -1: a file cannot be read, or Falco would reject one: err has the first problem as
 * `file:line:col: ...`, findings has all of them, and *out must still be released. */
int ruleset_load(struct ruleset *out, const char *const *files, size_t n,
		 const struct ruleset_options *opt, struct error *err);
/* The same for text in memory. */
int ruleset_load_text(struct ruleset *out, const char *name, const char *text, size_t len,
		      const struct ruleset_options *opt, struct error *err);
/* The same for several, such as those of a git revision; everything is copied. */
struct ruleset_text {
	const char *name; /* for places in messages */
	const char *text;
	size_t len;
};
int ruleset_load_texts(struct ruleset *out, const struct ruleset_text *texts, size_t n,
		       const struct ruleset_options *opt, struct error *err);
void ruleset_release(struct ruleset *rs);
/* What Falco's schema says of file i (of rs->files): NULL when it has no verdict (no document, or
 * no YAML). Owned by the rule set. */
struct schema_result;
const struct schema_result *ruleset_schema(const struct ruleset *rs, size_t i);

/* Apply one entry of falco.yaml's `rules:` (enable or disable by wildcard name, by tag; either may
 * be NULL). */
void ruleset_enable(struct ruleset *rs, bool enable, const char *rule_pattern, const char *tag);
const struct rule *ruleset_find(const struct ruleset *rs, const char *name);
/* Is this rule in the rule set that is evaluated: enabled, compiled, source syscall, priority
 * within the minimum? */
bool rule_is_active(const struct rule *r, const struct ruleset_options *opt);

/* How many operands at the end of the resolved condition's top `and` are its exceptions; 0 when it
 * has none, or no condition. */
size_t ruleset_exception_parts(const struct ruleset *rs, const struct rule *r);

/* `falco -L` as JSON: object with lists, macros, required_engine_version, required_plugin_versions,
 * rules (each info and details). The caller owns the reference. */
json_t *ruleset_describe(const struct ruleset *rs, const struct ruleset_options *opt);

/* Macros and lists that the text of a condition names itself (lists only as elements of a list in
 * parentheses), as `falco -L` names them; appended. */
void ruleset_references(const struct ruleset *rs, const char *condition, struct strvec *macros,
			struct strvec *lists);

/* The field or transformer right behind a % in an output: the longest beginning of text that Falco
 * would take. *used: its bytes. The caller frees; NULL when there is none. */
struct ast *ruleset_output_token(const struct ruleset_options *opt, const char *text, size_t *used);

/* Where byte pos (struct ast) of a condition stands in its file: lists and exceptions are followed
 * back. file is owned by the rule set. */
struct ruleset_place {
	const char *file;
	size_t line, col; /* 1-based */
};
struct ruleset_place ruleset_rule_place(const struct ruleset *rs, const struct rule *r, size_t pos);
struct ruleset_place ruleset_macro_place(const struct ruleset *rs, const struct named_item *m,
					 size_t pos);
/* The items (mappings) of every file that has the word anywhere in it, parsed once more; a node
 * lives until fn returns. */
struct yaml_node;
typedef void (*ruleset_item_fn)(void *arg, const struct yaml_node *item);
void ruleset_each_item(const struct ruleset *rs, const char *word, ruleset_item_fn fn, void *arg);

#define cleanup_ruleset __attribute__((cleanup(ruleset_release)))

#endif
