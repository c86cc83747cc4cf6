/* SPDX-License-Identifier: Apache-2.0 */
/*
 * getopt(): options as getopt(3) finds them in a list of words, by a text that names them ("ab:c").
 * Words that begin with "--" are left out, as Falco has no long options; "--" itself and the first
 * word that is no option end them.
 */
#ifndef FT_PROBE_EVAL_GETOPT_H
#define FT_PROBE_EVAL_GETOPT_H

#include "base/strbuf.h"
#include "probe/fields.h"

/* words: with a NUL after each. Appends to out what was found, likewise: each option, then its
 * argument; "?" for an option that names does not have, "" for one whose argument is missing. */
void getopt_all(const struct strbuf *words, const struct value *names, struct strbuf *out);
/* Of one option alone, in place of what is in out: the argument it has the last time, the option
 * itself where it takes none. False: it is not there. */
bool getopt_one(const struct strbuf *words, const struct value *names, char option,
		struct strbuf *out);

#endif
