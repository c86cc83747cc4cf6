/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "probe/record_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct reader {
	struct recording *r;
	const char *name;
	const unsigned char *from, *at, *end;
	struct error *err;
	struct record_forms forms;
};

static int bad(const struct reader *rd, const char *what)
{
	return error_input(rd->err, "%s: byte %zu: %s", rd->name, (size_t)(rd->at - rd->from),
			   what);
}

/* --- what else it may be ---------------------------------------------------------------------- */

static const struct {
	const char *magic;
	size_t len;
	const char *what;
} foreign[] = {
	{"\x0a\x0d\x0d\x0a", 4, "a scap or pcapng capture, which only Falco reads"},
	{"\x1f\x8b", 2, "a gzip file (a compressed scap capture?), which only Falco reads"},
	{"\xd4\xc3\xb2\xa1", 4, "a pcap capture of network packets"},
	{"\xa1\xb2\xc3\xd4", 4, "a pcap capture of network packets"},
	{"FTrec\n\032", 7, "a recording whose line ends were converted: copy it in binary form"},
};

static int check_magic(struct reader *rd)
{
	size_t len = (size_t)(rd->end - rd->at);
	const char *what = "no recording of falcotune-engine";

	if (len == 0)
		return error_input(rd->err,
				   "%s: is empty, expected a recording of falcotune-engine",
				   rd->name);
	if (len >= RECORD_MAGIC_SIZE && !memcmp(rd->at, RECORD_MAGIC, RECORD_MAGIC_SIZE)) {
		rd->at += RECORD_MAGIC_SIZE;
		return 0;
	}
	if (len < RECORD_MAGIC_SIZE && !memcmp(rd->at, RECORD_MAGIC, len))
		return bad(rd, "the file ends here: it was cut off");
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
		if (len >= foreign[i].len && !memcmp(rd->at, foreign[i].magic, foreign[i].len))
			what = foreign[i].what;
	return error_input(rd->err,
			   "%s: is %s; expected a recording that engine.embedded.record made",
			   rd->name, what);
}

/* --- blocks ----------------------------------------------------------------------------------- */

/* The next block, its checksum right; at is then at its content. */
static int next_block(struct reader *rd, struct record_block *b)
{
	size_t left = (size_t)(rd->end - rd->at);

	if (left == 0)
		return bad(rd, "the file ends without its last block: it was cut off");
	if (left < sizeof(*b))
		return bad(rd, "the file ends in a block's header: it was cut off");
	memcpy(b, rd->at, sizeof(*b));
	if (b->type != RECORD_BLOCK_HEAD && b->type != RECORD_BLOCK_STATE &&
	    b->type != RECORD_BLOCK_EVENTS && b->type != RECORD_BLOCK_END)
		return bad(rd, "no block begins here: the file is damaged");
	if (b->len > RECORD_BLOCK_MAX || b->len % 8 || b->pad ||
	    (b->items && b->type != RECORD_BLOCK_EVENTS))
		return bad(rd, "a block of an impossible length: the file is damaged");
	if (b->len > left - sizeof(*b))
		return bad(rd, "the file ends in this block: it was cut off");
	if (record_sum(rd->at + sizeof(*b), b->len) != b->sum)
		return bad(rd, "the checksum of this block does not hold: the file is damaged");
	rd->at += sizeof(*b);
	return 0;
}

static int expect_block(struct reader *rd, enum record_block_type type, struct record_block *b)
{
	const unsigned char *before = rd->at;

	if (next_block(rd, b))
		return -1;
	if (b->type == (uint32_t)type)
		return 0;
	rd->at = before;
	return bad(rd, "the blocks are not in order: the file is damaged");
}

static bool get_text(const json_t *o, const char *key, char *to, size_t size)
{
	const char *s = json_string_value(json_object_get(o, key));

	if (!s || strlen(s) >= size)
		return false;
	memcpy(to, s, strlen(s) + 1);
	return true;
}

static bool get_int(const json_t *o, const char *key, int64_t *to)
{
	const json_t *v = json_object_get(o, key);

	*to = json_integer_value(v);
	return json_is_integer(v);
}

static int read_head(struct reader *rd)
{
	struct record_about *a = &rd->r->about;
	struct record_block b;
	json_t *o;
	int64_t version;
	size_t len;
	bool ok;

	if (expect_block(rd, RECORD_BLOCK_HEAD, &b))
		return -1;
	for (len = b.len; len && !rd->at[len - 1];)
		len--;
	o = json_loadb((const char *)rd->at, len, JSON_REJECT_DUPLICATES, NULL);
	if (get_int(o, "version", &version) && version != RECORD_VERSION) {
		json_decref(o);
		return error_input(rd->err,
				   "%s: is a recording of version %lld, expected version %d: "
				   "record it anew with this engine",
				   rd->name, (long long)version, RECORD_VERSION);
	}
	ok = get_int(o, "version", &version) &&
	     get_text(o, "engine_version", a->engine_version, sizeof(a->engine_version)) &&
	     get_text(o, "catalogue", a->catalogue, sizeof(a->catalogue)) &&
	     get_text(o, "hostname", a->hostname, sizeof(a->hostname)) &&
	     get_text(o, "kernel", a->kernel, sizeof(a->kernel)) &&
	     get_int(o, "recorded_ns", &a->recorded_ns) &&
	     get_int(o, "epoch_offset_ns", &a->epoch_offset_ns) && get_int(o, "pid", &a->pid) &&
	     get_int(o, "n_cpus", &a->n_cpus) && get_int(o, "wants", &a->wants);
	json_decref(o);
	if (!ok)
		return bad(rd, "the head of the recording is not complete");
	rd->at += b.len;
	return 0;
}

