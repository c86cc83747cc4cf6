/* SPDX-License-Identifier: Apache-2.0 */
#include "base/jvalue.h"

#include <math.h>

json_t *jvalue_real(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

json_t *jvalue_whole(int64_t v)
{
	return v < 0 ? json_null() : json_integer(v);
}
