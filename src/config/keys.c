/* SPDX-License-Identifier: Apache-2.0 */
#include "config/private.h"

void keys_check(struct config *c)
{
	(void)c;
}
