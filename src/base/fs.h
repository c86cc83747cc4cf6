/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files, folders and where the program's own files are.
 */
#ifndef FT_BASE_FS_H
#define FT_BASE_FS_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Read a whole file ("-" is stdin) into out (appended). More than max bytes, a folder or an
 * unreadable file is ERROR_INPUT naming the path. max 0: no limit. */
int fs_read_file(const char *path, struct strbuf *out, size_t max, struct error *err);
/* Write atomically (temporary file beside it, fsync, rename) with that mode; through a link, to the
 * file that it names. What is no file (/dev/stdout, /dev/null, a pipe) is written into. ERROR_ENV
 * naming the path. */
int fs_write_file(const char *path, const void *data, size_t len, mode_t mode, struct error *err);
/* mkdir -p with mode 0755. */
int fs_mkdirs(const char *path, struct error *err);
/* rm -r; missing is fine; never crosses into other mounts or follows symlinks. */
int fs_remove_tree(const char *path, struct error *err);
bool fs_exists(const char *path);
bool fs_is_dir(const char *path);
/* First word of a small /proc or /sys file as a number; false when it cannot be read. */
bool fs_read_u64(const char *path, uint64_t *out);
/* Names in a folder without . and .., sorted bytewise, appended to out. */
int fs_list(const char *dir, struct strvec *out, struct error *err);
/* Paths (dir joined with the name) of the regular files in a folder, symbolic links to such too,
 * sorted bytewise by name, appended to out. */
int fs_list_files(const char *dir, struct strvec *out, struct error *err);
/* "a/b": base + "/" + rest; rest alone when it is absolute. The caller frees. */
char *fs_join(const char *base, const char *rest);
/* It, seen from the working directory where it is relative (as it is, when that is gone). The
 * caller frees. */
char *fs_absolute(const char *path);
/* Folder part of a path ("." when none). The caller frees. */
char *fs_dirname(const char *path);
/* The executable `name` in PATH, or NULL. The caller frees. */
char *fs_which(const char *name);

/* A file or folder that ships with the program, such as "testcases/open.yaml": looked for under
 * $FALCOTUNE_DATADIR, ../share/falcotune beside the executable, the source tree when running from
 * its build tree, the installed place. NULL when nowhere. The caller frees. */
char *fs_data_path(const char *rel);
/* A sibling executable (falcotune-engine, falcotune-load): beside the running executable, else in
 * PATH; NULL when nowhere. The caller frees. */
char *fs_sibling(const char *name);

#endif
