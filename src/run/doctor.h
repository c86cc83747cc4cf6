/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this host can and cannot do, and the fix for what it cannot: each check looks at one thing
 * (rights, BPF, BTF, control groups, memory ...), and an ability holds when none of its checks is
 * missing. Nothing of the host is changed, and no program is started but the engine's --version.
 *
 * Files are read below a root ("" for the running system), so that recorded trees test the checks.
 * What only the running kernel can answer is unknown of a recorded tree.
 */
#ifndef FT_RUN_DOCTOR_H
#define FT_RUN_DOCTOR_H

#include "base/error.h"
#include "base/strbuf.h"
#include "config/config.h"

#include <jansson.h>
#include <stdbool.h>

enum doctor_status {
	DOCTOR_OK,
	DOCTOR_WARNING, /* something is worse for it, or an option cannot be used */
	DOCTOR_MISSING, /* an ability is lost */
	DOCTOR_UNKNOWN,
};
extern const char *const doctor_status_names[]; /* "ok" "warning" "missing" "unknown" */

struct doctor_check {
	const char *id, *title; /* static */
	enum doctor_status status;
	struct strbuf found; /* what is there; never empty */
	struct strbuf fix;   /* empty when nothing is to be done */
};

struct doctor_ability {
	const char *id, *title; /* static */
	bool can;
	struct strvec because; /* ids of the checks that are missing, none when it can */
};

struct doctor {
	struct doctor_check *checks;
	size_t n_checks;
	struct doctor_ability *abilities;
	size_t n_abilities;
	bool ready; /* everything that `falcotune run` needs is there */
};

#define DOCTOR_INIT                                                                                \
	{                                                                                          \
		0                                                                                  \
	}

struct doctor_input {
	const char *root;	     /* "" or a recorded tree */
	const char *engine;	     /* as for engine_find() */
	const struct config *config; /* whose buffers and plugins are meant */
	const char *config_name;     /* for messages: a file, or what stands for it */
};

/* Look at everything; never fails. The caller releases d. */
void doctor_look(struct doctor *d, const struct doctor_input *in);
void doctor_release(struct doctor *d);
/* templates/doctor.schema.json; the caller owns the reference. */
json_t *doctor_json(const struct doctor *d);

#define cleanup_doctor __attribute__((cleanup(doctor_release)))

#endif
