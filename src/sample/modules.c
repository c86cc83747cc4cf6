/* SPDX-License-Identifier: Apache-2.0 */
#include "sample/modules.h"

#include "base/fs.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "engine/process.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KALLSYMS_MAX ((size_t)64 << 20)
#define MAPS_MAX     ((size_t)16 << 20)
#define AGAIN_NS     NS_PER_S

struct symbol {
	uint64_t at, size; /* size 0: up to the next one */
	char *name;
};

struct segment { /* an executable PT_LOAD */
	uint64_t offset, address, size;
};

/* A file, or the kernel. */
struct module {
	char *name;
	struct symbol *symbols; /* ascending */
	size_t n, alloc;
	struct segment *segments;
	size_t n_segments, alloc_segments;
};

struct mapping {
	uint64_t from, to, offset;
	struct module *of;
};

struct modules {
	pid_t pid;
	struct strmap by_path; /* struct module */
	struct mapping *maps;
	size_t n, alloc;
	int64_t read_at;
	struct module kernel;
};

/* ---- symbols ---- */

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	/* Of aliases the one with a size, then the first by name, whatever the table's order. */
	if (!x->size != !y->size)
		return x->size ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void add_symbol(struct module *m, uint64_t at, uint64_t size, const char *name)
{
	ALLOC_GROW(m->symbols, m->n, m->alloc);
	m->symbols[m->n++] = (struct symbol){.at = at, .size = size, .name = xstrdup(name)};
}

static void sort_symbols(struct module *m)
{
	size_t n = 0;

	if (m->n)
		qsort(m->symbols, m->n, sizeof(*m->symbols), by_address);
	for (size_t i = 0; i < m->n; i++) {
		if (n && m->symbols[n - 1].at == m->symbols[i].at)
			free(m->symbols[i].name);
		else
			m->symbols[n++] = m->symbols[i];
	}
	m->n = n;
}

static const char *find_symbol(const struct module *m, uint64_t at)
{
	size_t lo = 0, hi = m->n;
	const struct symbol *s;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->symbols[mid].at <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return NULL;
	s = &m->symbols[lo - 1];
	return !s->size || at - s->at < s->size ? s->name : NULL;
}

static void module_release(struct module *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->symbols[i].name);
	free(m->symbols);
	free(m->segments);
	free(m->name);
}

/* ---- ELF ---- */

static void read_segments(struct module *m, Elf *elf)
{
	size_t n = 0;

	if (elf_getphdrnum(elf, &n))
		return;
	for (size_t i = 0; i < n; i++) {
		GElf_Phdr h;

		if (!gelf_getphdr(elf, (int)i, &h) || h.p_type != PT_LOAD || !(h.p_flags & PF_X))
			continue;
		ALLOC_GROW(m->segments, m->n_segments, m->alloc_segments);
		m->segments[m->n_segments++] = (struct segment){
			.offset = h.p_offset, .address = h.p_vaddr, .size = h.p_filesz};
	}
}

static void read_table(struct module *m, Elf *elf, Elf_Scn *scn, const GElf_Shdr *h)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t n = data && h->sh_entsize ? (size_t)(h->sh_size / h->sh_entsize) : 0;

	for (size_t i = 0; i < n; i++) {
		GElf_Sym s;
		const char *name;
		unsigned type;

		if (!gelf_getsym(data, (int)i, &s))
			return;
		type = GELF_ST_TYPE(s.st_info);
		if ((type != STT_FUNC && type != STT_GNU_IFUNC) || s.st_shndx == SHN_UNDEF)
			continue;
		name = elf_strptr(elf, h->sh_link, s.st_name);
		if (name && *name)
			add_symbol(m, s.st_value, s.st_size, name);
	}
}

static void read_elf(struct module *m, int fd)
{
	Elf_Scn *scn = NULL;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (!elf)
		return;
	read_segments(m, elf);
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr h;

		if (gelf_getshdr(scn, &h) && (h.sh_type == SHT_SYMTAB || h.sh_type == SHT_DYNSYM))
			read_table(m, elf, scn, &h);
	}
	elf_end(elf);
	sort_symbols(m);
}

/* A file that was replaced on disk is still there as the running program. */
static int open_file(pid_t pid, const char *path)
{
	static const char gone[] = " (deleted)";
	size_t len = strlen(path);
	char *file = len > sizeof(gone) && !strcmp(path + len - sizeof(gone) + 1, gone)
			     ? xasprintf("/proc/%d/exe", (int)pid)
			     : xasprintf("/proc/%d/root%s", (int)pid, path);
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	free(file);
	return fd;
}

