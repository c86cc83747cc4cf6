/* SPDX-License-Identifier: Apache-2.0 */
/* The machine formats of the report on a fleet. */
#include "base/jvalue.h"
#include "base/utf8.h"
#include "report/emit.h"
#include "report/escape.h"
#include "report/fleet.h"

#include <math.h>

static void set(json_t *o, const char *key, json_t *v)
{
	json_object_set_new(o, key, v);
}

static json_t *tails_json(const struct fleet_tail *tails)
{
	json_t *o = json_object();

	for (int m = 0; m < FLEET_MEASURES; m++) {
		const struct fleet_tail *t = &tails[m];
		json_t *x = json_object();

		set(x, "hosts", json_integer((json_int_t)t->n));
		set(x, "p50", jvalue_real(t->p50));
		set(x, "p99", jvalue_real(t->p99));
		set(x, "p999", jvalue_real(t->p999));
		set(x, "p999_hosts", json_integer((json_int_t)t->p999_hosts));
		set(x, "max", jvalue_real(t->max));
		set(o, fleet_measure_keys[m], x);
	}
	return o;
}

static json_t *class_json(const struct fleet_report *r, size_t i)
{
	const struct fleet_class *c = &r->summary->classes[i];
	json_t *o = json_object();

	set(o, "class", json_integer((json_int_t)i + 1));
	set(o, "n_cpus", jvalue_whole(c->n_cpus));
	set(o, "driver", utf8_json(c->driver));
	set(o, "kernel", utf8_json(c->kernel));
	set(o, "band", utf8_json(fleet_band_names[c->band]));
	set(o, "hosts", json_integer((json_int_t)c->n));
	set(o, "drop", json_integer((json_int_t)c->n_drop));
	set(o, "unjudged", json_integer((json_int_t)c->n_unjudged));
	set(o, "version", utf8_json(c->version));
	set(o, "tails", tails_json(c->tails));
	set(o, "settings", utf8_json_list(&c->settings));
	set(o, "covered", json_integer((json_int_t)c->n_covered));
	set(o, "no_setting", json_integer((json_int_t)c->n_other));
	set(o, "measured", json_integer((json_int_t)c->n_measured));
	set(o, "agreed", json_integer((json_int_t)c->n_agreed));
	set(o, "flags", utf8_json(r->spellings[i].flags));
	set(o, "helm", utf8_json(r->spellings[i].helm));
	return o;
}

static json_t *drop_json(const struct fleet_summary *s, size_t host)
{
	const struct fleet_host *h = &s->fleet->hosts[host];
	json_t *o = json_object();

	set(o, "host", utf8_json(h->name));
	set(o, "class", json_integer((json_int_t)s->class_of[host] + 1));
	set(o, "drop_rate", jvalue_real(h->drop_rate));
	set(o, "worst_drop_rate", jvalue_real(h->worst_drop_rate));
	set(o, "drops", jvalue_whole(h->drops));
	set(o, "evts", jvalue_whole(h->evts));
	set(o, "verdict", utf8_json(h->verdict));
	set(o, "next_step", utf8_json(h->next_step));
	set(o, "evidence", utf8_json_list(&h->evidence));
	set(o, "change", utf8_json_list(&h->change));
	set(o, "file", utf8_json(h->file));
	return o;
}

static json_t *deviant_json(const struct fleet_summary *s, const struct fleet_deviant *x)
{
	json_t *o = json_object();

	set(o, "host", utf8_json(s->fleet->hosts[x->host].name));
	set(o, "class", json_integer((json_int_t)x->class + 1));
	set(o, "why", utf8_json(x->why));
	return o;
}

static json_t *broken_json(const struct take_broken *b)
{
	json_t *o = json_object();

	set(o, "file", utf8_json(b->file));
	set(o, "lines", json_integer(b->lines));
	set(o, "why", utf8_json(b->why));
	return o;
}

json_t *fleet_report_json(const void *it)
{
	const struct fleet_report *r = it;
	const struct fleet_summary *s = r->summary;
	const struct fleet *f = s->fleet;
	json_t *o = json_object(), *classes = json_array(), *drops = json_array(),
	       *deviants = json_array(), *broken = json_array();

	set(o, "schema", json_integer(1));
	set(o, "source", utf8_json(r->source));
	set(o, "hosts", json_integer((json_int_t)f->n));
	set(o, "files", json_integer((json_int_t)f->files));
	set(o, "bytes", json_integer((json_int_t)f->bytes));
	set(o, "samples", json_integer((json_int_t)f->samples));
	set(o, "drop_limit", jvalue_real(f->drop_limit));
	set(o, "tails", tails_json(s->tails));
	for (size_t i = 0; i < s->n_classes; i++)
		json_array_append_new(classes, class_json(r, i));
	for (size_t i = 0; i < s->n_drops; i++)
		json_array_append_new(drops, drop_json(s, s->drops[i]));
	for (size_t i = 0; i < s->n_deviants; i++)
		json_array_append_new(deviants, deviant_json(s, &s->deviants[i]));
	for (size_t i = 0; i < f->n_broken; i++)
		json_array_append_new(broken, broken_json(&f->broken[i]));
	set(o, "classes", classes);
	set(o, "drops", drops);
	set(o, "deviants", deviants);
	set(o, "broken", broken);
	return o;
}

/* ---- one row a host ---- */

static void text(struct strbuf *out, const char *s)
{
	strbuf_addch(out, ',');
	escape_csv(out, s ? s : "");
}

static void whole(struct strbuf *out, int64_t v)
{
	emit_csv_number(out, v < 0 ? (double)NAN : (double)v);
}

void fleet_report_csv(const void *it, struct strbuf *out)
{
	const struct fleet_summary *s = ((const struct fleet_report *)it)->summary;

	strbuf_addstr(out, "host,class,n_cpus,driver,kernel,version,samples,seconds,evts,drops");
	for (int m = 0; m < FLEET_MEASURES; m++)
		strbuf_addf(out, ",%s", fleet_measure_keys[m]);
	strbuf_addstr(out, ",verdict,change\r\n");
	for (size_t i = 0; i < s->fleet->n; i++) {
		const struct fleet_host *h = &s->fleet->hosts[i];
		struct strbuf change cleanup_strbuf = STRBUF_INIT;

		strvec_join(&h->change, " ", &change);
		escape_csv(out, h->name);
		whole(out, (int64_t)s->class_of[i] + 1);
		whole(out, h->n_cpus);
		text(out, h->driver);
		text(out, h->kernel);
		text(out, h->version);
		whole(out, h->n_samples);
		emit_csv_number(out, h->seconds);
		whole(out, h->evts);
		whole(out, h->drops);
		for (int m = 0; m < FLEET_MEASURES; m++)
			emit_csv_number(out, fleet_measured(h, (enum fleet_measure)m));
		text(out, h->verdict);
		text(out, change.buf);
		strbuf_addstr(out, "\r\n");
	}
}
