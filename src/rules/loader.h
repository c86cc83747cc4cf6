/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the modules of the loader share; private to src/rules.
 *
 * Flow per file: text -> YAML (load.c) -> items (items.c) -> collected definitions (collect.c,
 * override.c, exceptions.c) -> everything collected is compiled (compile.c with lists.c, macros.c,
 * output.c, check.c, evtypes.c). The first error of a file ends its reading or its compilation, as
 * in Falco; warnings are all kept.
 */
#ifndef FT_RULES_LOADER_H
#define FT_RULES_LOADER_H

#include "base/yaml.h"
#include "rules/evtypes.h"
#include "rules/lexer.h"
#include "rules/ruleset.h"
#include "rules/schema.h"

/* A point in a rules file: where a YAML node begins. */
struct src {
	uint32_t file;	    /* index into ruleset_private.files */
	uint32_t line, col; /* 1-based, columns in characters */
	bool scalar;	    /* a text begins here, so that an offset into its value has a place */
};

/* A text put together from several nodes (definition, appends, exceptions): the part from `start`
 * up to the next piece came from `src`. */
struct piece {
	uint32_t start;
	struct src src;
};
struct pieces {
	struct piece *v;
	uint32_t n, alloc;
};

struct loaded_file {
	char *name; /* as shown */
	char *text;
	size_t len;
	bool bad; /* no YAML, nothing was taken from it */
	struct schema_result schema;
};

/* A scalar or a sequence of an exception's fields, comps or values. */
struct ex_entry {
	bool is_list;
	char *item;		/* scalar: its text; "" for anything that is neither */
	struct ex_entry *items; /* sequence */
	size_t n, alloc;
};

struct exception {
	char *name;
	struct ex_entry fields, comps;
	struct ex_entry *values;
	size_t n_values, alloc_values;
	struct src at;
};

struct exceptions {
	struct exception *v;
	size_t n, alloc;
	struct strmap index; /* name -> number of the first of that name, from 1 */
};

/* Room in a text that is appended to, so that many appends do not copy it each time. */
struct room {
	size_t len, alloc; /* 0: not appended to yet */
};

struct rule_info { /* beside the public rule of the same index */
	struct pieces cond;
	struct room condition_room, output_room, desc_room;
	struct src at, output_at;
	struct exceptions exceptions;
	bool unknown_source;
};

struct item_info {	    /* beside the public macro or list of the same index */
	struct pieces cond; /* macro */
	struct room condition_room;
	struct src at;
	/* Order numbers of the first definition and of the last definition or append: an item sees
	 * those whose first is below its own last (reference, 1.5). */
	uint32_t first, last;
	bool resolved;	     /* macro: references in its tree are replaced */
	bool active;	     /* macro: being resolved now */
	size_t nodes, depth; /* macro, resolved: struct tree_size */
};

struct unmet_plugin {
	struct src at;
	char *name, *version;
};

/* Places are mostly asked for one behind the other, in one condition. What was found out about it,
 * so that the next one takes no look at all of it again. */
struct place_memo {
	const char *text; /* of the condition; NULL: nothing is known */
	size_t len;
	uint32_t *origin; /* NULL: no lists were put in; owned */
	size_t n_origin;
	/* The last place in a value: the byte of it, and where that is in the file. */
	const char *value, *at;
	size_t offset;
	uint32_t line, col;
	char style;
};

struct ruleset_private {
	struct loaded_file *files;
	size_t n_files, alloc_files;
	struct rule_info *rules;
	struct item_info *macros, *lists;
	size_t alloc_rules_info, alloc_macros, alloc_lists;
	struct strmap rule_index, macro_index, list_index; /* name -> index + 1 */
	struct ast_pool pool;				   /* all trees of the last compilation */
	size_t text_bytes, nodes;			   /* of that compilation, in all */
	uint32_t order;					   /* next order number */
	uint32_t engine[3];				   /* highest required version */
	struct unmet_plugin *unmet;
	size_t n_unmet, alloc_unmet;
	struct place_memo place;
	char *appended; /* of append_output behind an output, whose fields have been looked up */
	struct {
		const char *at; /* where a line begins that was asked for; NULL: none */
		uint32_t file, line;
	} line_memo;
	/* The condition of the rule with exceptions whose places were asked for last. */
	const struct rule *excepted;
	struct strbuf excepted_text;
	struct pieces excepted_pieces;
	struct namefilter list_names; /* of lists_compile() */
	struct strvec odd_lists; /* names with delimiters in them: no tokens, so searched for */
};

struct loader {
	struct ruleset *rs;
	struct ruleset_private *priv;
	const struct ruleset_options *opt;
	const struct catalogue *cat;
	struct evtypes_all all; /* of cat */
	uint32_t file;		/* being read */
	bool failed;		/* an error in any file */
};

