/* SPDX-License-Identifier: Apache-2.0 */
/* What the host has: CPUs, memory, programs, configuration, and what else runs on it. */
#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "config/findings.h"
#include "engine/engine.h"
#include "run/case.h"
#include "run/doctor_private.h"
#include "run/host.h"
#include "run/leftovers.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRESET_MAX 10
/* Bytes of one buffer of a preset: 2^(19 + preset), from 1 MiB. */
#define PRESET_BYTES(p)	  (INT64_C(1) << (19 + (p)))
#define FALCO_PLUGINS_DIR "/usr/share/falco/plugins"

/* How many CPUs a list such as "0-3,6" of /sys names; 0: it cannot be read. */
static int count_cpus(const struct doctor_input *in, const char *which)
{
	char *file cleanup_free = xasprintf("/sys/devices/system/cpu/%s", which);
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	char *p;
	int n = 0;

	if (!doctor_read(in, file, &text))
		return 0;
	for (p = text.buf; *p >= '0' && *p <= '9'; p += *p == ',') {
		long first = strtol(p, &p, 10), last = *p == '-' ? strtol(p + 1, &p, 10) : first;

		if (last >= first && last < 1 << 20)
			n += (int)(last - first + 1);
	}
	return n;
}

static int online_cpus(const struct doctor_input *in)
{
	int n = count_cpus(in, "online");

	return n || doctor_recorded(in) ? n : (int)sysconf(_SC_NPROCESSORS_ONLN);
}

static void look_cpus(struct doctor_check *c, const struct doctor_input *in)
{
	int online = online_cpus(in), possible = count_cpus(in, "possible");

	if (!online) {
		c->status = DOCTOR_UNKNOWN;
		strbuf_addstr(&c->found, "/sys/devices/system/cpu cannot be read");
		strbuf_addstr(&c->fix, "mount /sys");
		return;
	}
	strbuf_addf(&c->found, "%d online", online);
	if (possible)
		strbuf_addf(&c->found, ", %d possible", possible);
	if (online == 1) {
		c->status = DOCTOR_WARNING;
		strbuf_addstr(&c->fix,
			      "give the host a second CPU: on one, engine and load take it "
			      "from each other, and every figure has both in it");
	}
}

/* What the buffers of each preset take, and which is the largest that leaves the rest its room. */
static void look_memory(struct doctor_check *c, const struct doctor_input *in)
{
	char *proc cleanup_free = doctor_path(in, "/proc");
	int64_t available = host_mem_available(proc), number, need;
	const char *of = "available";
	struct config_host limits;
	int largest = 0, cpus = online_cpus(in);

	config_host_read(&limits);
	if (!doctor_recorded(in) && limits.memory && (int64_t)limits.memory < available) {
		available = (int64_t)limits.memory;
		of = "allowed by the control group";
	}
	number = cpus > 0 ? case_buffer_count(in->config->kind, in->config->cpus_for_each_buffer,
					      cpus)
			  : 0;
	need = number * (int64_t)in->config->buffer_bytes;
	if (available == RES_UNKNOWN || number < 1) {
		c->status = DOCTOR_UNKNOWN;
		strbuf_addstr(&c->found, "memory or CPUs are not known");
		strbuf_addstr(&c->fix, "mount /proc and /sys");
		return;
	}
	for (int p = 1; p <= PRESET_MAX; p++)
		if (number * PRESET_BYTES(p) <= available / 4)
			largest = p;
	strbuf_addf(&c->found, "%s %s; %lld x %s of buffers (preset %d) are %s",
		    UNITS_BYTES((double)available), of, (long long)number,
		    UNITS_BYTES((double)in->config->buffer_bytes), in->config->buf_size_preset,
		    UNITS_BYTES((double)need));
	if (largest)
		strbuf_addf(&c->found, "; preset %d is the largest within a quarter of it",
			    largest);
	if (need <= available / 4)
		return;
	c->status = need > available ? DOCTOR_MISSING : DOCTOR_WARNING;
	strbuf_addf(&c->fix, "free memory, or engine.%s.buf_size_preset: %d",
		    engine_kind_names[in->config->kind], largest ? largest : 1);
}

