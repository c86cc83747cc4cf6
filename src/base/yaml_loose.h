/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A YAML text that libyaml refuses, read as Falco's YAML library (yaml-cpp) would.
 */
#ifndef FT_BASE_YAML_LOOSE_H
#define FT_BASE_YAML_LOOSE_H

#include "base/yaml.h"

/* As yaml_parse, but reading ends at the first document that is empty. UTF-8 only. */
int yaml_parse_loose(struct yaml_docs *out, const char *file, const char *text, size_t len,
		     const struct yaml_limits *limits, struct error *err);

#endif
