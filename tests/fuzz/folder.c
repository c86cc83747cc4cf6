/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void remove_folder(void)
{
	struct error err = ERROR_INIT;

	fs_remove_tree(folder, &err);
}

const char *fuzz_folder(void)
{
	if (*folder)
		return folder;
	snprintf(folder, sizeof(folder), "%s/falcotune-fuzz.XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	if (!mkdtemp(folder) || chdir(folder)) {
		fprintf(stderr, "fuzz: %s: %s\n", folder, strerror(errno));
		_exit(3);
	}
	atexit(remove_folder);
	return folder;
}

void fuzz_write(const char *name, const char *text, size_t len)
{
	int dir = open(fuzz_folder(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len) {
		fprintf(stderr, "fuzz: %s/%s: %s\n", folder, name, strerror(errno));
		_exit(3);
	}
	close(fd);
	close(dir);
}
