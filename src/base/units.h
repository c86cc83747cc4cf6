/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers as people write them, and back. Readers take the whole text or return false.
 */
#ifndef FT_BASE_UNITS_H
#define FT_BASE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

/* A finite decimal number without surrounding blanks. */
bool units_number(const char *text, double *out);
/* Duration with a unit: 250ns, 10us, 500ms, 10s, 2m, 1h (fractions allowed, several parts too:
 * 1m30s); a bare number is seconds. Not negative. Result in nanoseconds. */
bool units_duration(const char *text, int64_t *ns);
/* Share: 1% or 0.01. A number above 1 without % is refused, so is one outside 0..1. */
bool units_share(const char *text, double *out);
/* Size: 512, 64K, 512Mi, 1G, 8MiB (binary multiples throughout). Bytes. */
bool units_size(const char *text, uint64_t *bytes);

/* Formatters into the caller's buffer; each returns buf. */
#define UNITS_BUF 32
char *units_fmt_rate(char buf[UNITS_BUF], double per_s);  /* 950, 12.3k, 1.24M */
char *units_fmt_share(char buf[UNITS_BUF], double share); /* 0%, 0.012%, 9.6% */
char *units_fmt_bytes(char buf[UNITS_BUF], double bytes); /* 8 MiB */
char *units_fmt_duration(char buf[UNITS_BUF], double ns); /* 380 ns, 1.2 ms, 90 s, 3m20s */

/* The same into a buffer that lives as long as the enclosing block: for arguments of printf. */
#define UNITS_RATE(v)	  units_fmt_rate((char[UNITS_BUF]){0}, (v))
#define UNITS_SHARE(v)	  units_fmt_share((char[UNITS_BUF]){0}, (v))
#define UNITS_BYTES(v)	  units_fmt_bytes((char[UNITS_BUF]){0}, (v))
#define UNITS_DURATION(v) units_fmt_duration((char[UNITS_BUF]){0}, (v))

#endif
