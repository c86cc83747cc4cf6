/* SPDX-License-Identifier: Apache-2.0 */
/* What a search starts from: rules, weights, event rates. */
#include "tune/search_private.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "cost/rate.h"
#include "load/profile.h"
#include "syscalls/release.h"

#include <math.h>
#include <string.h>

#define WEIGHT_MAX 1e6

double search_priority_weight(enum rule_priority p)
{
	return (double)(PRIORITY_DEBUG - p + 1);
}

static struct search_rule *find_rule(struct search_rule *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(v[i].name, name))
			return &v[i];
	return NULL;
}

static int read_weight(const struct yaml_pair *pair, struct search_rule *rules, size_t n,
		       struct error *err)
{
	const char *name;
	struct search_rule *r;

	if (yaml_read_str(pair->key, "the name of a rule", &name, err))
		return -1;
	r = find_rule(rules, n, name);
	if (!r)
		return yaml_error(pair->key, err,
				  "no rule that is evaluated is called '%s', expected the name of "
				  "one",
				  name);
	return yaml_read_double(pair->value, "the weight", 0, WEIGHT_MAX, &r->weight, err);
}

int search_read_weights(const char *file, struct search_rule *rules, size_t n, struct error *err)
{
	struct yaml_docs docs cleanup_yaml = {0};
	const struct yaml_node *root;

	if (yaml_parse_file(&docs, file, NULL, err))
		return -1;
	if (!docs.n || docs.docs[0]->kind == YAML_NULL)
		return error_at(err, file, 1, 1,
				"the file is empty, expected a mapping from rule names to weights");
	root = docs.docs[0];
	if (root->kind != YAML_MAP)
		return yaml_error(root, err, "%s, expected a mapping from rule names to weights",
				  yaml_kind_name(root));
	for (size_t i = 0; i < root->n; i++) {
		for (size_t k = 0; k < i; k++)
			if (root->pairs[i].key->value && root->pairs[k].key->value &&
			    !strcmp(root->pairs[i].key->value, root->pairs[k].key->value))
				return yaml_error(root->pairs[i].key, err,
						  "the rule '%s' is there twice",
						  root->pairs[i].key->value);
		if (read_weight(&root->pairs[i], rules, n, err))
			return -1;
	}
	return 0;
}

int search_read_rules(struct search *w, const struct search_options *o, struct error *err)
{
	const struct ruleset_options *opt;
	const struct ruleset *rs = matrix_ruleset(&w->matrix.v[0], &opt);

	if (!rs)
		return error_input(err, "the rules cannot be run: %s", w->matrix.v[0].skip);
	w->rules = xcalloc(rs->n + 1, sizeof(*w->rules));
	for (size_t i = 0; i < rs->n; i++) {
		const struct rule *r = &rs->rules[i];

		if (!rule_is_active(r, opt))
			continue;
		w->rules[w->n_rules++] =
			(struct search_rule){.name = xstrdup(r->name),
					     .priority = r->priority,
					     .weight = search_priority_weight(r->priority),
					     .scs = r->scs,
					     .given_up = SIZE_MAX};
	}
	if (!w->n_rules)
		return error_input(err, "no rule is enabled for system calls: there is nothing to "
					"search in");
	if (o->weights && search_read_weights(o->weights, w->rules, w->n_rules, err))
		return -1;
	w->input_rules = xcalloc(w->n_rules + 1, sizeof(*w->input_rules));
	w->input_weights = xcalloc(w->n_rules + 1, sizeof(*w->input_weights));
	for (size_t i = 0; i < w->n_rules; i++) {
		w->input_rules[i] = (struct select_rule){w->rules[i].name, w->rules[i].scs};
		w->input_weights[i] = w->rules[i].weight;
		w->weight += w->rules[i].weight;
	}
	w->rates = xcalloc(w->matrix.cat->n_syscalls + 1, sizeof(*w->rates));
	w->input = (struct giveup_input){.cat = w->matrix.cat,
					 .rules = w->input_rules,
					 .n = w->n_rules,
					 .weights = w->input_weights,
					 .rates = w->rates,
					 .all = w->matrix.v[0].all};
	return 0;
}

/* ---- rates ---- */

static void clear_rates(struct search *w)
{
	memset(w->rates, 0, w->matrix.cat->n_syscalls * sizeof(*w->rates));
}

/* Events a second of a call under the name that Falco prints. */
static void add_rate(struct search *w, const char *name, double per_s)
{
	size_t sc = cat_sc_by_name(w->matrix.cat, name);

	if (sc && per_s > 0)
		w->rates[sc] += per_s;
}

/* Falco's kernel side counts a connect twice (src/cost/rate.h). */
static double events_of_exits(const char *name, double per_s)
{
	return strcmp(name, "connect") ? per_s : 2 * per_s;
}

void search_rates_of_host(struct search *w, const struct host_profile *host)
{
	struct selection all = {.cat = w->matrix.cat, .final = cat_all_scs(w->matrix.cat)};
	const struct rate_set set = {.sel = &all,
				     .drop_failed_exit = w->matrix.v[0].drop_failed_exit,
				     .enter_events = release_of(w->matrix.cat)->enter_events};
	struct rate rate;

	clear_rates(w);
	rate_predict(host, &set, &rate);
	for (size_t i = 0; i < rate.n_parts; i++)
		add_rate(w, rate.parts[i].name, rate.parts[i].per_s);
	rate_release(&rate);
	w->rates_from = "the host profile";
}

int search_rates_of_profile(struct search *w, struct error *err)
{
	struct load_profile profile = {0};
	struct load_prediction p = {0};
	int rc = load_profile_read(w->matrix.v[0].load, &profile, err);

	clear_rates(w);
	if (!rc) {
		load_predict(&profile, &p);
		for (size_t i = 0; i < p.n; i++)
			add_rate(w, p.calls[i].syscall,
				 events_of_exits(p.calls[i].syscall, p.calls[i].per_s));
		load_prediction_release(&p);
		w->rates_from = "the load profile";
	}
	load_profile_release(&profile);
	return rc;
}

/* The end record among the lines of a load's report; NULL when it is not there. The caller owns
 * it. */
static json_t *end_record(const char *path)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	json_t *found = NULL;

	if (fs_read_file(path, &text, 0, NULL))
		return NULL;
	for (char *rest = text.buf, *line; (line = strsep(&rest, "\n"));) {
		json_t *doc = json_loads(line, 0, NULL);

		if (json_is_object(json_object_get(doc, "syscalls")) &&
		    json_is_number(json_object_get(doc, "elapsed_s"))) {
			json_decref(found);
			found = json_incref(doc);
		}
		json_decref(doc);
	}
	return found;
}

bool search_rates_of_run(struct search *w, const char *dir)
{
	char *path cleanup_free = fs_join(dir, "load.jsonl");
	json_t *end = end_record(path), *v;
	double s = json_number_value(json_object_get(end, "elapsed_s"));
	const char *truth = json_string_value(json_object_get(end, "truth")), *name;

	if (!(s > 0)) {
		json_decref(end);
		return false;
	}
	clear_rates(w);
	json_object_foreach(json_object_get(end, "syscalls"), name, v)
		add_rate(w, name, events_of_exits(name, json_number_value(v) / s));
	if (truth && strcmp(truth, "known"))
		strvec_push(&w->warnings,
			    "the load runs a program whose system calls are not known: the order "
			    "of the candidates leaves them out; take --host for a better one");
	w->rates_from = "what the load did in the first run";
	json_decref(end);
	return true;
}
