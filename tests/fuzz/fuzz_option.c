/* SPDX-License-Identifier: Apache-2.0 */
/* -o options, one a line, on top of the defaults. */
#include "fuzz.h"

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strvec sets cleanup_strvec = STRVEC_INIT;
	struct config_input in = {.sets = &sets};
	struct config c cleanup_config = {0};
	struct error err = ERROR_INIT;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	json_t *doc;

	fuzz_folder(); /* where relative names of config_files lead */
	fuzz_lines(data, size, 64, &sets);
	if (config_load(&c, &in, &err)) {
		FUZZ_ASSERT_ERROR(err);
		return 0;
	}
	doc = config_describe(&c);
	FUZZ_ASSERT(json_is_array(doc), "no description");
	json_decref(doc);
	if (config_emit(c.root, &text, &err))
		FUZZ_ASSERT_ERROR(err);
	return 0;
}
