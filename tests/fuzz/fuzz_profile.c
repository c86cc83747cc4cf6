/* SPDX-License-Identifier: Apache-2.0 */
/* A load profile, and the rates that it promises. */
#include "fuzz.h"

#include "load/profile.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct load_profile p cleanup_load_profile = {0};
	struct load_prediction says cleanup_load_prediction = {0};
	struct error err = ERROR_INIT;

	if (load_profile_parse("p.yaml", (const char *)data, size, &p, &err)) {
		FUZZ_ASSERT_ERROR(err);
		return 0;
	}
	FUZZ_ASSERT(p.n, "no worker");
	load_profile_scale(&p, 0.5);
	load_predict(&p, &says);
	for (size_t i = 0; i < says.n; i++)
		FUZZ_ASSERT(isfinite(says.calls[i].per_s) && says.calls[i].per_s >= 0, "%s: %g",
			    says.calls[i].syscall, says.calls[i].per_s);
	return 0;
}
