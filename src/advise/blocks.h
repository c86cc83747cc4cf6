/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A case's base_syscalls and engine in the three spellings that people paste. Whole top-level
 * blocks, because Falco's config_files merge is shallow: a block in a later file replaces the whole
 * block of an earlier one. Each returns a new string, which the caller frees, ending in a newline.
 */
#ifndef FT_ADVISE_BLOCKS_H
#define FT_ADVISE_BLOCKS_H

#include "run/results.h"

/* Top-level blocks of falco.yaml. `title` (one or more lines) becomes comment lines above. Names
 * that are not plain are quoted, above all "!name": unquoted, YAML reads !name as a tag. */
char *blocks_yaml(const struct res_case *c, bool repair, const char *title);
/* -o options for a shell, one a line joined by backslashes. custom_set is given as one map, which
 * replaces the user's, where `base_syscalls.custom_set[]=x` would append to it. */
char *blocks_flags(const struct res_case *c, bool repair);
/* Values of the chart falcosecurity/falco. The chart writes falco.engine itself from driver.*, so
 * the buffers stand there. */
char *blocks_helm(const struct res_case *c, bool repair, const char *title);

#endif
