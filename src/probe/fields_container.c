/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container.* and k8s.*: what a control group's path tells. Everything that only a container
 * runtime or Kubernetes could tell is absent: it compares false and prints <NA>, on the host as in
 * Falco, and inside a container because it is not known.
 */
#include "probe/fields_priv.h"

static const struct state_cgroup *group_of(const struct field_ctx *ctx)
{
	const struct state_thread *t = known_thread(ctx);

	return t ? t->cgroup : NULL;
}

static bool get_id(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_cgroup *g = group_of(ctx);

	(void)ref;
	return g && give_str(out, g->container);
}

static bool get_full_id(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_cgroup *g = group_of(ctx);

	(void)ref;
	return g && give_str(out, g->container_full);
}

static bool get_type(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_cgroup *g = group_of(ctx);

	(void)ref;
	return g && give_str(out, g->runtime);
}

/* Only the host's is known without the runtime. */
static bool get_name(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_cgroup *g = group_of(ctx);

	(void)ref;
	return g && !strcmp(g->container, "host") && give_str(out, "host");
}

/* From the start of the first process of the process id namespace. */
static bool get_start(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	(void)ref;
	return t && t->ns_start && give_int(out, (int64_t)t->ns_start + ctx->epoch_offset_ns);
}

static bool get_duration(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct state_thread *t = known_thread(ctx);

	(void)ref;
	return t && t->ns_start && give_int(out, (int64_t)(ctx->view->ev->ts - t->ns_start));
}

const struct field fields_container[] = {
	{"container.id", VALUE_STR, 0, 0, get_id, 0},
	{"container.full_id", VALUE_STR, 0, 0, get_full_id, 0},
	{"container.name", VALUE_STR, 0, 0, get_name, 0},
	{"container.type", VALUE_STR, 0, 0, get_type, 0},
	{"container.start_ts", VALUE_UINT, 64, 0, get_start, 0},
	{"container.duration", VALUE_UINT, 64, 0, get_duration, 0},
	{"container.cni.json", VALUE_STR, 0, 0, get_absent, 0},
	{"container.healthcheck", VALUE_STR, 0, 0, get_absent, 0},
	{"container.host_ipc", VALUE_BOOL, 0, 0, get_absent, 0},
	{"container.host_network", VALUE_BOOL, 0, 0, get_absent, 0},
	{"container.host_pid", VALUE_BOOL, 0, 0, get_absent, 0},
	{"container.image", VALUE_STR, 0, 0, get_absent, 0},
	{"container.image.digest", VALUE_STR, 0, 0, get_absent, 0},
	{"container.image.id", VALUE_STR, 0, 0, get_absent, 0},
	{"container.image.repository", VALUE_STR, 0, 0, get_absent, 0},
	{"container.image.tag", VALUE_STR, 0, 0, get_absent, 0},
	{"container.ip", VALUE_STR, 0, 0, get_absent, 0},
	{"container.label", VALUE_STR, 0, FIELD_NEEDS_ARG, get_absent, 0},
	{"container.labels", VALUE_STR, 0, 0, get_absent, 0},
	{"container.liveness_probe", VALUE_STR, 0, 0, get_absent, 0},
	{"container.mount", VALUE_STR, 0, FIELD_NEEDS_ARG, get_absent, 0},
	{"container.mount.dest", VALUE_STR, 0, FIELD_NEEDS_ARG, get_absent, 0},
	{"container.mount.mode", VALUE_STR, 0, FIELD_NEEDS_ARG, get_absent, 0},
	{"container.mount.propagation", VALUE_STR, 0, FIELD_NEEDS_ARG, get_absent, 0},
	{"container.mount.rdwr", VALUE_STR, 0, FIELD_NEEDS_ARG, get_absent, 0},
	{"container.mount.source", VALUE_STR, 0, FIELD_NEEDS_ARG, get_absent, 0},
	{"container.mounts", VALUE_STR, 0, 0, get_absent, 0},
	{"container.privileged", VALUE_BOOL, 0, 0, get_absent, 0},
	{"container.readiness_probe", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.deployment.id", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.deployment.label", VALUE_STR, 0, FIELD_NEEDS_ARG, get_absent, 0},
	{"k8s.deployment.labels", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.deployment.name", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.ns.id", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.ns.label", VALUE_STR, 0, FIELD_NEEDS_ARG, get_absent, 0},
	{"k8s.ns.labels", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.ns.name", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.pod.cni.json", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.pod.full_sandbox_id", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.pod.id", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.pod.ip", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.pod.label", VALUE_STR, 0, FIELD_NEEDS_ARG, get_absent, 0},
	{"k8s.pod.labels", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.pod.name", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.pod.sandbox_id", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.pod.uid", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.rc.id", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.rc.label", VALUE_STR, 0, FIELD_NEEDS_ARG, get_absent, 0},
	{"k8s.rc.labels", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.rc.name", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.rs.id", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.rs.label", VALUE_STR, 0, FIELD_NEEDS_ARG, get_absent, 0},
	{"k8s.rs.labels", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.rs.name", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.svc.id", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.svc.label", VALUE_STR, 0, FIELD_NEEDS_ARG, get_absent, 0},
	{"k8s.svc.labels", VALUE_STR, 0, 0, get_absent, 0},
	{"k8s.svc.name", VALUE_STR, 0, 0, get_absent, 0},
	{"proc.is_container_healthcheck", VALUE_BOOL, 0, 0, get_absent, 0},
	{"proc.is_container_liveness_probe", VALUE_BOOL, 0, 0, get_absent, 0},
	{"proc.is_container_readiness_probe", VALUE_BOOL, 0, 0, get_absent, 0},
	{NULL, VALUE_STR, 0, 0, NULL, 0},
};