/* What ends a list name inside a condition. */
#define LIST_BLANKS	" \t\n\r"
#define LIST_DELIMITERS LIST_BLANKS "(),="
/* Lists can name later lists, so a text can double with each of them. */
#define CONDITION_MAX ((size_t)4 << 20)
/* What one rule set may grow to: a short file must not make much work (Falco runs out of memory).
 * All conditions with their lists, as text and as trees; their nodes with macros counted each time
 * that they are used; the lists with the lists in them. */
#define ALL_TEXT_MAX  ((size_t)512 << 20)
#define ALL_TREES_MAX ((size_t)1 << 30)
#define ALL_NODES_MAX ((size_t)8 << 20)
#define ALL_LISTS_MAX ((size_t)256 << 20)
/* Of one item. */
#define EXCEPTIONS_MAX 100000
#define TAGS_MAX       100000
/* Of one call. */
#define FINDINGS_MAX 100000

#define CODE_YAML_PARSE	       "LOAD_ERR_YAML_PARSE"
#define CODE_YAML_VALIDATE     "LOAD_ERR_YAML_VALIDATE"
#define CODE_VALIDATE	       "LOAD_ERR_VALIDATE"
#define CODE_COMPILE_CONDITION "LOAD_ERR_COMPILE_CONDITION"
#define CODE_COMPILE_OUTPUT    "LOAD_ERR_COMPILE_OUTPUT"
#define CODE_FILE_READ	       "LOAD_ERR_FILE_READ"

/* What an item is called in findings. */
struct item {
	const char *type, *name; /* borrowed; name may be NULL */
};

/* findings.c: add one; the error form returns -1. */
void loader_warn(struct loader *ld, const char *code, struct src at, struct item item,
		 const char *fmt, ...) __attribute__((format(printf, 5, 6)));
