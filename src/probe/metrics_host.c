/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/metrics.h"

#include "base/fs.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_alg.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000LL

/* --- digests ---------------------------------------------------------------------------------- */

static int alg_open(void)
{
	struct sockaddr_alg addr = {
		.salg_family = AF_ALG, .salg_type = "hash", .salg_name = "sha256"};
	int alg = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), op;

	if (alg < 0)
		return -1;
	if (bind(alg, (struct sockaddr *)&addr, sizeof(addr))) {
		close(alg);
		return -1;
	}
	op = accept4(alg, NULL, NULL, SOCK_CLOEXEC);
	close(alg);
	return op;
}

/* SHA-256 of a file by the kernel's crypto interface; false where the kernel has none, the field is
 * then left out. */
static bool file_sha256(const char *path, char hex[65])
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	struct error err = ERROR_INIT;
	unsigned char digest[32];
	cleanup_close int op = -1;
	size_t at = 0;

	if (fs_read_file(path, &text, 0, &err) || (op = alg_open()) < 0)
		return false;
	do {
		ssize_t n = send(op, text.buf + at, text.len - at, MSG_MORE);

		if (n < 0)
			return false;
		at += (size_t)n;
	} while (at < text.len);
	if (send(op, NULL, 0, 0) < 0 || read(op, digest, sizeof(digest)) != sizeof(digest))
		return false;
	for (size_t i = 0; i < sizeof(digest); i++)
		sprintf(hex + 2 * i, "%02x", digest[i]);
	return true;
}

static void add_digests(json_t *o, const char *prefix, const struct strvec *files)
{
	for (size_t i = 0; i < files->n; i++) {
		const char *slash = strrchr(files->v[i], '/');
		cleanup_free char *suffix = metrics_name(slash ? slash + 1 : files->v[i]);
		cleanup_free char *name = xasprintf("%s.%s", prefix, suffix);
		char hex[65];

		if (file_sha256(files->v[i], hex))
			json_object_set_new(o, name, json_string(hex));
	}
}

/* --- what does not change --------------------------------------------------------------------- */

static uint64_t boot_epoch_ns(void)
{
	struct timespec real, boot;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	/* Whole seconds, as Falco has it. */
	return (uint64_t)(real.tv_sec - boot.tv_sec) * NS_PER_S;
}

void metrics_add_static(json_t *o, const struct metrics_sources *src)
{
	char host[256] = "";
	struct utsname un;

	gethostname(host, sizeof(host) - 1);
	json_object_set_new(o, "evt.hostname", json_string(host));
	json_object_set_new(o, "evt.source", json_string("syscall"));
	json_object_set_new(o, "falco.version", json_string("falcotune-engine " FALCOTUNE_VERSION));
	json_object_set_new(o, "falco.start_ts", json_integer(src->start_epoch_ns));
	json_object_set_new(o, "falco.reload_ts", json_integer(src->start_epoch_ns));
	if (uname(&un) == 0)
		json_object_set_new(o, "falco.kernel_release", json_string(un.release));
	json_object_set_new(o, "falco.host_boot_ts", json_integer((json_int_t)boot_epoch_ns()));
	json_object_set_new(o, "falco.host_num_cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
	json_object_set_new(o, "scap.engine_name",
			    json_string(src->capture ? "falcotune_bpf" : "falcotune_replay"));
	if (src->rules_files)
		add_digests(o, "falco.sha256_rules_file", src->rules_files);
	add_digests(o, "falco.sha256_config_file", &src->config->files);
}

/* --- resources -------------------------------------------------------------------------------- */

/* The number after a key at the start of a line of a /proc file ("MemTotal:"), 0 when absent. */
static uint64_t number_after(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, n))
			return strtoull(line + n, NULL, 10);
	}
	return 0;
}

static bool read_proc(const char *path, struct strbuf *sb)
{
	struct error err = ERROR_INIT;

	strbuf_setlen(sb, 0);
	return fs_read_file(path, sb, 0, &err) == 0;
}

/* Falco prints MB with one decimal, or KB without (convert_memory_to_mb: false). */
static void add_memory(json_t *o, const struct metrics_sources *src, const char *name, uint64_t kb)
{
	const struct yaml_node *unit =
		yaml_get(yaml_get(src->config->root, "metrics"), "convert_memory_to_mb");
	bool mb = true;
	char full[64];

	if (unit && unit->kind == YAML_SCALAR)
		yaml_to_bool(unit->value, &mb);
	snprintf(full, sizeof(full), "falco.%s_%s", name, mb ? "mb" : "kb");
	if (mb)
		json_object_set_new(o, full, json_real(round((double)kb / 1024 * 10) / 10));
	else
		json_object_set_new(o, full, json_integer((json_int_t)kb));
}

static void add_own_memory(json_t *o, const struct metrics_sources *src, struct strbuf *sb)
{
	if (read_proc("/proc/self/status", sb)) {
		add_memory(o, src, "memory_rss", number_after(sb->buf, "VmRSS:"));
		add_memory(o, src, "memory_vsz", number_after(sb->buf, "VmSize:"));
	}
	if (read_proc("/proc/self/smaps_rollup", sb))
		add_memory(o, src, "memory_pss", number_after(sb->buf, "Pss:"));
}

static void add_host(json_t *o, const struct metrics_sources *src, struct strbuf *sb)
{
	uint64_t v[8] = {0}, total = 0;
	const char *at;
	char *end;

	if (read_proc("/proc/meminfo", sb))
		add_memory(o, src, "host_memory_used",
			   number_after(sb->buf, "MemTotal:") - number_after(sb->buf, "MemFree:") -
				   number_after(sb->buf, "Buffers:") -
				   number_after(sb->buf, "Cached:"));
	if (read_proc("/proc/sys/fs/file-nr", sb))
		json_object_set_new(o, "falco.host_open_fds",
				    json_integer((json_int_t)strtoull(sb->buf, NULL, 10)));
	if (!read_proc("/proc/stat", sb))
		return;
	json_object_set_new(o, "falco.host_procs_running",
			    json_integer((json_int_t)number_after(sb->buf, "procs_running")));
	/* cpu user nice system idle iowait irq softirq steal, since boot */
	at = sb->buf + strcspn(sb->buf, " ");
	for (size_t i = 0; i < ARRAY_SIZE(v); i++, at = end) {
		v[i] = strtoull(at, &end, 10);
		total += v[i];
	}
	if (total)
		json_object_set_new(
			o, "falco.host_cpu_usage_perc",
			json_real(round(1000.0 * (double)(total - v[3] - v[4]) / (double)total) /
				  10));
}

void metrics_add_resources(json_t *o, const struct metrics_sources *src, int64_t start_mono_ns,
			   int64_t now_ns)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	struct rusage ru;
	double cpu, wall = (double)(now_ns - start_mono_ns) / 1e9;

	getrusage(RUSAGE_SELF, &ru);
	cpu = (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	      (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
	/* Since the start, as in Falco: take differences of /proc/PID/stat for an interval. */
	json_object_set_new(o, "falco.cpu_usage_perc",
			    json_real(wall > 0 ? round(1000 * cpu / wall) / 10 : 0));
	add_own_memory(o, src, &sb);
	add_host(o, src, &sb);
}
