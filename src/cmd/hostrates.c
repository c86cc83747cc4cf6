/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/hostrates.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

int hostrates_prepare(struct hostrates *h, const struct matrix_input *in,
		      const struct catalogue *cat, bool own, struct cmd_ctx *ctx, struct error *err)
{
	const struct predict_input from = {
		.cat = cat, .config_file = in->config, .sets = in->sets, .rules = in->rules};
	int rc;

	if (matrix_build(&h->matrix, in, err))
		return -1;
	h->has_matrix = true;
	h->has_own = own;
	rc = own ? predict(&h->own, &from, ctx, err) : 0;
	for (size_t i = 0; i < h->matrix.warnings.n; i++) {
		const char *text = h->matrix.warnings.v[i];

		if (!strvec_has(&h->own.from.config.warnings, text)) /* predict() says these */
			log_print(&ctx->log, LOG_WARNING, "%s", text);
	}
	return rc;
}

static struct rate_row *add_row(struct hostrates *h, const struct host_profile *host,
				const char *key, const char *title, const struct rate_set *set)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	struct rate_row *row = &h->table.v[h->table.n++];

	cat_scs_to_names(set->sel->cat, set->sel->final, &names);
	*row = (struct rate_row){.key = key, .title = title, .set_size = names.n, .set = *set};
	rate_predict(host, set, &row->rate);
	return row;
}

void hostrates_fill(struct hostrates *h, const struct host_profile *host)
{
	const struct matrix *m = &h->matrix;
	bool enter = release_of(m->cat)->enter_events;

	h->table = (struct rate_table){
		.v = xcalloc(m->n + 1, sizeof(*h->table.v)),
		.falco = m->cat->falco,
		.n_cpus = host->n_cpus > 0 ? (double)host->n_cpus : (double)NAN,
	};
	h->inputs = xcalloc(m->n + 1, sizeof(*h->inputs));
	if (h->has_own) {
		const struct rate_set set = {.sel = &h->own.sel,
					     .in = &h->own.in,
					     .drop_failed_exit = m->config.drop_failed_exit,
					     .enter_events = enter};

		add_row(h, host, "(as configured)", "Your rules and configuration as they are",
			&set)
			->own = true;
	}
	for (size_t i = 0; i < m->n; i++) {
		const struct matrix_case *c = &m->v[i];
		const struct rate_set set = {.sel = &c->sel,
					     .in = &h->inputs[i],
					     .drop_failed_exit = c->drop_failed_exit,
					     .enter_events = enter};

		if (matrix_select_input(m, c, &h->inputs[i]))
			add_row(h, host, c->tc->key, c->tc->title, &set);
	}
}

void hostrates_release(struct hostrates *h)
{
	rate_table_release(&h->table);
	free(h->inputs);
	if (h->has_matrix)
		matrix_release(&h->matrix);
	prediction_release(&h->own);
}
