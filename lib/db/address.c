#include "db/address.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/descriptor.h"
#include "db/dotenv.h"
#include "db/url.h"
#include "db/words.h"

static const char variable_prefix[] = "env:";
static const char here[] = ".env";

enum { SCHEME_SHOWN = 32 };

enum kind { KIND_NONE, KIND_URL, KIND_WORDS, KIND_NET, KIND_NAME };

/* --- which kind ------------------------------------------------------------------------------- */

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

static enum kind kind_of(const char *text)
{
	if (url_scheme(text) > 0)
		return KIND_URL;
	if (words_are_net(text))
		return KIND_NET;
	if (words_are_libpqs(text))
		return KIND_WORDS;
	if (scheme_size(text) > 0 || strpbrk(text, "=@/") != NULL)
		return KIND_NONE;
	return KIND_NAME;
}

static int refuse(const struct address *address, const char *text, struct fault *fault)
{
	const size_t size = scheme_size(text);

	if (size == 0 || size > SCHEME_SHOWN || strncmp(text + size, "://", 3) != 0)
		return fault_set(fault, STATUS_USAGE, "%s is no address: give "
			"postgres://user@host/database, host=... dbname=..., or a database's name",
			address->keywords.whence);
	return fault_set(fault, STATUS_USAGE,
		"%s: unknown URL scheme \"%.*s\"; PostgreSQL's is postgres://user@host/database",
		address->keywords.whence, (int)size, text);
}

/* --- notes ------------------------------------------------------------------------------------ */

static void note(struct address *address, const char *text, struct fault *fault)
{
	if (text == NULL)
		fault_memory(fault);
	else if (address->note_count < ADDRESS_NOTES)
		address->notes[address->note_count++] = text;
}

static int read_text(struct arena *arena, struct address *address, const char *text,
	struct fault *fault)
{
	const enum kind kind = kind_of(text);
	struct keywords *keywords = &address->keywords;
	char *copy = arena_text(arena, text);

	if (copy == NULL)
		return fault_memory(fault);
	address->given = true;
	if (kind == KIND_NONE)
		return refuse(address, text, fault);
	if (kind == KIND_URL)
		url_read(keywords, copy, fault);
	else if (kind == KIND_NET)
		words_read_net(keywords, copy, fault);
	else if (kind == KIND_WORDS)
		words_read(keywords, copy, fault);
	else
		keywords_add(keywords, "dbname", copy, fault);
	if (keywords->dropped != NULL)
		note(address, arena_format(arena, "%s: left out, as no business of PostgreSQL's: "
			"%s", keywords->whence, keywords->dropped), fault);
	return fault->status;
}

/* --- variables and files ---------------------------------------------------------------------- */

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

static int load(struct arena *arena, const char *file, struct dotenv *dotenv, struct fault *fault)
{
	struct bytes content = { 0 };
	int status = descriptor_load(file, &content, DOTENV_MOST, fault);

	if (status == 0)
		status = dotenv_read(arena, file, content.data, content.size, dotenv, fault);
	bytes_close(&content);
	return status;
}

/* People expect a .env to be read, as their framework does. */
static bool stands_here(struct arena *arena, const char *name)
{
	struct fault ignored = { 0 };
	struct dotenv dotenv;
	struct stat facts;

	return stat(here, &facts) == 0 && S_ISREG(facts.st_mode) &&
		load(arena, here, &dotenv, &ignored) == 0 && dotenv_has(&dotenv, name);
}

static int refuse_variable(struct arena *arena, const char *name, const struct dotenv *dotenv,
	struct fault *fault)
{
	const char *state = getenv(name) == NULL ? "not set" : "empty";

	if (dotenv != NULL && dotenv->odd > 0)
		return fault_set(fault, STATUS_USAGE, "%s does not hold %s (line %u is no "
			"NAME=value), and in the environment it is %s", dotenv->file, name,
			dotenv->odd, state);
	if (dotenv != NULL)
		return fault_set(fault, STATUS_USAGE, "%s does not hold %s, and in the environment "
			"it is %s", dotenv->file, name, state);
	if (stands_here(arena, name))
		return fault_set(fault, STATUS_USAGE, "the environment variable %s is %s, but %s "
			"here holds it: add --env-file %s", name, state, here, here);
	return fault_set(fault, STATUS_USAGE, "the environment variable %s is %s: export it, or "
		"name the file that holds it with --env-file", name, state);
}

