/* SPDX-License-Identifier: Apache-2.0 */
#include "load/profile_private.h"

#include "base/mem.h"

#include <string.h>

static int read_pattern(const struct yaml_node *n, const struct load_arrival **out,
			struct error *err)
{
	struct strbuf names cleanup_strbuf = STRBUF_INIT;
	const char *s;

	if (yaml_read_str(n, "arrival", &s, err))
		return -1;
	if ((*out = load_arrival_find(s)))
		return 0;
	for (size_t i = 0; i < load_n_arrivals; i++)
		strbuf_addf(&names, "%s%s", i ? ", " : "", load_arrivals[i].name);
	return yaml_error(n, err, "unknown arrival pattern %s, expected one of %s", s, names.buf);
}

static int read_rate(const struct yaml_node *n, void *out, struct error *err)
{
	return yaml_read_double(n, "the pattern's second rate", 0, LOAD_RATE_MAX, out, err);
}

static int read_length(const struct yaml_node *n, void *out, struct error *err)
{
	double *s = out;
	int64_t ns;

	if (profile_read_time(n, "a time of the pattern", &ns, err))
		return -1;
	if (!ns)
		return yaml_error(n, err, "a time of the pattern is 0, expected more");
	*s = (double)ns / 1e9;
	return 0;
}

/* The parameters that there are; a pattern takes those among its keys. */
static const struct {
	const char *key;
	int (*read)(const struct yaml_node *n, void *out, struct error *err);
	size_t at;
	bool required;
} parameters[] = {
	{"on", read_length, offsetof(struct arrival_spec, on_s), true},
	{"off", read_length, offsetof(struct arrival_spec, off_s), true},
	{"off_rate", read_rate, offsetof(struct arrival_spec, other_rate), false},
	{"over", read_length, offsetof(struct arrival_spec, on_s), true},
	{"from", read_rate, offsetof(struct arrival_spec, other_rate), false},
};

static bool takes(const struct load_arrival *a, const char *key)
{
	for (const char *const *k = a->keys; *k; k++)
		if (!strcmp(*k, key))
			return true;
	return false;
}

static int read_parameters(const struct yaml_node *n, const struct load_arrival *kind,
			   struct arrival_spec *out, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
		const struct yaml_node *v = yaml_get(n, parameters[i].key);

		if (!takes(kind, parameters[i].key))
			continue;
		if (!v && parameters[i].required)
			return yaml_error(n, err,
					  "arrival pattern %s without '%s', expected a time",
					  kind->name, parameters[i].key);
		if (v && parameters[i].read(v, (char *)out + parameters[i].at, err))
			return -1;
	}
	return 0;
}

int profile_read_arrival(const struct yaml_node *n, struct arrival_spec *out, struct error *err)
{
	const struct yaml_node *name = n->kind == YAML_MAP ? yaml_get(n, "pattern") : n;
	struct strbuf what cleanup_strbuf = STRBUF_INIT;
	const struct load_arrival *kind;

	if (!name)
		return yaml_error(n, err, "arrival without pattern");
	if (read_pattern(name, &kind, err))
		return -1;
	strbuf_addf(&what, "arrival pattern %s", kind->name);
	if (n->kind == YAML_MAP && yaml_check_keys(n, what.buf, kind->keys, err))
		return -1;
	if (!out->kind && kind != &load_arrivals[0])
		return yaml_error(n, err, "arrival pattern %s with rate max, expected a rate",
				  kind->name);
	if (out->kind)
		out->kind = kind;
	return read_parameters(n, kind, out, err);
}