static struct module *module_of(struct modules *ms, const char *path)
{
	struct module *m = strmap_get(&ms->by_path, path);
	const char *slash = strrchr(path, '/');
	int fd;

	if (m)
		return m;
	m = xcalloc(1, sizeof(*m));
	m->name = xstrdup(slash ? slash + 1 : *path ? path : "[anonymous]");
	strmap_put(&ms->by_path, path, m);
	fd = *path == '/' ? open_file(ms->pid, path) : -1;
	if (fd >= 0) {
		read_elf(m, fd);
		close(fd);
	}
	return m;
}

/* ---- mappings ---- */

/* proc_pid_maps(5): from-to rwxp offset device inode path */
static void read_line(struct modules *ms, const char *line)
{
	unsigned long long from, to, offset;
	char perms[8];
	int at = 0;

	if (sscanf(line, "%llx-%llx %7s %llx %*s %*s %n", &from, &to, perms, &offset, &at) < 4 ||
	    !strchr(perms, 'x'))
		return;
	ALLOC_GROW(ms->maps, ms->n, ms->alloc);
	ms->maps[ms->n++] = (struct mapping){
		.from = from, .to = to, .offset = offset, .of = module_of(ms, line + at)};
}

static void read_maps(struct modules *ms)
{
	char *path cleanup_free = xasprintf("/proc/%d/maps", (int)ms->pid), *save = NULL;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	ms->read_at = clock_mono();
	if (fs_read_file(path, &text, MAPS_MAX, NULL))
		return; /* it has ended: what was known stays */
	ms->n = 0;
	for (char *l = strtok_r(text.buf, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		read_line(ms, l);
}

static const struct mapping *find_mapping(const struct modules *ms, uint64_t address)
{
	for (size_t i = 0; i < ms->n; i++)
		if (address >= ms->maps[i].from && address < ms->maps[i].to)
			return &ms->maps[i];
	return NULL;
}

bool modules_find(struct modules *ms, uint64_t address, struct place *out)
{
	const struct mapping *map = find_mapping(ms, address);
	uint64_t at;

	*out = (struct place){.module = "[unknown]"};
	if (!map && clock_mono() - ms->read_at > AGAIN_NS) {
		read_maps(ms);
		map = find_mapping(ms, address);
	}
	if (!map)
		return false;
	out->module = map->of->name;
	at = address - map->from + map->offset;
	for (size_t i = 0; i < map->of->n_segments; i++) {
		const struct segment *s = &map->of->segments[i];

		if (at >= s->offset && at - s->offset < s->size)
			out->symbol = find_symbol(map->of, at - s->offset + s->address);
	}
	return true;
}

/* ---- the kernel ---- */

/* proc(5): address type name [module] */
static void read_kallsyms(struct module *m)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	char *save = NULL;

	m->name = xstrdup("[kernel]");
	if (fs_read_file("/proc/kallsyms", &text, KALLSYMS_MAX, NULL))
		return;
	for (char *l = strtok_r(text.buf, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		char *end, *name;
		uint64_t at = strtoull(l, &end, 16);

		/* All zero: kernel.kptr_restrict. */
		if (!at || *end != ' ' || !strchr("tTwW", end[1]) || end[2] != ' ')
			continue;
		name = end + 3;
		name[strcspn(name, "\t ")] = '\0';
		add_symbol(m, at, 0, name);
	}
	sort_symbols(m);
}

void modules_find_kernel(struct modules *ms, uint64_t address, struct place *out)
{
	*out = (struct place){.module = ms->kernel.name,
			      .symbol = find_symbol(&ms->kernel, address)};
}

bool modules_kernel_known(const struct modules *ms)
{
	return ms->kernel.n > 0;
}

/* ---- the whole ---- */

struct modules *modules_open(pid_t pid)
{
	struct modules *ms = xcalloc(1, sizeof(*ms));

	ms->pid = pid;
	read_maps(ms);
	read_kallsyms(&ms->kernel);
	return ms;
}

void modules_close(struct modules *ms)
{
	if (!ms)
		return;
	strmap_for_each (it, &ms->by_path) {
		module_release(it->value);
		free(it->value);
	}
	strmap_release(&ms->by_path);
	module_release(&ms->kernel);
	free(ms->maps);
	free(ms);
}