static void look_page_size(struct doctor_check *c, const struct doctor_input *in)
{
	long size = sysconf(_SC_PAGESIZE);

	if (doctor_recorded(in)) {
		c->status = DOCTOR_UNKNOWN;
		strbuf_addstr(&c->found, "not known");
		return;
	}
	strbuf_addstr(&c->found, UNITS_BYTES((double)size));
	/* A ring buffer is a whole number of pages. */
	if (size > PRESET_BYTES(in->config->buf_size_preset)) {
		c->status = DOCTOR_WARNING;
		strbuf_addstr(&c->fix, "a larger buf_size_preset: a buffer is at least one page");
	}
}

/* An engine and what it says of itself. */
static void look_engine(struct doctor_check *c, const struct doctor_input *in)
{
	struct engine e = ENGINE_INIT;
	struct error err = ERROR_INIT;

	if (engine_find(&e, in->engine, &err) || engine_ask_version(&e, -1, &err)) {
		c->status = DOCTOR_MISSING;
		strbuf_addstr(&c->found, err.msg);
		strbuf_addstr(&c->fix, "install Falco, or falcotune with its own engine (cmake "
				       "-DFALCOTUNE_ENGINE=ON); or name one with --engine PATH");
	} else {
		strbuf_addf(&c->found, "%s: %s", e.path, e.version);
	}
	engine_release(&e);
}

static void look_falco(struct doctor_check *c, const struct doctor_input *in)
{
	char *path cleanup_free = fs_which("falco");
	struct engine e = ENGINE_INIT;
	struct error err = ERROR_INIT;

	(void)in;
	if (!path) {
		c->status = DOCTOR_MISSING;
		strbuf_addstr(&c->found, "not in PATH");
		strbuf_addstr(&c->fix,
			      "install Falco (https://falco.org/docs/setup/); until then the "
			      "embedded engine stands in, whose drop rates are a lower "
			      "bound for Falco");
	} else if (engine_find(&e, "falco", &err) || engine_ask_version(&e, -1, &err)) {
		c->status = DOCTOR_MISSING;
		strbuf_addstr(&c->found, err.msg);
		strbuf_addf(&c->fix, "%s --version must answer within 10 s", path);
	} else {
		strbuf_addf(&c->found, "%s: %s", e.path, e.version);
	}
	engine_release(&e);
}

static void look_program(struct doctor_check *c, const char *name)
{
	char *path cleanup_free = fs_sibling(name);

	if (path) {
		strbuf_addstr(&c->found, path);
		return;
	}
	c->status = DOCTOR_MISSING;
	strbuf_addf(&c->found, "no %s beside falcotune or in PATH", name);
	strbuf_addf(&c->fix, "install it with falcotune (make install, or the package)");
}

static void look_load(struct doctor_check *c, const struct doctor_input *in)
{
	(void)in;
	look_program(c, "falcotune-load");
}

static void look_survey(struct doctor_check *c, const struct doctor_input *in)
{
	(void)in;
	look_program(c, "falcotune-survey");
}

static void look_config(struct doctor_check *c, const struct doctor_input *in)
{
	const struct config *f = in->config;

	strbuf_addf(&c->found, "%s: engine %s, buf_size_preset %d", in->config_name,
		    engine_kind_names[f->kind], f->buf_size_preset);
	if (f->kind == ENGINE_MODERN_EBPF)
		strbuf_addf(&c->found, ", cpus_for_each_buffer %d", f->cpus_for_each_buffer);
	if (f->kind == ENGINE_MODERN_EBPF || f->kind == ENGINE_KMOD || f->kind == ENGINE_EBPF)
		return;
	c->status = DOCTOR_WARNING;
	strbuf_addf(&c->fix,
		    "engine.kind: modern_ebpf; with %s no system calls of this host are seen",
		    engine_kind_names[f->kind]);
}

static const char *scalar(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *n = yaml_get(map, key);

	return n && n->kind == YAML_SCALAR ? n->value : NULL;
}