/* Which of the two has said it is told where they differ. */
static const char *look_up(struct address *address, const struct dotenv *dotenv, const char *name,
	struct fault *fault)
{
	struct fault ignored = { 0 };
	const char *value = dotenv_get(dotenv, name, fault);
	const char *own = dotenv_own(dotenv, name, &ignored);

	if (value != NULL && dotenv_has(dotenv, name) && (own == NULL || strcmp(value, own) != 0))
		note(address, arena_format(dotenv->arena, "%s is taken from the environment, which "
			"goes before %s", name, dotenv->file), fault);
	return value;
}

static int read_variable(struct arena *arena, const char *name, const struct dotenv *dotenv,
	struct address *address, struct fault *fault)
{
	const char *value = dotenv != NULL ? look_up(address, dotenv, name, fault) : getenv(name);

	if (fault->status == 0 && (value == NULL || *value == '\0'))
		return refuse_variable(arena, name, dotenv, fault);
	address->keywords.whence = arena_text(arena, name);
	if (address->keywords.whence == NULL)
		return fault_memory(fault);
	return fault->status == 0 ? read_text(arena, address, value, fault) : fault->status;
}

/* The names that frameworks give to the parts, behind a prefix of theirs. */
static const struct part {
	const char *key;
	const char *names[4];
} parts[] = {
	{ "host", { "HOST", "SERVER", "HOSTNAME" } }, { "dbname", { "NAME", "DATABASE", "DB" } },
	{ "port", { "PORT" } }, { "user", { "USER", "USERNAME" } },
	{ "password", { "PASSWORD", "PASS" } }, { "sslmode", { "SSLMODE", "SSL_MODE" } },
	{ "schema", { "SCHEMA" } }
};

enum { PART_COUNT = sizeof(parts) / sizeof(parts[0]), PARTS_THAT_TELL = 2 };

/* The variable that has a part of an address; NULL: none. */
static const char *find_part(const struct dotenv *dotenv, const char *prefix,
	const struct part *part, struct fault *fault)
{
	for (size_t i = 0; i < 4 && part->names[i] != NULL; i++) {
		const char *name = arena_format(dotenv->arena, "%s%s", prefix, part->names[i]);

		if (name == NULL)
			fault_memory(fault);
		else if (dotenv_has(dotenv, name))
			return name;
	}
	return NULL;
}

/* Laravel's DB_CONNECTION=sqlite and its like: the parts are another server's. */
static int refuse_other(const struct dotenv *dotenv, const char *prefix, struct fault *fault)
{
	static const char *const kinds[] = { "CONNECTION", "ENGINE", "DIALECT", "DRIVER", "TYPE" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && fault->status == 0; i++) {
		const char *name = arena_format(dotenv->arena, "%s%s", prefix, kinds[i]);
		const char *value = name == NULL || !dotenv_has(dotenv, name) ? NULL :
			dotenv_get(dotenv, name, fault);

		if (value != NULL && strcasestr(value, "pg") == NULL &&
			strcasestr(value, "postg") == NULL && strcasestr(value, "psycopg") == NULL)
			fault_set(fault, STATUS_USAGE, "%s: its %s says that %s... is no "
				"PostgreSQL; name the variable that holds the URL of one: "
				"-d env:NAME", dotenv->file, name, prefix);
	}
	return fault->status;
}

static int take_parts(struct address *address, const struct dotenv *dotenv, const char *prefix,
	struct fault *fault)
{
	struct keywords *keywords = &address->keywords;

