/* SPDX-License-Identifier: Apache-2.0 */
/* A host profile: read, written and read again, and the rates that it gives. */
#include "fuzz.h"

#include "base/mem.h"
#include "survey/host.h"

#include <math.h>

static char *text_of(const struct host_profile *p)
{
	json_t *doc = host_profile_to_json(p);
	char *text = json_dumps(doc, JSON_SORT_KEYS);

	json_decref(doc);
	FUZZ_ASSERT(text, "no text");
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct host_profile p cleanup_host_profile, again cleanup_host_profile;
	struct strvec set cleanup_strvec = STRVEC_INIT;
	struct error err = ERROR_INIT;
	char *one cleanup_free = NULL, *two cleanup_free = NULL;

	host_profile_init(&again);
	if (host_profile_parse("h.json", (const char *)data, size, &p, &err)) {
		FUZZ_ASSERT_ERROR(err);
		return 0;
	}
	one = text_of(&p);
	FUZZ_ASSERT(!host_profile_parse("again", one, strlen(one), &again, &err), "%s", err.msg);
	two = text_of(&again);
	FUZZ_ASSERT(!strcmp(one, two), "%s\n%s", one, two);
	for (size_t i = 0; i < p.n_calls; i++)
		strvec_push(&set, p.calls[i].name);
	FUZZ_ASSERT(host_profile_rate(&p, &set) >= host_profile_total(&p) * 0.999999, "rate");
	FUZZ_ASSERT(isnan(host_profile_rate_quantile(&p, &set, 0.9)) == !p.n_bins, "quantile");
	host_profile_anonymise(&p);
	FUZZ_ASSERT(!p.hostname, "%s", p.hostname);
	return 0;
}
