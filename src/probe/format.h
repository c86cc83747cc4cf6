/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outputs of rules: text with %field tokens, compiled once, filled in for each alert; and the alert
 * line around it, as text or as JSON of Falco's shape.
 *
 * A field that the engine cannot read, or that the event does not have, prints <NA> (null in JSON).
 */
#ifndef FT_PROBE_FORMAT_H
#define FT_PROBE_FORMAT_H

#include "base/strbuf.h"
#include "probe/eval_operand.h"
#include "rules/ruleset.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct format_token {
	char *text; /* literal text, or the token as written: the key in JSON; owned */
	bool is_field;
	bool readable;	/* op can be read */
	unsigned width; /* minimum width, 0 none */
	struct operand op;
};

struct format {
	struct format_token *v;
	size_t n, alloc;
	bool uses_fd;
	unsigned flags; /* of the fields, for field_wants() */
};

/* text: an output, "*" in front allowed. Never fails: what does not parse stays as it is. opt says
 * which fields there are. */
void format_init(struct format *f, const struct ruleset_options *opt, const char *text);
void format_release(struct format *f);
void format_text(const struct field_ctx *ctx, struct format *f, struct strbuf *out);
/* Adds every field token as a member of obj: text, number, true/false or null. */
void format_fields(const struct field_ctx *ctx, struct format *f, json_t *obj);

/* A member of output_fields beside those of the output: extra_fields of append_output. */
struct format_extra {
	const char *key; /* borrowed */
	bool raw;	 /* the field's value, else the text */
	struct format format;
};

/* What an alert of a rule is made of. */
struct rule_format {
	struct format output;
	struct format_extra *extras;
	size_t n_extras, alloc_extras;
};

/* append: what falco.yaml adds, must outlive f; NULL: nothing. */
void rule_format_init(struct rule_format *f, const struct ruleset_options *opt,
		      const struct rule *rule, const struct append_list *append);
void rule_format_release(struct rule_format *f);
/* Flags of all fields, for field_wants(). */
unsigned rule_format_flags(const struct rule_format *f);

struct alert_opts { /* json_output and its include switches */
	bool json, iso_time;
	bool include_output, include_tags, include_message, include_output_fields;
	const char *hostname; /* borrowed */
};

/* One line with its newline, appended to out. prefix is the format of the time ("%evt.time"). */
void alert_line(const struct field_ctx *ctx, const struct alert_opts *opts, const struct rule *rule,
		struct format *prefix, struct rule_format *message, struct strbuf *out);

/* Replace bytes that are not UTF-8 by U+FFFD, so that JSON can hold the text. */
void utf8_clean(struct strbuf *sb);

#endif
