/* SPDX-License-Identifier: Apache-2.0 */
#include "run/host.h"

#include "base/fs.h"
#include "base/hostname.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* What follows "KEY ... : " on the first line that begins with key, or NULL. The caller frees. */
static char *value_of(const char *proc, const char *file, const char *key)
{
	char *path cleanup_free = fs_join(proc, file);
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	size_t n = strlen(key);

	if (fs_read_file(path, &text, 0, NULL))
		return NULL;
	for (const char *p = text.buf; p && *p; p = strchr(p, '\n')) {
		const char *v;

		p += *p == '\n';
		v = p + strcspn(p, ":\n");
		if (strncmp(p, key, n) || *v != ':')
			continue;
		v++;
		v += strspn(v, " \t");
		return xstrndup(v, strcspn(v, "\n"));
	}
	return NULL;
}

void host_facts(struct results *r, const char *proc)
{
	struct utsname u;
	char *mem cleanup_free = value_of(proc, "meminfo", "MemTotal");

	r->hostname = hostname_get();
	if (!uname(&u)) {
		r->kernel = xstrdup(u.release);
		r->arch = xstrdup(u.machine);
	}
	r->cpu_model = value_of(proc, "cpuinfo", "model name");
	r->n_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	if (r->n_cpus < 1)
		r->n_cpus = RES_UNKNOWN;
	r->mem_bytes = mem ? strtoll(mem, NULL, 10) * 1024 : RES_UNKNOWN;
}

int64_t host_mem_available(const char *proc)
{
	char *kib cleanup_free = value_of(proc, "meminfo", "MemAvailable");

	return kib ? strtoll(kib, NULL, 10) * 1024 : RES_UNKNOWN;
}

void host_other_falcos(const char *proc, struct strvec *out)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	if (fs_list(proc, &names, NULL))
		return;
	for (size_t i = 0; i < names.n; i++) {
		char *path cleanup_free = xasprintf("%s/%s/comm", proc, names.v[i]);
		struct strbuf comm cleanup_strbuf = STRBUF_INIT;

		if (!isdigit((unsigned char)names.v[i][0]) || fs_read_file(path, &comm, 4096, NULL))
			continue;
		strbuf_setlen(&comm, strcspn(comm.buf, "\n"));
		if (!strcmp(comm.buf, "falco"))
			strvec_pushf(out, "%s %s", names.v[i], comm.buf);
	}
}
