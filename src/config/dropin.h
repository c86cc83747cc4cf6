/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings as a file of its own for config_files (/etc/falco/config.d), which survives Falco's
 * merging: that is shallow, by top-level key. A mapping in the file replaces the user's whole, so
 * that the user's other keys of it must stand in the file too; a sequence is appended to the
 * user's, so that only what is new may stand there.
 */
#ifndef FT_CONFIG_DROPIN_H
#define FT_CONFIG_DROPIN_H

#include "config/config.h"

/* The text of such a file for settings "key=value" (Falco's -o) on top of a configuration; appended
 * to out. It is read back as an entry of config_files, and the effective values must be those of
 * the settings given as -o, with nothing else changed. Errors: ERROR_INPUT for settings that Falco
 * refuses, and for those that no such file can bring about (a sequence made shorter, a key that the
 * user's own -o sets); ERROR_ENV when a temporary file cannot be written. */
int dropin_make(const struct config_input *user, const struct strvec *change, struct strbuf *out,
		struct error *err);

/* One top-level key of the effective configuration with its whole value, as YAML; nothing when it
 * is absent. Appended. */
int dropin_block(const struct config *c, const char *key, struct strbuf *out, struct error *err);

#endif
