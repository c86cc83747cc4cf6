/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hostname.h"

#include "base/mem.h"

#include <stdlib.h>
#include <sys/utsname.h>

char *hostname_get(void)
{
	const char *told = getenv("FALCO_HOSTNAME");
	struct utsname u;

	if (told && *told)
		return xstrdup(told);
	return xstrdup(uname(&u) ? "" : u.nodename);
}
