/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings ("key=value") in the spellings that people paste, on top of the user's configuration.
 */
#ifndef FT_ADVISE_SETTINGS_H
#define FT_ADVISE_SETTINGS_H

#include "advise/advice.h"
#include "base/error.h"
#include "config/config.h"

/* Fill flags, helm and, with own (the user's falco.yaml is known), yaml of every finding that has
 * settings: a file of config.d that was read back, else no_dropin says why there is none. Without
 * own, spellings that are there already stay. ERROR_INPUT for settings that Falco refuses. */
int settings_spell(const struct config_input *user, bool own, struct advice *f, struct error *err);

/* The driver's part of the Helm values of the chart falcosecurity/falco, which writes falco.engine
 * itself from driver.*; appended. */
void settings_helm_driver(const struct config *c, struct strbuf *out);

/* The settings of "-o KEY=VALUE" lines as argv_quote and blocks_flags write them; appended. */
void settings_of_flags(const char *flags, struct strvec *out);

#endif
