/* SPDX-License-Identifier: Apache-2.0 */
/* What a run of falcotune profile needs, from its options. */
#include "cmd/profile.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "config/overlay.h"
#include "load/profile.h"
#include "run/live.h"

#include <string.h>
#include <unistd.h>

#define SHORT_NS (5 * NS_PER_S)

void profile_setup_release(struct profile_setup *t)
{
	prediction_release(&t->rules);
	engine_release(&t->engine);
	strvec_release(&t->files);
	strvec_release(&t->set);
	strbuf_release(&t->falco_yaml);
	strbuf_release(&t->what);
	free(t->load_exe);
	free(t->events);
	free(t->record);
}

/* The user's configuration, with its outputs in the run's folder. */
static int read_rules(struct cmd_ctx *ctx, const struct profile_args *a, struct profile_setup *t,
		      struct error *err)
{
	const char *release = a->knock_out ? t->engine.release : NULL;
	const struct catalogue *own = release ? catalogue_find(release) : NULL;
	const struct predict_input in = {.cat = own ? own : catalogue_find(NULL),
					 .config_file = a->m.o.config,
					 .sets = &a->m.sets,
					 .rules = &a->m.rules};
	struct overlay over = OVERLAY_INIT;

	if (predict(&t->rules, &in, ctx, err))
		return -1;
	for (size_t i = 0; i < t->rules.from.files.n; i++) {
		if (!strcmp(t->rules.from.files.v[i], "-"))
			return error_input(err, "option -r: the engine reads rules by itself, "
						"expected a file in place of standard input");
		strvec_take(&t->files, fs_absolute(t->rules.from.files.v[i]));
	}
	cat_scs_to_names(in.cat, t->rules.sel.final, &t->set);
	/* A short window begins and ends at snapshots. */
	if (a->knock_out && a->m.o.duration_ns < SHORT_NS)
		over.metrics_interval = "250ms";
	over.metrics_file = LIVE_METRICS_FILE;
	over.alerts_file = LIVE_ALERTS_FILE;
	return overlay_render(&t->rules.from.config, &over, &t->falco_yaml, err);
}

int profile_read_load(const struct profile_args *a, struct profile_setup *t, struct error *err)
{
	struct load_profile profile cleanup_load_profile = {0};
	const char *load = a->m.o.load;

	if (a->pid)
		strbuf_addf(&t->what, "processes %s in ", a->pid);
	if (a->events) {
		strbuf_addstr(&t->what, "a recording");
		return 0;
	}
	if (!load) {
		strbuf_addf(&t->what, "this host as it is, for %s",
			    UNITS_DURATION((double)a->m.o.duration_ns));
		return 0;
	}
	if (load_profile_read(load, &profile, err))
		return -1;
	strbuf_addf(&t->what, "the load %s, for %s after %s of warm-up", profile.id,
		    UNITS_DURATION((double)a->m.o.duration_ns),
		    UNITS_DURATION((double)a->m.o.warmup_ns));
	t->load_exe = fs_sibling("falcotune-load");
	return t->load_exe ? 0 : error_env(err, "falcotune-load is not beside falcotune");
}

int profile_find_engine(const struct profile_args *a, struct profile_setup *t, struct error *err)
{
	if (engine_find(&t->engine, a->m.o.engine, err))
		return -1;
	if (a->m.print_commands)
		return 0;
	if (engine_ask_version(&t->engine, a->m.o.wake_fd, err))
		return -1;
	if (!t->engine.embedded && !a->knock_out && !a->calibrate)
		return error_input(err,
				   "option --engine: %s is not falcotune-engine, the only engine "
				   "that writes a profile; --knock-out and --calibrate measure any",
				   t->engine.path);
	return 0;
}

int profile_check_files(const struct profile_args *a, struct error *err)
{
	const char *outs[] = {a->record, a->folded, a->dot, a->calibrate};

	if (a->events && access(a->events, R_OK))
		return error_input(err,
				   "%s: cannot be read, expected a recording of "
				   "falcotune-engine",
				   a->events);
	/* Better now than after the run. */
	for (size_t i = 0; i < ARRAY_SIZE(outs); i++) {
		char *dir cleanup_free = outs[i] ? fs_dirname(outs[i]) : NULL;

		if (dir && (access(dir, W_OK) || fs_is_dir(outs[i])))
			return error_env(err, "%s: cannot be written", outs[i]);
	}
	return 0;
}

int profile_set_up(struct cmd_ctx *ctx, const struct profile_args *a, struct profile_setup *t,
		   struct error *err)
{
	if (read_rules(ctx, a, t, err) || profile_read_load(a, t, err))
		return -1;
	t->events = a->events ? fs_absolute(a->events) : NULL;
	t->record = a->record ? fs_absolute(a->record) : NULL;
	t->p = (struct profiling){
		.engine = &t->engine,
		.rules = &t->files,
		.falco_yaml = t->falco_yaml.buf,
		.set = &t->set,
		.dir = a->m.dir,
		.events = t->events,
		.record = t->record,
		.pids = a->pid,
		.rules_only = a->detail == PROFILE_DETAIL_RULES,
		.load_exe = t->load_exe,
		.load = a->m.o.load,
		.duration_ns = a->m.o.duration_ns,
		.warmup_ns = a->m.o.load ? a->m.o.warmup_ns : 0,
		.timeout_ns = a->m.o.timeout_ns,
		.n_cpus = sysconf(_SC_NPROCESSORS_ONLN),
		.runs = (int)a->runs,
	};
	return 0;
}
