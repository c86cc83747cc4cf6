/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values and texts of event parameters: evt.arg, evt.rawarg, evt.args.
 */
#ifndef FT_PROBE_PARAMS_TEXT_H
#define FT_PROBE_PARAMS_TEXT_H

#include "base/strbuf.h"
#include "probe/fields.h"
#include "probe/params.h"

#include <stdbool.h>

/* Does a parameter of this type have a text for its value (the others have a number)? */
bool param_is_text(enum param_type type);
/* The value: a number in i, or a text in s and len, which may be in buf. False: the event does not
 * have it. */
bool param_read(const struct field_ctx *ctx, const struct param *p, struct strbuf *buf,
		struct value *out);
/* The texts as Falco writes them, appended: the plain one, and what it resolves to (nothing when it
 * does not). An absent value is "<NA>" or "NULL". Either may be NULL: not wanted. */
void param_texts(const struct field_ctx *ctx, const struct param *p, struct strbuf *plain,
		 struct strbuf *resolved);
/* "name=plain(resolved) ..." for all parameters of the event. */
void param_all(const struct field_ctx *ctx, struct strbuf *out);

#endif
