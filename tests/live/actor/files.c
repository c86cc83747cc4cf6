/* SPDX-License-Identifier: Apache-2.0 */
/* Words about files. */
#include "actor.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int opened(const char *path, int flags, mode_t mode)
{
	int fd = open(path, flags, mode);

	return fd < 0 ? -1 : close(fd);
}

static int do_read(struct actor *a, char **args)
{
	(void)a;
	return opened(args[0], O_RDONLY, 0);
}

static int do_read_gone(struct actor *a, char **args)
{
	(void)a;
	return opened(args[0], O_RDONLY, 0) < 0 ? 0 : -1;
}

static int do_write(struct actor *a, char **args)
{
	(void)a;
	return opened(args[0], O_WRONLY | O_CREAT, 0600);
}

static int do_append(struct actor *a, char **args)
{
	(void)a;
	return opened(args[0], O_WRONLY | O_APPEND, 0);
}

static int do_truncate(struct actor *a, char **args)
{
	(void)a;
	return opened(args[0], O_WRONLY | O_CREAT | O_TRUNC, 0600);
}

static int do_program(struct actor *a, char **args)
{
	(void)a;
	return opened(args[0], O_WRONLY | O_CREAT, 0755);
}

static int do_mkdir(struct actor *a, char **args)
{
	(void)a;
	return mkdir(args[0], 0700);
}

static int do_unlink(struct actor *a, char **args)
{
	(void)a;
	return unlink(args[0]);
}

static int do_rename(struct actor *a, char **args)
{
	(void)a;
	return rename(args[0], args[1]);
}

static int do_symlink(struct actor *a, char **args)
{
	(void)a;
	return symlink(args[0], args[1]);
}

static int do_link(struct actor *a, char **args)
{
	(void)a;
	return link(args[0], args[1]);
}

static int do_chmod(struct actor *a, char **args)
{
	(void)a;
	return chmod(args[1], (mode_t)strtoul(args[0], NULL, 8));
}

static int do_cd(struct actor *a, char **args)
{
	(void)a;
	return chdir(args[0]);
}

static int do_chroot(struct actor *a, char **args)
{
	(void)a;
	return chroot(args[0]) ? -1 : chdir("/");
}

const struct word file_words[] = {
	{"read", 1, do_read},	    {"read-gone", 1, do_read_gone}, {"write", 1, do_write},
	{"append", 1, do_append},   {"truncate", 1, do_truncate},   {"program", 1, do_program},
	{"mkdir", 1, do_mkdir},	    {"unlink", 1, do_unlink},	    {"rename", 2, do_rename},
	{"symlink", 2, do_symlink}, {"link", 2, do_link},	    {"chmod", 2, do_chmod},
	{"cd", 1, do_cd},	    {"chroot", 1, do_chroot},	    {NULL, 0, NULL},
};
