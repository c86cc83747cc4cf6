/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Service names that stand for ports in conditions (fd.sport = ssh), as services(5) has them.
 */
#ifndef FT_RULES_SERVICES_H
#define FT_RULES_SERVICES_H

#include <stdbool.h>
#include <stdint.h>

/* The port of a service name, case-sensitive; false when it is none. A few usual ones are known
 * without services(5), which a small system may lack; for the rest the host's /etc/services is
 * read, and none of its other name services. */
bool service_port(const char *name, uint16_t *port);

#endif