int loader_fail(struct loader *ld, const char *code, struct src at, struct item item,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* The finding that was added last, to be completed. */
struct finding *loader_last(struct loader *ld);
void findings_truncate(struct ruleset *rs, size_t n); /* keep the first n */
void findings_release(struct ruleset *rs);

/* place.c */
struct src src_of(const struct loader *ld, const struct yaml_node *n);
void pieces_set(struct pieces *p, struct src src); /* the whole text came from here */
void pieces_add(struct pieces *p, size_t start, struct src src);
void pieces_copy(struct pieces *dst, const struct pieces *src, size_t shift); /* appends */
void pieces_release(struct pieces *p);
/* To be called before a text that was asked about goes or the lists change. */
void place_forget(struct place_memo *m);
/* Where byte `offset` of a text made of these pieces stands in its file; the place of the node when
 * the two cannot be matched. */
struct src pieces_find(struct ruleset_private *priv, const struct pieces *p, const char *text,
		       size_t offset);

/* load.c: yaml_parse_items for a file that was read. */
int loaded_file_items(const struct loaded_file *f, yaml_item_fn fn, void *arg, struct error *err);

/* items.c: one item of a document. */
int loader_read_item(struct loader *ld, const struct yaml_node *item);

/* values.c: readers of keys, with Falco's conversions and errors. Each returns 0, or -1 after
 * adding a finding. */
enum need { NEED, MAY, MAY_BE_EMPTY };
int key_str(struct loader *ld, const struct yaml_node *map, const char *key, enum need need,
	    struct item item, const char **out);
int key_bool(struct loader *ld, const struct yaml_node *map, const char *key, enum need need,
	     struct item item, bool *out);
int key_u32(struct loader *ld, const struct yaml_node *map, const char *key, enum need need,
	    struct item item, uint32_t *out);
int key_strs(struct loader *ld, const struct yaml_node *map, const char *key, enum need need,
	     struct item item, struct strvec *out);
/* A whole scalar as a number: decimal, 0x, leading 0 octal, up to 2^32 - 1. */
bool key_parse_u32(const char *text, uint32_t *out);

/* requires.c: required_engine_version and required_plugin_versions. */
int require_engine(struct loader *ld, const struct yaml_node *item);
int require_plugins(struct loader *ld, const struct yaml_node *item);
int require_report_unmet(struct loader *ld); /* after all files */
/* Does the version that is there satisfy the one required (same major; minor and patch not older)?
 */
bool version_satisfies(const uint32_t have[3], const uint32_t need[3]);
bool version_parse(const char *text, uint32_t out[3]);

/* override.c: what the `override` map of an item says. */
struct overrides {
	uint32_t append, replace; /* bits of enum rule_key */
};
enum rule_key {
	/* in the order in which Falco reads those of an override */
	KEY_CONDITION,
	KEY_EXCEPTIONS,
	KEY_OUTPUT,
	KEY_DESC,
	KEY_TAGS,
	KEY_PRIORITY,
	KEY_CAPTURE,
	KEY_CAPTURE_DURATION,
	KEY_ENABLED,
	KEY_WARN_EVTTYPES,
	KEY_SKIP_UNKNOWN,
	KEY_ITEMS,
	N_RULE_KEYS,
};
extern const char *const rule_key_names[N_RULE_KEYS];
#define KEY_BIT(k)   (1u << (k))
#define APPEND_KEYS  (KEY_BIT(KEY_TAGS + 1) - 1) /* condition .. tags */
#define REPLACE_KEYS (KEY_BIT(KEY_SKIP_UNKNOWN + 1) - 1)
int overrides_read(struct loader *ld, const struct yaml_node *map, struct item item,
		   uint32_t may_append, uint32_t may_replace, struct overrides *out);

/* collect.c: definitions by name. Indexes are into rs->rules and so on; -1 when not there. */
long collect_find(const struct strmap *index, const char *name);
size_t collect_rule(struct loader *ld, const char *name);
size_t collect_macro(struct loader *ld, const char *name);
size_t collect_list(struct loader *ld, const char *name);
void rule_clear_compiled(struct rule *r);
void rule_release(struct rule *r, struct rule_info *ri);
void list_clear_compiled(struct named_item *l);
void rule_item_release(struct named_item *m, struct item_info *info);
void rule_item_place(const struct loader *ld, struct named_item *m, const struct item_info *info);
void rules_private_release(struct ruleset_private *p);
/* Joined with one blank. Returns where the new part begins. */
size_t rule_text_append(char **text, struct room *room, const char *more);
void rule_text_set(char **text, struct room *room, const char *value); /* room may be NULL */

/* exceptions.c */
int exceptions_read(struct loader *ld, const struct yaml_node *map, struct item rule, bool append,
		    struct exceptions *out);
/* As a definition is checked: comps get defaults. check_fields is false where the rule's source is
 * unknown. */
int exception_validate(struct loader *ld, struct exception *ex, bool check_fields);
/* Exceptions under `override: replace` are not checked. Without comps Falco itself crashes over a
 * sequence of fields; here they get those of a definition. */
void exceptions_replaced(struct exceptions *ex);
bool ex_entry_given(const struct ex_entry *e);
/* Add read exceptions to those of a rule: new ones, or values for known ones. Takes them over. */
int exceptions_append(struct loader *ld, struct exceptions *to, struct exceptions *from,
		      bool check_fields);
void exceptions_release(struct exceptions *ex);
/* The condition with its exceptions written out, and the pieces of that text; also fills the names
 * that describing needs. */
int exceptions_build(struct loader *ld, struct rule *r, const struct rule_info *ri,
		     struct strbuf *out, struct pieces *pieces);

/* lists.c */
int lists_compile(struct loader *ld);
/* Put the lists into a condition. Returns false (out untouched) when there are none in it. A result
 * of CONDITION_MAX bytes or more is not complete. origin, when not NULL, gets for each byte of out
 * the offset in text that it came from; the caller frees. */
bool lists_substitute(struct loader *ld, const char *text, struct strbuf *out, uint32_t **origin);

/* macros.c */
int macros_compile(struct loader *ld);
/* Replace the macro references in *tree by the macros' trees. visible: order number below which a
 * macro must have been defined. On failure *bad is the reference that cannot be replaced; it
 * belongs to the tree. */
struct tree_size {
	size_t nodes, depth;
};
int macros_resolve(struct loader *ld, struct ast **tree, uint32_t visible, struct tree_size *size,
		   const struct ast **bad, struct error *err);

/* compile.c */
int loader_compile(struct loader *ld);

/* condition.c: a text to be parsed and the pieces that it is made of. */
struct condition {
	const char *text;
	const struct pieces *pieces;
	struct item item;
};
/* Parse with lists in place, into the pool. *lists, unless NULL: there were some. Adds a finding on
 * failure. */
struct ast *condition_compile(struct loader *ld, const struct condition *c, bool *lists);
/* Place in the files of byte `pos` of the text that was parsed. */
struct src condition_place(struct loader *ld, const struct condition *c, size_t pos);
/* Place of a node of the resolved tree of a condition: in the macro that it came with, if any. */
struct src node_place(struct loader *ld, const struct condition *c, const struct ast *tree,
		      const struct ast *node);
/* The same for n nodes at once, in one walk over the tree. */
void node_places(struct loader *ld, const struct condition *c, const struct ast *tree,
		 const struct ast *const *nodes, size_t n, struct src *places);

/* output.c: append_output, removed fields and the check of the tokens. Returns 1 when the rule is
 * to be skipped, with a warning added. */
int output_compile(struct loader *ld, struct rule *r, const struct rule_info *ri);

/* warnings.c: deprecated fields and comparisons with <NA>. */
void warn_condition(struct loader *ld, const struct ast *a, const struct condition *c);
void warn_output(struct loader *ld, const struct rule *r, const struct rule_info *ri);

/* check.c: fields, operators, values. Returns 1 when the rule is to be skipped. */
int check_condition(struct loader *ld, const struct rule *r, const struct condition *c);

#endif
