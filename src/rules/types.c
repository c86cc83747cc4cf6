/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which operators and constants a type takes (reference, 3.3).
 */
#include "rules/fields.h"
#include "rules/services.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Falco keeps a constant in 256 bytes at most, its end included. */
#define TEXT_MAX 255

#define BIT(op)	 (1u << (op))
#define EQUALITY (BIT(OP_EQ) | BIT(OP_EQEQ) | BIT(OP_NE))
#define ORDER	 (BIT(OP_LT) | BIT(OP_LE) | BIT(OP_GT) | BIT(OP_GE))
#define MEMBER	 (BIT(OP_IN) | BIT(OP_INTERSECTS))

/* Ways to read a constant. */
enum reading {
	READ_NONE,
	READ_NUMBER,
	READ_BOOL,
	READ_TEXT,
	READ_BYTES,
	READ_IP,
	READ_NET,
	READ_PORT
};

static const struct kind {
	const char *name;
	uint32_t ops; /* beside exists */
} kinds[] = {
	[READ_NUMBER] = {"numbers", EQUALITY | ORDER | MEMBER},
	[READ_BOOL] = {"true/false fields", EQUALITY | MEMBER},
	[READ_TEXT] = {"texts", ~(BIT(OP_BCONTAINS) | BIT(OP_BSTARTSWITH))},
	[READ_BYTES] = {"byte buffers", EQUALITY | MEMBER | BIT(OP_CONTAINS) | BIT(OP_STARTSWITH) |
						BIT(OP_ENDSWITH) | BIT(OP_BCONTAINS) |
						BIT(OP_BSTARTSWITH)},
	[READ_IP] = {"ip addresses", EQUALITY | MEMBER},
	[READ_NET] = {"ip networks", EQUALITY | MEMBER},
	[READ_PORT] = {"ports", EQUALITY | ORDER | MEMBER},
};

/* 0: nothing but exists. */
static const uint8_t reading_of[] = {
	[TYPE_ABSTIME] = READ_NUMBER,	  [TYPE_BOOL] = READ_BOOL,
	[TYPE_BYTEBUF] = READ_BYTES,	  [TYPE_CHARBUF] = READ_TEXT,
	[TYPE_DOUBLE] = READ_NUMBER,	  [TYPE_ENUMFLAGS16] = READ_NUMBER,
	[TYPE_ENUMFLAGS32] = READ_NUMBER, [TYPE_ENUMFLAGS8] = READ_NUMBER,
	[TYPE_ERRNO] = READ_NUMBER,	  [TYPE_FD] = READ_NUMBER,
	[TYPE_FLAGS16] = READ_NUMBER,	  [TYPE_FLAGS32] = READ_NUMBER,
	[TYPE_FLAGS8] = READ_NUMBER,	  [TYPE_FSPATH] = READ_TEXT,
	[TYPE_FSRELPATH] = READ_TEXT,	  [TYPE_INT16] = READ_NUMBER,
	[TYPE_INT32] = READ_NUMBER,	  [TYPE_INT64] = READ_NUMBER,
	[TYPE_INT8] = READ_NUMBER,	  [TYPE_IPADDR] = READ_IP,
	[TYPE_IPNET] = READ_NET,	  [TYPE_IPV4ADDR] = READ_IP,
	[TYPE_MODE] = READ_NUMBER,	  [TYPE_PID] = READ_NUMBER,
	[TYPE_PORT] = READ_PORT,	  [TYPE_RELTIME] = READ_NUMBER,
	[TYPE_SIGTYPE] = READ_NUMBER,	  [TYPE_SYSCALLID] = READ_NUMBER,
	[TYPE_UINT16] = READ_NUMBER,	  [TYPE_UINT32] = READ_NUMBER,
	[TYPE_UINT64] = READ_NUMBER,	  [TYPE_UINT8] = READ_NUMBER,
};

static enum reading reading(enum field_type type)
{
	return type < sizeof(reading_of) ? reading_of[type] : READ_NONE;
}