/* --- items ------------------------------------------------------------------------------------ */

static int check_items(struct reader *rd, const struct record_block *b, struct record_end *seen)
{
	const unsigned char *end = rd->at + b->len;
	const char *why = NULL;

	for (uint32_t i = 0; i < b->items; i++) {
		struct record_item_head head;

		if ((size_t)(end - rd->at) < sizeof(head))
			return bad(rd, "fewer records than the block says");
		memcpy(&head, rd->at, sizeof(head));
		if (head.len > (size_t)(end - rd->at) - sizeof(head))
			return bad(rd, "a record that is longer than its block");
		if (head.type == RECORD_EVENT) {
			if (!record_check_event(&rd->forms, rd->at + sizeof(head), head.len, &why))
				return bad(rd, why);
			seen->events++;
		} else if (head.type == RECORD_LOOKUP) {
			seen->lookups++;
		} else {
			return bad(rd, "a record of an unknown type");
		}
		rd->at += sizeof(head) + record_padded(head.len);
	}
	return rd->at == end ? 0 : bad(rd, "more bytes in the block than its records have");
}

static int read_blocks(struct reader *rd)
{
	struct recording *r = rd->r;
	struct record_end seen = {0};
	struct record_block b;

	if (expect_block(rd, RECORD_BLOCK_STATE, &b))
		return -1;
	r->state = rd->at;
	r->state_len = b.len;
	rd->at += b.len;
	r->data = rd->at;
	for (;;) {
		const unsigned char *before = rd->at;

		if (next_block(rd, &b))
			return -1;
		r->len = (size_t)(before - r->data);
		if (b.type == RECORD_BLOCK_END)
			break;
		if (b.type != RECORD_BLOCK_EVENTS) {
			rd->at = before;
			return bad(rd, "the blocks are not in order: the file is damaged");
		}
		if (check_items(rd, &b, &seen))
			return -1;
	}
	if (b.len != sizeof(r->end))
		return bad(rd, "the last block has not its length");
	memcpy(&r->end, rd->at, sizeof(r->end));
	rd->at += b.len;
	if (rd->at != rd->end)
		return bad(rd, "there is something behind the last block");
	if (seen.events != r->end.events || seen.lookups != r->end.lookups)
		return bad(rd, "the file has not as many events as it says: it is damaged");
	return 0;
}

int recording_parse(struct recording *r, const char *name, const void *data, size_t len,
		    struct error *err)
{
	struct reader rd = {.r = r,
			    .name = name,
			    .from = data,
			    .at = data,
			    .end = (const unsigned char *)data + len,
			    .err = err};

	memset(r, 0, sizeof(*r));
	record_forms_init(&rd.forms);
	return check_magic(&rd) || read_head(&rd) || read_blocks(&rd) ? -1 : 0;
}

static int map(const char *path, const void **data, size_t *len, struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat sb;
	void *at;

	if (fd < 0 || fstat(fd, &sb))
		return error_sys(err, ERROR_INPUT, errno, "%s: cannot be read", path);
	if (!S_ISREG(sb.st_mode))
		return error_input(err, "%s: is not a file, expected a recording", path);
	*len = (size_t)sb.st_size;
	*data = NULL;
	if (*len == 0)
		return 0;
	at = mmap(NULL, *len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (at == MAP_FAILED)
		return error_sys(err, ERROR_INPUT, errno, "%s: cannot be read", path);
	*data = at;
	return 0;
}

int recording_open(struct recording *r, const char *path, struct error *err)
{
	const void *data = NULL;
	size_t len = 0;

	if (map(path, &data, &len, err))
		return -1;
	if (recording_parse(r, path, data ? data : "", len, err)) {
		if (data)
			munmap((void *)data, len);
		return -1;
	}
	r->map = data;
	r->map_len = len;
	return 0;
}

void recording_release(struct recording *r)
{
	if (r->map)
		munmap((void *)r->map, r->map_len);
	memset(r, 0, sizeof(*r));
}

/* --- going through ---------------------------------------------------------------------------- */

void recording_start(const struct recording *r, struct record_cursor *c)
{
	*c = (struct record_cursor){r->data, r->data, r->data + r->len};
}

enum record_item recording_next(struct record_cursor *c, const void **item, size_t *len)
{
	const struct record_item_head *head;

	while (c->at == c->block_end) {
		const struct record_block *b = (const void *)c->at;

		if (c->at == c->end)
			return RECORD_NO_MORE;
		c->at += sizeof(*b);
		c->block_end = c->at + b->len;
	}
	head = (const void *)c->at;
	*item = head + 1;
	*len = head->len;
	c->at += sizeof(*head) + record_padded(head->len);
	return (enum record_item)head->type;
}
