/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that measure a fleet with what it already uses, and that bring a recommendation to it:
 * Kubernetes manifests, values of Falco's Helm chart, an Ansible playbook with its inventory. Each
 * is a template of templates/fleet/ with the settings filled in. Pure but for reading the
 * templates.
 */
#ifndef FT_FLEET_PLAN_H
#define FT_FLEET_PLAN_H

#include "base/error.h"
#include "base/strbuf.h"
#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>

/* What can be made; bits of plan_spec.what. */
enum plan_what { PLAN_DAEMONSET, PLAN_JOB, PLAN_HELM, PLAN_ANSIBLE, PLAN_N };
extern const char *const plan_what_names[]; /* daemonset job helm ansible, NULL-terminated */

enum plan_results { PLAN_TO_LOG, PLAN_TO_HOST, PLAN_TO_CLAIM };

/* All texts are borrowed. plan_check() says whether they are fit for their places. */
struct plan_spec {
	unsigned what; /* bits 1 << enum plan_what */
	const char *image, *namespace;
	const char *node; /* of the job; NULL: any */
	enum plan_results results;
	const char *results_at; /* folder on the host or name of the claim; NULL for the log */
	int64_t survey_ns, timeout_ns;
	double cpus;		     /* limit of a container and of an engine */
	uint64_t memory;	     /* the same, bytes */
	const char *load;	     /* of the run */
	const struct strvec *rules;  /* files of -r */
	const char *config_file;     /* of -c; NULL */
	const struct strvec *hosts;  /* Ansible's patterns; empty: an example */
	const char *batch;	     /* "10%" or a number: so many at a time */
	const char *prefix;	     /* installed tree on the control machine */
	const struct config *config; /* with the recommended settings on top */
	const struct strvec *sets;   /* these settings, "key=value" */
	const char *source;	     /* what the values come from, in words */
	bool collectors_off;	     /* the recommended case loads no plugin */
};

struct plan_file {
	char *name; /* "daemonset.yaml" */
	struct strbuf text;
};
struct plan_files {
	struct plan_file *v;
	size_t n, alloc;
};

/* ERROR_INPUT for a name that Kubernetes refuses, a folder that is not absolute, a batch that is
 * neither number nor percentage. */
int plan_check(const struct plan_spec *s, struct error *err);
/* Fill *out, to be released in any case. ERROR_INTERNAL for templates that are not there or have a
 * place without a value. */
int fleet_plan(const struct plan_spec *s, struct plan_files *out, struct error *err);
void plan_files_release(struct plan_files *f);

#endif