/* The library of a plugin that is to be loaded, as Falco looks for it. The caller frees. */
static char *plugin_library(const struct config *c, const char *name)
{
	const struct yaml_node *n = yaml_get(c->root, "plugins");

	for (size_t i = 0; n && n->kind == YAML_SEQ && i < n->n; i++) {
		const char *found = scalar(n->items[i], "name"),
			   *library = scalar(n->items[i], "library_path");

		if (found && library && !strcmp(found, name))
			return fs_join(FALCO_PLUGINS_DIR, library);
	}
	return NULL;
}

static void look_plugins(struct doctor_check *c, const struct doctor_input *in)
{
	struct strbuf absent cleanup_strbuf = STRBUF_INIT;
	char *falco cleanup_free = fs_which("falco");

	strvec_join(&in->config->plugins_loaded, ", ", &c->found);
	if (!c->found.len)
		strbuf_addstr(&c->found, "none are to be loaded");
	for (size_t i = 0; i < in->config->plugins_loaded.n; i++) {
		char *lib cleanup_free =
			plugin_library(in->config, in->config->plugins_loaded.v[i]);
		char *path cleanup_free = lib ? doctor_path(in, lib) : NULL;

		if (path && access(path, R_OK))
			strbuf_addf(&absent, "%s%s", absent.len ? ", " : "", lib);
	}
	if (!absent.len || !falco)
		return;
	c->status = DOCTOR_WARNING;
	strbuf_addf(&c->found, "; not there: %s", absent.buf);
	strbuf_addstr(&c->fix, "falcoctl artifact install the plugins, or take them out of "
			       "load_plugins: Falco does not start without their libraries");
}

static void look_others(struct doctor_check *c, const struct doctor_input *in)
{
	char *proc cleanup_free = doctor_path(in, "/proc");
	struct strvec others cleanup_strvec = STRVEC_INIT;

	host_other_falcos(proc, &others);
	strvec_join(&others, ", ", &c->found);
	if (!others.n) {
		strbuf_addstr(&c->found, "none");
		return;
	}
	c->status = DOCTOR_WARNING;
	strbuf_addstr(&c->fix,
		      "measure without them (systemctl stop falco) where that may be: they "
		      "take CPU time from every run; falcotune leaves them alone");
}

static void look_leftovers(struct doctor_check *c, const struct doctor_input *in)
{
	struct strvec dead cleanup_strvec = STRVEC_INIT, live cleanup_strvec = STRVEC_INIT;

	if (doctor_recorded(in)) {
		c->status = DOCTOR_UNKNOWN;
		strbuf_addstr(&c->found, "not looked for");
		return;
	}
	leftovers_look(&dead, &live);
	strvec_join(&dead, ", ", &c->found);
	if (live.n) {
		strbuf_addstr(&c->found, c->found.len ? "; running now: " : "running now: ");
		strvec_join(&live, ", ", &c->found);
		strbuf_addstr(&c->fix, "wait until it has ended: two runs at a time disturb each "
				       "other");
	}
	if (!c->found.len)
		strbuf_addstr(&c->found, "none");
	if (dead.n)
		strbuf_addf(&c->fix, "%sthe next falcotune run undoes what a killed one left",
			    c->fix.len ? "; " : "");
	if (dead.n || live.n)
		c->status = DOCTOR_WARNING;
}

static void look_folder(struct doctor_check *c, const struct doctor_input *in)
{
	char *here cleanup_free = getcwd(NULL, 0);

	(void)in;
	strbuf_addstr(&c->found, here ? here : "the working folder is gone");
	if (!access(".", W_OK))
		return;
	c->status = DOCTOR_WARNING;
	strbuf_addstr(&c->found, " cannot be written");
	strbuf_addstr(&c->fix, "go to a folder that can, or name one with --out DIR");
}

const struct doctor_row doctor_host_rows[] = {
	{"cpus", "CPUs", look_cpus},
	{"memory", "memory for buffers", look_memory},
	{"page-size", "page size", look_page_size},
	{"falco", "Falco", look_falco},
	{"engine", "engine of a run", look_engine},
	{"load", "load program", look_load},
	{"survey", "program that counts", look_survey},
	{"configuration", "configuration", look_config},
	{"plugins", "plugins", look_plugins},
	{"other-falcos", "Falcos that run", look_others},
	{"leftovers", "left by killed runs", look_leftovers},
	{"results", "folder for results", look_folder},
	{0},
};
