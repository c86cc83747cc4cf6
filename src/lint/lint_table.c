/* SPDX-License-Identifier: Apache-2.0 */
#include "lint/lint.h"

const struct lint_row lint_table[] = {
	{0},
};
