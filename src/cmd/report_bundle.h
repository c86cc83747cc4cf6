/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FT_CMD_REPORT_BUNDLE_H
#define FT_CMD_REPORT_BUNDLE_H

#include "cmd/cmd.h"

/* Pack results into a new tar file, which is for this user alone (mode 0600). names: this many
 * operands. */
int report_bundle(struct cmd_ctx *ctx, const char *file, bool anonymise, char **results, int n,
		  struct error *err);

#endif
