/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `falcotune check` found, ready to be written: Falco's own findings, in Falco's order, then
 * the lints. The writers are pure; texts in a report are valid UTF-8 without control characters.
 */
#ifndef FT_LINT_CHECK_H
#define FT_LINT_CHECK_H

#include "lint/lint.h"

#define CHECK_FAIL_NONE -1

struct check_entry {
	const struct lint_row *row; /* NULL: a finding of Falco's own */
	enum lint_severity severity;
	const char *code;			      /* "LOAD_UNUSED_LIST", "FT001"; static */
	const char *summary;			      /* what the code means; static */
	char *message;				      /* owned, as are the next three */
	char *file;				      /* NULL when no file is to blame */
	char *item_type, *item;			      /* either may be NULL */
	size_t line, col;			      /* 1-based, 0 unknown */
	const char *deprecated_field, *while_loading; /* borrowed, may be NULL */
	const char *cost, *mend;		      /* of a lint; borrowed */
	/* Falco gives the findings of a file again with each file that follows it. Writers for
	 * people and code hosts leave these out. */
	bool repeated;
};

struct check_report {
	const struct catalogue *cat; /* the Falco that was asked for */
	const struct ruleset *rules; /* borrowed */
	const struct strvec *files;  /* rules files; borrowed */
	bool successful;	     /* Falco would take them */
	struct check_entry *v;
	size_t n, alloc;
	int fail_on; /* least enum lint_severity that fails, CHECK_FAIL_NONE for none */
};

/* From a loaded rule set (accepted or rejected) and its lints (NULL: none). Both are borrowed and
 * must outlive the report. */
void check_report_init(struct check_report *r, const struct catalogue *cat,
		       const struct ruleset *rules, const struct lint_findings *lints, int fail_on);
void check_report_release(struct check_report *r);
/* Does the report make the command fail: Falco rejects the rules, or a lint or a warning of Falco's
 * reaches fail_on? */
bool check_failed(const struct check_report *r);
/* Does this one? */
bool check_entry_fails(const struct check_report *r, const struct check_entry *e);
/* Entries that are not repeated, of Falco (lints false) or lints, of that severity. */
size_t check_count(const struct check_report *r, bool lints, enum lint_severity severity);
/* "rule NAME: message", or the message alone; appended. */
void check_entry_text(const struct check_entry *e, struct strbuf *out);

/* May rules of this configuration name the fields of the container plugin? Also where a folder of
 * config_files is not on this host (*assumed is set then): Falco's packages load it from there. */
bool check_has_container(const struct config *c, bool *assumed);

/* check_text.c: lines for people; appended. */
void check_write_text(const struct check_report *r, struct strbuf *out);
/* check_json.c: {successful, errors, warnings, lints, files, falco, rules_engine, fields}. The
 * caller owns it. */
json_t *check_to_json(const struct check_report *r);
/* sarif.c: SARIF 2.1.0. Paths are relative to `base`, an absolute folder (NULL: as they are). The
 * caller owns it. */
json_t *check_to_sarif(const struct check_report *r, const char *base);
/* junit.c: JUnit XML, one test suite a file, one test case a finding; what does not fail is a
 * passed case. when: "YYYY-MM-DDThh:mm:ss", UTC; appended. */
void check_write_junit(const struct check_report *r, const char *base, const char *when,
		       struct strbuf *out);
/* A path from `base` to the file, percent-encoded as a relative URI reference when uri is set;
 * the caller frees. */
char *check_relative_path(const char *base, const char *file, bool uri);

#endif
