/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the profile's reader, shared by profile*.c only. */
#ifndef FT_LOAD_PROFILE_PRIVATE_H
#define FT_LOAD_PROFILE_PRIVATE_H

#include "base/yaml.h"
#include "load/profile.h"

/* arrival: NAME or a mapping with its parameters; out->rate is there already, out->kind NULL for
 * `max`. ERROR_INPUT with place. */
int profile_read_arrival(const struct yaml_node *n, struct arrival_spec *out, struct error *err);
/* A duration of at most LOAD_TIME_MAX_NS. */
int profile_read_time(const struct yaml_node *n, const char *what, int64_t *ns, struct error *err);
/* `replay` and `scale` of a profile: its workers are added. */
int profile_read_replay(struct load_profile *p, const struct yaml_node *root, struct error *err);
int profile_add_replay(struct load_profile *p, const char *path, double scale, size_t line,
		       size_t col, struct error *err);
void profile_release_replay(struct load_profile *p);
/* A name that no other worker has: prefix and base, with a number where needed. w is the last. */
void profile_name_worker(const struct load_profile *p, struct load_worker *w, const char *prefix,
			 const char *base);

#endif
