/* SPDX-License-Identifier: Apache-2.0 */
/* A case file, read for both kinds of engine. */
#include "fuzz.h"

#include "run/case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum engine_kind kinds[] = {ENGINE_MODERN_EBPF, ENGINE_KMOD};
	struct strvec names cleanup_strvec = STRVEC_INIT;

	fuzz_write("case.yaml", (const char *)data, size);
	strvec_push(&names, "./case.yaml");
	for (size_t i = 0; i < 2; i++) {
		struct case_list l = CASE_LIST_INIT;
		struct error err = ERROR_INIT;

		if (case_list_load(&l, &names, kinds[i], 4, &err)) {
			FUZZ_ASSERT_ERROR(err);
			continue;
		}
		FUZZ_ASSERT(l.n, "no case");
		for (size_t k = 0; k < l.n; k++) {
			const struct tcase *c = &l.v[k];

			FUZZ_ASSERT(*c->id && !strchr(c->id, '/'), "id '%s'", c->id);
			FUZZ_ASSERT(c->preset >= 0 && c->preset <= 10, "preset %d", c->preset);
		}
		case_list_release(&l);
	}
	return 0;
}
