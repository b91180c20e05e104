#include "db/address.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char variable_prefix[] = "env:";

enum { SCHEME_SHOWN = 32 };

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* How many bytes stand before the colon of a scheme; 0: the text has none. */
static size_t scheme_size(const char *text)
{
	size_t size = 0;

	if (!letter(text[0]))
		return 0;
	while (letter(text[size]) || (text[size] != '\0' && strchr("0123456789+.-", text[size])))
		size++;
	return text[size] == ':' ? size : 0;
}

static bool is_scheme(const char *text, size_t size, const char *scheme)
{
	return strlen(scheme) == size && strncasecmp(text, scheme, size) == 0 &&
		strncmp(text + size, "://", 3) == 0;
}

static bool is_words(const char *text)
{
	size_t size;

	text += strspn(text, " \t\r\n");
	size = strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789");
	return size > 0 && text[size + strspn(text + size, " \t\r\n")] == '=';
}

static enum address_kind kind_of(const char *text)
{
	const size_t size = scheme_size(text);

	if (is_scheme(text, size, "postgres") || is_scheme(text, size, "postgresql"))
		return ADDRESS_URL;
	if (is_words(text))
		return ADDRESS_WORDS;
	if (size > 0 || strpbrk(text, "=@/") != NULL)
		return ADDRESS_NONE;
	return ADDRESS_NAME;
}

/*
 * An @ or / that is not encoded makes libpq take a piece of the password for host, port or
 * database, and say it in its messages.
 */
static bool misread(const char *url)
{
	const char *rest = strstr(url, "://") + 3;
	const char *at = rest + strcspn(rest, "@/");

	if (*at == '@') {
		rest = at + 1;
		return rest[strcspn(rest, "@/?")] == '@';
	}
	return *at == '/' && at[strcspn(at, "@?")] == '@';
}

static const char *source(const struct address *address)
{
	return address->variable == NULL ? "the database's address" : address->variable;
}

static int refuse(const struct address *address, const char *text, struct fault *fault)
{
	const size_t size = scheme_size(text);

	if (size == 0 || size > SCHEME_SHOWN || strncmp(text + size, "://", 3) != 0)
		return fault_set(fault, STATUS_USAGE, "%s is no address: give "
			"postgres://user@host/database, host=... dbname=..., or a database's name",
			source(address));
	return fault_set(fault, STATUS_USAGE,
		"%s: unknown URL scheme \"%.*s\"; PostgreSQL's is postgres://user@host/database",
		source(address), (int)size, text);
}

static int classify(struct address *address, const char *text, struct fault *fault)
{
	address->kind = kind_of(text);
	if (address->kind == ADDRESS_NONE)
		return refuse(address, text, fault);
	if (address->kind == ADDRESS_URL && misread(text))
		return fault_set(fault, STATUS_USAGE, "%s: inside a URL an @ in user, password or "
			"database is written %%40, a / is written %%2F", source(address));
	return 0;
}

/* libpq knows its schemes in small letters only. */
static void lower_scheme(char *text)
{
	for (; *text != ':'; text++)
		*text = (char)(*text | 0x20);
}

static int keep(struct arena *arena, struct address *address, const char *text,
	struct fault *fault)
{
	char *copy = arena_text(arena, text);

	if (copy == NULL)
		return fault_memory(fault);
	if (address->kind == ADDRESS_URL)
		lower_scheme(copy);
	address->text = copy;
	return 0;
}

static bool is_variable(const char *given)
{
	return strncmp(given, variable_prefix, strlen(variable_prefix)) == 0;
}

static bool is_variable_name(const char *name)
{
	if (!letter(*name) && *name != '_')
		return false;
	while (letter(*name) || (*name != '\0' && strchr("0123456789_", *name) != NULL))
		name++;
	return *name == '\0';
}

static const char *read_variable(struct arena *arena, const char *given,
	struct address *address, struct fault *fault)
{
	const char *name = given + strlen(variable_prefix), *value;

	if (!is_variable_name(name)) {
		fault_set(fault, STATUS_USAGE, "env: wants the name of an environment variable");
		return NULL;
	}
	value = getenv(name);
	address->variable = arena_text(arena, name);
	if (address->variable == NULL)
		fault_memory(fault);
	else if (value == NULL || *value == '\0')
		fault_set(fault, STATUS_USAGE, "the environment variable %s is %s", name,
			value == NULL ? "not set" : "empty");
	return fault->status == 0 ? value : NULL;
}

int address_read(struct arena *arena, const char *given, struct address *address,
	struct fault *fault)
{
	int status;

	*address = (struct address){ .kind = ADDRESS_NONE };
	if (given == NULL || *given == '\0')
		return 0;
	if (is_variable(given))
		given = read_variable(arena, given, address, fault);
	if (given == NULL)
		return fault->status;
	status = classify(address, given, fault);
	return status == 0 ? keep(arena, address, given, fault) : status;
}

void address_wipe(const char *given)
{
	if (given == NULL || kind_of(given) == ADDRESS_NAME)
		return;
	if (is_variable(given) && is_variable_name(given + strlen(variable_prefix)))
		return;
	memset((char *)(uintptr_t)given, '*', strlen(given));
}
