/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this host is called.
 */
#ifndef FT_BASE_HOSTNAME_H
#define FT_BASE_HOSTNAME_H

/* $FALCO_HOSTNAME where it is set, which is how Falco itself is told a node's name inside a
 * container, else the kernel's. The caller frees. */
char *hostname_get(void);

#endif