	if (refuse_other(dotenv, prefix, fault) != 0)
		return fault->status;
	keywords->whence = dotenv->file;
	keywords->foreign = true;
	address->given = true;
	for (size_t i = 0; i < PART_COUNT && fault->status == 0; i++) {
		const char *name = find_part(dotenv, prefix, &parts[i], fault);
		const char *value = name == NULL ? NULL : look_up(address, dotenv, name, fault);

		if (value != NULL)
			keywords_take(keywords, parts[i].key, value, fault);
	}
	return keywords_end(keywords, fault);
}

static int read_file(struct arena *arena, const struct dotenv *dotenv, struct address *address,
	struct fault *fault)
{
	static const char url[] = "DATABASE_URL";
	static const char *const prefixes[] = { "DATABASE_", "DB_", "POSTGRES_", "PG" };

	if (dotenv_has(dotenv, url))
		return read_variable(arena, url, dotenv, address, fault);
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		for (size_t j = 0; j < PARTS_THAT_TELL; j++)
			if (find_part(dotenv, prefixes[i], &parts[j], fault) != NULL)
				return take_parts(address, dotenv, prefixes[i], fault);
	return fault->status != 0 ? fault->status : fault_set(fault, STATUS_USAGE, "%s names no "
		"database: it has neither DATABASE_URL nor DATABASE_HOST, DB_HOST, POSTGRES_HOST "
		"or PGHOST; -d env:NAME says which variable has the URL", dotenv->file);
}

int address_read(struct arena *arena, const char *given, const char *file,
	struct address *address, struct fault *fault)
{
	const char *name = given != NULL && is_variable(given) ? given + strlen(variable_prefix) :
		NULL;
	struct dotenv dotenv;

	*address = (struct address){ .keywords.arena = arena,
		.keywords.whence = "the database's address" };
	if (given != NULL && *given == '\0')
		given = NULL;
	if (name != NULL && !is_variable_name(name))
		return fault_set(fault, STATUS_USAGE, "env: wants the name of an environment "
			"variable");
	if (file == NULL && name == NULL)
		return given == NULL ? 0 : read_text(arena, address, given, fault);
	if (file == NULL)
		return read_variable(arena, name, NULL, address, fault);
	if (given != NULL && name == NULL)
		return fault_set(fault, STATUS_USAGE, "beside --env-file only -d env:NAME has a "
			"meaning, the variable that holds the address");
	if (load(arena, file, &dotenv, fault) != 0)
		return fault->status;
	return name == NULL ? read_file(arena, &dotenv, address, fault) :
		read_variable(arena, name, &dotenv, address, fault);
}

/* --- what it says ----------------------------------------------------------------------------- */

static bool is_secret(const char *name)
{
	return strcmp(name, "password") == 0 || strcmp(name, "sslpassword") == 0;
}

bool address_is_secret(const struct address *address)
{
	for (size_t i = 0; i < address->keywords.count; i++)
		if (is_secret(address->keywords.items[i].name))
			return true;
	return false;
}

static void add_word(struct bytes *to, const char *name, const char *value)
{
	bytes_format(to, "%s%s='", to->size == 0 ? "" : " ", name);
	for (; *value != '\0'; value++) {
		if (*value == '\'' || *value == '\\')
			bytes_add_byte(to, '\\');
		bytes_add_byte(to, (uint8_t)*value);
	}
	bytes_add_byte(to, '\'');
}

void address_words(const struct address *address, struct bytes *to)
{
	for (size_t i = 0; i < address->keywords.count; i++)
		add_word(to, address->keywords.items[i].name, address->keywords.items[i].value);
	if (address->keywords.schema != NULL)
		add_word(to, "schema", address->keywords.schema);
}

void address_public_words(const struct address *address, struct bytes *to)
{
	for (size_t i = 0; i < address->keywords.count; i++) {
		const struct keyword *item = &address->keywords.items[i];

		if (!is_secret(item->name) && keywords_find(&address->keywords, item->name) ==
			item->value)
			add_word(to, item->name, item->value);
	}
}

void address_wipe(const char *given)
{
	if (given == NULL || kind_of(given) == KIND_NAME)
		return;
	if (is_variable(given) && is_variable_name(given + strlen(variable_prefix)))
		return;
	memset((char *)(uintptr_t)given, '*', strlen(given));
}
