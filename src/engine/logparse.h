/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an engine's log says about itself: the syscall selection, the buffers, the rules.
 *
 * Lines are Falco's (0.38 to 0.44), with or without the time in front (`Www Mmm dd HH:MM:SS YYYY: `
 * or ISO 8601). Any text is taken: what is not understood is ignored, a line that is understood but
 * contradicts itself ("(5) syscalls ..." with four names) is counted in `contradictions` and the
 * first of them kept.
 */
#ifndef FT_ENGINE_LOGPARSE_H
#define FT_ENGINE_LOGPARSE_H

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The lines that carry a list of names. */
enum log_set {
	LOG_SET_RULES,	  /* (N) syscalls in rules: */
	LOG_SET_ADDED,	  /* +(N) syscalls added (base_syscalls override): */
	LOG_SET_REMOVED,  /* -(N) syscalls removed (base_syscalls override): */
	LOG_SET_STATE,	  /* +(N) syscalls (Falco's state engine set of syscalls): */
	LOG_SET_IGNORED,  /* -(N) ignored syscalls (-> activate via `-A` flag): */
	LOG_SET_REPAIRED, /* +(N) repaired syscalls: */
	LOG_SET_FINAL,	  /* (N) syscalls selected in total (final set): */
	LOG_SET_INVALID_POSITIVE,
	LOG_SET_INVALID_NEGATIVE,
	LOG_SET_UNSUPPORTED, /* ... warning (unsupported-evttype): */
	LOG_SET_N,
};

struct engine_log {
	bool has[LOG_SET_N];
	struct strvec set[LOG_SET_N]; /* names as printed, in that order */
	int64_t buffer_bytes;	      /* of one ring buffer; -1: no such line */
	int64_t cpus_per_buffer;      /* -1: no such line */
	struct strvec enabled_rules;
	int64_t n_enabled;	/* as the engine counted; -1: no such line */
	struct strvec schema;	/* "FILE | schema validation: RESULT" */
	struct strvec errors;	/* lines that begin with "Error" or "Runtime error" */
	char *version;		/* of "Falco version: X", NULL when there is no such line */
	bool opened;		/* "Opening 'syscall' source ..." */
	size_t output_timeouts; /* lines that say that an output blocks the others */
	size_t n_lines;
	size_t contradictions;
	char *contradiction; /* the first one, in words */
	bool in_rules;	     /* parser's own: between "Enabled rules:" and their count */
};

void engine_log_init(struct engine_log *l);
void engine_log_release(struct engine_log *l);
/* One line of len bytes without its newline. */
void engine_log_line(struct engine_log *l, const char *line, size_t len);
/* Whole text. */
void engine_log_text(struct engine_log *l, const char *text, size_t len);
/* The line without the time in front, as a pointer into it. */
const char *engine_log_strip_time(const char *line);

/* The last n lines of a text, each cut at 400 bytes, unprintable bytes shown as "?"; appended. */
void log_tail(const char *text, size_t len, size_t n, struct strvec *out);

#endif
