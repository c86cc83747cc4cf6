/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/services.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANK " \t\n"

/* IANA, Service Name and Transport Protocol Port Number Registry. */
static const struct {
	const char *name;
	uint16_t port;
} usual[] = {
	{"ftp", 21},	{"ssh", 22},	{"telnet", 23}, {"smtp", 25},
	{"domain", 53}, {"http", 80},	{"pop3", 110},	{"ntp", 123},
	{"imap2", 143}, {"ldap", 389},	{"https", 443}, {"syslog", 514},
	{"ldaps", 636}, {"imaps", 993}, {"nfs", 2049},	{"mysql", 3306},
};

/* One line of services(5): "NAME PORT/PROTOCOL [ALIAS...] [# COMMENT]". */
static bool line_has(char *line, const char *name, uint16_t *port)
{
	char *save = NULL, *word, *end;
	unsigned long n;
	bool found;

	line[strcspn(line, "#")] = '\0';
	word = strtok_r(line, BLANK, &save);
	end = strtok_r(NULL, BLANK, &save);
	if (!word || !end)
		return false;
	n = strtoul(end, &end, 10);
	if (*end != '/' || n > UINT16_MAX)
		return false;
	for (found = !strcmp(word, name); !found && (word = strtok_r(NULL, BLANK, &save));)
		found = !strcmp(word, name);
	*port = (uint16_t)n;
	return found;
}

bool service_port(const char *name, uint16_t *port)
{
	bool found = false;
	char *line = NULL;
	size_t size = 0;
	FILE *f;

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (!strcmp(name, usual[i].name)) {
			*port = usual[i].port;
			return true;
		}
	}
	f = fopen("/etc/services", "re");
	while (f && !found && getline(&line, &size, f) > 0)
		found = line_has(line, name, port);
	free(line);
	if (f)
		fclose(f);
	return found;
}