int rule_operator_check(const struct field_info *left, enum ast_op op, struct error *err)
{
	enum reading r = reading(left->type);

	if (op == OP_EXISTS)
		return 0;
	if (left->flags & FIELD_LIST) {
		if (BIT(op) & MEMBER)
			return 0;
		return error_input(err,
				   "operator %s cannot be used on a list field, expected in, "
				   "intersects or exists",
				   ast_op_name(op));
	}
	if (!r)
		return error_input(err, "a field of type %s can only be tested with exists",
				   rule_field_type_name(left->type));
	if (kinds[r].ops & BIT(op))
		return 0;
	return error_input(err, "operator %s cannot be used on %s", ast_op_name(op), kinds[r].name);
}

/* As scanf reads it: leading blanks and a sign, nothing behind the digits. */
static bool is_number(const char *text)
{
	text += strspn(text, " \t\n\v\f\r");
	text += *text == '+' || *text == '-';
	return *text && !text[strspn(text, "0123456789")];
}

static bool is_hex_bytes(const char *text)
{
	size_t n = strspn(text, "0123456789abcdefABCDEF");

	return !text[n] && n % 2 == 0;
}

static bool is_ip(const char *text)
{
	struct in6_addr a;

	return inet_pton(strchr(text, '.') ? AF_INET : AF_INET6, text, &a) == 1;
}

static bool is_net(const char *text)
{
	const char *slash = strchr(text, '/');
	bool v4 = strchr(text, '.') != NULL;
	unsigned char bits;
	char ip[64], rest;

	if (!slash || (size_t)(slash - text) >= sizeof(ip))
		return false;
	memcpy(ip, text, (size_t)(slash - text));
	ip[slash - text] = '\0';
	if (!is_ip(ip) || (strchr(ip, '.') != NULL) != v4)
		return false;
	/* An 8-bit number in Falco too, so that 256 passes for 0. */
	if (sscanf(slash + 1, "%hhu%c", &bits, &rest) != 1)
		return false;
	return v4 ? bits <= 32 : bits >= 1 && bits <= 128;
}

static bool is_port(const char *text)
{
	uint16_t port;

	if (!text[strspn(text, "0123456789")])
		return strtoull(text, NULL, 10) <= INT32_MAX && strlen(text) < 20;
	return service_port(text, &port);
}

static int refuse(struct error *err, const char *text, const char *expected)
{
	return error_input(err, "'%.300s' is not %s", text, expected);
}

int rule_value_check(const struct field_info *left, enum ast_op op, const char *text,
		     struct error *err)
{
	if (op == OP_BCONTAINS || op == OP_BSTARTSWITH)
		if (!is_hex_bytes(text))
			return refuse(err, text, "an even number of hexadecimal digits");
	switch (reading(left->type)) {
	case READ_NUMBER:
		if (left->type == TYPE_SIGTYPE || left->type == TYPE_SYSCALLID)
			return error_input(err, "constants of type %s cannot be compared",
					   rule_field_type_name(left->type));
		return is_number(text) ? 0 : refuse(err, text, "a decimal number");
	case READ_BOOL:
		return !strcmp(text, "true") || !strcmp(text, "false")
			       ? 0
			       : refuse(err, text, "true or false");
	case READ_BYTES:
		if (left->field && !strcmp(left->field->name, "evt.rawarg"))
			return error_input(err, "constants cannot be compared with a byte buffer "
						"of evt.rawarg");
		/* fall through */
	case READ_TEXT:
		if (strlen(text) > TEXT_MAX &&
		    !(op == OP_BCONTAINS || op == OP_BSTARTSWITH ? strlen(text) <= 2 * TEXT_MAX
								 : false))
			return error_input(err,
					   "a constant of %zu bytes is too long, the limit is "
					   "%d",
					   strlen(text), TEXT_MAX);
		return op == OP_REGEX ? rule_regex_check(text, err) : 0;
	case READ_IP:
		return is_ip(text) ? 0 : refuse(err, text, "an IPv4 or IPv6 address");
	case READ_NET:
		return is_net(text)
			       ? 0
			       : refuse(err, text, "an ip network such as 10.0.0.0/8 or fe80::/10");
	case READ_PORT:
		return is_port(text) ? 0 : refuse(err, text, "a port number or service name");
	case READ_NONE:
		break;
	}
	return error_input(err, "a field of type %s cannot be compared",
			   rule_field_type_name(left->type));
}
