/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/run_tune.h"

#include <string.h>

bool cmd_run_has(int argc, char **argv, const char *option)
{
	size_t len = strlen(option);

	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strncmp(argv[i], option, len) && (!argv[i][len] || argv[i][len] == '='))
			return true;
	return false;
}

int tune_args_take(struct measure_args *a, const char *folder, struct error *err)
{
	if (a->o.warmup_ns > 3600 * NS_PER_S)
		return error_input(err, "option --warmup is longer than 1h");
	return measure_args_take(a, folder, err);
}
