/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report as a page of HTML: the skeleton in templates/report.html around a document. The page
 * loads nothing and runs no script.
 */
#ifndef FT_REPORT_PAGE_H
#define FT_REPORT_PAGE_H

#include "base/error.h"
#include "report/doc.h"

/* Appended. Error: ERROR_ENV when the skeleton is missing; nothing is appended then. */
int page_html(const char *title, const struct doc *d, struct strbuf *out, struct error *err);

#endif
