/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups and the container that a group's path names: the forms of Falco's container plugin
 * (docker, containerd, CRI-O, podman, lxc, libvirt, bpm).
 */
#include "base/mem.h"
#include "probe/state_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_DIGITS 64 /* of a full container id */
#define ID_SHORT  12 /* what container.id shows of it */

/* An id of 64 hexadecimal digits between the last occurrence of prefix and the suffix, which ends
 * the path. In the order of the plugin: a later form is only asked when no earlier one fits. */
static const struct {
	const char *prefix, *suffix, *runtime;
} forms[] = {
	{"/libpod-", ".scope", "podman"},
	{"/libpod-", ".scope/container", "podman"},
	{"/libpod-", "", "podman"},
	{"/libpod-payload-", ".scope", "podman"},
	{"/libpod-payload-", ".scope/container", "podman"},
	{"/libpod-payload-", "", "podman"},
	{"/docker-", ".scope", "docker"},
	{"/crio-", "", "cri-o"},
	{"/cri-containerd-", ".scope", "containerd"},
	{"/crio-", ".scope", "cri-o"},
	{":cri-containerd:", "", "containerd"},
	{"/nerdctl-", ".scope", "containerd"},
	{"/docker/", "", "docker"},
	{"/", "", "containerd"}, /* also docker without systemd below its own parent */
};

static const char *const lxc_prefixes[] = {"/lxc/", "/lxc.payload/", "/lxc.payload."};

static bool by_form(struct state_cgroup *g, size_t form)
{
	size_t len = strlen(g->path), suffix = strlen(forms[form].suffix);
	size_t prefix = strlen(forms[form].prefix);
	const char *id;

	if (len < prefix + ID_DIGITS + suffix)
		return false;
	id = g->path + len - suffix - ID_DIGITS;
	if (strcmp(id + ID_DIGITS, forms[form].suffix) != 0 ||
	    memcmp(id - prefix, forms[form].prefix, prefix) != 0)
		return false;
	for (size_t i = 0; i < ID_DIGITS; i++)
		if (!isxdigit((unsigned char)id[i]))
			return false;
	snprintf(g->container, sizeof(g->container), "%.*s", ID_SHORT, id);
	snprintf(g->container_full, sizeof(g->container_full), "%.*s", ID_DIGITS, id);
	g->runtime = forms[form].runtime;
	return true;
}

static void name_it(struct state_cgroup *g, const char *id, size_t len, const char *runtime)
{
	snprintf(g->container, sizeof(g->container), "%.*s", (int)len, id);
	snprintf(g->container_full, sizeof(g->container_full), "%.*s", (int)len, id);
	g->runtime = runtime;
}

static bool by_name(struct state_cgroup *g)
{
	const char *at, *end;

	for (size_t i = 0; i < ARRAY_SIZE(lxc_prefixes); i++) {
		at = strstr(g->path, lxc_prefixes[i]);
		if (!at)
			continue;
		at += strlen(lxc_prefixes[i]);
		name_it(g, at, strcspn(at, "/"), "lxc");
		return *at != '\0';
	}
	at = strstr(g->path, "/libvirt/lxc/");
	if (at) {
		name_it(g, at + 13, strlen(at + 13), "libvirt-lxc");
		return true;
	}
	at = strstr(g->path, "-lxc\\x2d");
	end = at ? strstr(at, ".scope") : NULL;
	if (end) {
		name_it(g, at + 8, (size_t)(end - at) - 8, "libvirt-lxc");
		return true;
	}
	at = strstr(g->path, "/bpm-");
	end = at ? strstr(at, ".scope") : NULL;
	if (end) {
		name_it(g, at + 5, (size_t)(end - at) - 5, "bpm");
		return true;
	}
	return false;
}

static void find_container(struct state_cgroup *g)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (by_form(g, i))
			return;
	if (!by_name(g))
		name_it(g, "host", 4, "host");
}

struct state_cgroup *cgroup_get(struct state *st, const char *path)
{
	struct state_cgroup *g = st->last_cgroup;

	if (!g || strcmp(g->path, path) != 0) {
		cgroup_unref(g);
		g = xcalloc(1, sizeof(*g));
		g->refs = 1; /* st's */
		g->path = xstrdup(path);
		find_container(g);
		st->last_cgroup = g;
	}
	g->refs++;
	return g;
}

void cgroup_unref(struct state_cgroup *group)
{
	if (!group || --group->refs)
		return;
	free(group->path);
	free(group);
}

void thread_set_cgroup(struct state_thread *t, struct state_cgroup *group)
{
	cgroup_unref(t->cgroup);
	t->cgroup = group;
}
