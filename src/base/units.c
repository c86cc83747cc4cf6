/* SPDX-License-Identifier: Apache-2.0 */
#include "base/units.h"

#include "base/mem.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A plain decimal at *s; advances *s past it. */
static bool take_number(const char **s, double *out)
{
	char *end;

	if (!isdigit((unsigned char)**s) && **s != '.' && **s != '-' && **s != '+')
		return false;
	if ((*s)[0] == '0' && ((*s)[1] == 'x' || (*s)[1] == 'X'))
		return false;
	errno = 0;
	*out = strtod(*s, &end);
	if (end == *s || errno || !isfinite(*out))
		return false;
	*s = end;
	return true;
}

bool units_number(const char *text, double *out)
{
	double v;

	if (!take_number(&text, &v) || *text)
		return false;
	*out = v;
	return true;
}

bool units_duration(const char *text, int64_t *ns)
{
	static const struct {
		const char *suffix;
		double ns;
	} units[] = {{"ns", 1},	 {"us", 1e3}, {"µs", 1e3},  {"ms", 1e6},
		     {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
	double sum = 0, v;

	if (units_number(text, &v)) {
		sum = v * 1e9;
		if (!(v >= 0))
			return false;
		text = "";
	} else if (!*text) {
		return false;
	}
	while (*text) {
		size_t len = 0, i;

		if (!take_number(&text, &v) || !(v >= 0))
			return false;
		while (text[len] && !isdigit((unsigned char)text[len]) && text[len] != '.')
			len++;
		for (i = 0; i < ARRAY_SIZE(units); i++)
			if (strlen(units[i].suffix) == len && !strncmp(units[i].suffix, text, len))
				break;
		if (i == ARRAY_SIZE(units))
			return false;
		sum += v * units[i].ns;
		text += len;
	}
	if (sum > 9e18)
		return false;
	*ns = (int64_t)llround(sum);
	return true;
}

bool units_share(const char *text, double *out)
{
	double v;

	if (!take_number(&text, &v))
		return false;
	if (!strcmp(text, "%"))
		v /= 100;
	else if (*text)
		return false;
	if (!(v >= 0 && v <= 1))
		return false;
	*out = v;
	return true;
}

bool units_size(const char *text, uint64_t *bytes)
{
	static const char letters[] = "KMGT";
	const char *p;
	double v;

	if (!take_number(&text, &v) || v < 0)
		return false;
	if (*text && (p = strchr(letters, *text))) {
		v *= exp2(10.0 * (double)(p - letters + 1));
		text++;
		if (*text == 'i')
			text++;
	}
	if (*text == 'B')
		text++;
	if (*text || v > 9e18)
		return false;
	*bytes = (uint64_t)v;
	return true;
}

char *units_fmt_rate(char buf[UNITS_BUF], double v)
{
	if (!isfinite(v))
		snprintf(buf, UNITS_BUF, "unknown");
	else if (v >= 999.5e3)
		snprintf(buf, UNITS_BUF, "%.3gM", v / 1e6);
	else if (v >= 9999.5)
		snprintf(buf, UNITS_BUF, "%.3gk", v / 1e3);
	else if (v >= 100)
		snprintf(buf, UNITS_BUF, "%.0f", v);
	else
		snprintf(buf, UNITS_BUF, "%.3g", v);
	return buf;
}

char *units_fmt_share(char buf[UNITS_BUF], double v)
{
	double p = v * 100;

	if (!isfinite(v))
		snprintf(buf, UNITS_BUF, "unknown");
	else if (p == 0)
		snprintf(buf, UNITS_BUF, "0%%");
	else if (p < 0.0001)
		snprintf(buf, UNITS_BUF, "<0.0001%%");
	else if (p < 0.1)
		snprintf(buf, UNITS_BUF, "%.2g%%", p);
	else
		snprintf(buf, UNITS_BUF, "%.*f%%", p < 10 ? 2 : 1, p);
	return buf;
}

char *units_fmt_bytes(char buf[UNITS_BUF], double v)
{
	static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	size_t i = 0;

	if (!isfinite(v)) {
		snprintf(buf, UNITS_BUF, "unknown");
		return buf;
	}
	while (v >= 1024 && i + 1 < ARRAY_SIZE(names)) {
		v /= 1024;
		i++;
	}
	snprintf(buf, UNITS_BUF, "%.*f %s", i && v < 10 && v != floor(v) ? 1 : 0, v, names[i]);
	return buf;
}

char *units_fmt_duration(char buf[UNITS_BUF], double ns)
{
	if (!isfinite(ns))
		snprintf(buf, UNITS_BUF, "unknown");
	else if (ns < 999.5) /* what would be printed as 1000 takes the next unit */
		snprintf(buf, UNITS_BUF, "%.0f ns", ns);
	else if (ns < 999.5e3)
		snprintf(buf, UNITS_BUF, "%.3g us", ns / 1e3);
	else if (ns < 999.5e6)
		snprintf(buf, UNITS_BUF, "%.3g ms", ns / 1e6);
	else if (ns < 120e9)
		snprintf(buf, UNITS_BUF, "%.3g s", ns / 1e9);
	else
		snprintf(buf, UNITS_BUF, "%dm%02ds", (int)(ns / 60e9), (int)(ns / 1e9) % 60);
	return buf;
}
