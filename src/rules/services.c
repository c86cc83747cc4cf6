/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/services.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stddef.h>
#include <string.h>

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

bool service_port(const char *name, uint16_t *port)
{
	struct servent *host;

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (!strcmp(name, usual[i].name)) {
			*port = usual[i].port;
			return true;
		}
	}
	host = getservbyname(name, NULL);
	if (!host)
		return false;
	*port = ntohs((uint16_t)host->s_port);
	return true;
}
