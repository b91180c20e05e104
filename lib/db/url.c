#include "db/url.h"

#include <string.h>
#include <strings.h>

#include "base/bytes.h"

static const char jdbc[] = "jdbc:postgresql:";

/* --- schemes ---------------------------------------------------------------------------------- */

static bool is_one_of(const char *text, size_t size, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(words[i]) == size && strncasecmp(text, words[i], size) == 0)
			return true;
	return false;
}

/* libpq's own two come first. */
size_t url_scheme(const char *text)
{
	static const char *const schemes[] = { "postgres", "postgresql", "pgsql", "psql",
		"postgis", "timescale", "timescalegis", "postgresql_psycopg2",
		"postgres_psycopg2" };
	static const char *const drivers[] = { "asyncpg", "psycopg", "psycopg2", "psycopg_async",
		"psycopg2cffi", "pg8000", "pygresql", "pypostgresql", "aiopg" };
	const char *end = strstr(text, "://"), *plus;
	size_t name;

	if (strncasecmp(text, jdbc, strlen(jdbc)) == 0)
		return strlen(jdbc);
	if (end == NULL)
		return 0;
	plus = memchr(text, '+', (size_t)(end - text));
	name = (size_t)((plus == NULL ? end : plus) - text);
	if (!is_one_of(text, name, schemes, sizeof(schemes) / sizeof(schemes[0])))
		return 0;
	if (plus != NULL && !is_one_of(plus + 1, (size_t)(end - plus - 1), drivers,
		sizeof(drivers) / sizeof(drivers[0])))
		return 0;
	return (size_t)(end - text) + 3;
}

static bool is_libpqs(const char *text)
{
	return strncasecmp(text, "postgres:", 9) == 0 || strncasecmp(text, "postgresql:", 11) == 0;
}

/* --- pieces ----------------------------------------------------------------------------------- */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* NULL when a fault is set. */
static const char *decode(const struct keywords *keywords, const char *from, size_t size,
	struct fault *fault)
{
	char *text = arena_copy(keywords->arena, from, size), *to = text;

	if (text == NULL) {
		fault_memory(fault);
		return NULL;
	}
	for (const char *at = text; *at != '\0'; at++) {
		const bool encoded = *at == '%';
		const int high = encoded ? digit(at[1]) : 0;
		const int low = encoded && high >= 0 ? digit(at[2]) : 0;

		if (high < 0 || low < 0 || (encoded && high == 0 && low == 0)) {
			fault_set(fault, STATUS_USAGE, "%s: inside a URL a %% is followed by two "
				"hexadecimal digits; one that is meant is written %%25",
				keywords->whence);
			return NULL;
		}
		*to++ = (char)(encoded ? high << 4 | low : *at);
		at += encoded ? 2 : 0;
	}
	*to = '\0';
	return text;
}

static int take(struct keywords *keywords, const char *key, const char *from, size_t size,
	struct fault *fault)
{
	const char *value = decode(keywords, from, size, fault);

	return value == NULL ? fault->status : keywords_take(keywords, key, value, fault);
}

static int add(struct keywords *keywords, const char *name, const char *from, size_t size,
	struct fault *fault)
{
	return size == 0 ? fault->status : keywords_add(keywords, name,
		decode(keywords, from, size, fault), fault);
}

static int take_user(struct keywords *keywords, const char *from, size_t size, struct fault *fault)
{
	const char *colon = memchr(from, ':', size);
	const size_t name = colon == NULL ? size : (size_t)(colon - from);

	if (add(keywords, "user", from, name, fault) != 0 || colon == NULL)
		return fault->status;
	return add(keywords, "password", colon + 1, size - name - 1, fault);
}

/* --- hosts ------------------------------------------------------------------------------------ */

/* One host and its port, each behind a comma where others stand before. */
static int add_host(const struct keywords *keywords, const char *from, size_t size,
	struct bytes *hosts, struct bytes *ports, struct fault *fault)
{
	const char *close = *from == '[' ? memchr(from, ']', size) : NULL;
	const char *name = close == NULL ? from : from + 1, *text, *end, *colon;

	colon = close == NULL ? memchr(from, ':', size) : close + 1;
	end = from + size;
	if ((*from == '[' && close == NULL) ||
		(close != NULL && colon < end && *colon != ':'))
		return fault_set(fault, STATUS_USAGE, "%s: a host in [ ] is not closed, or not "
			"followed by a port", keywords->whence);
	if (colon == NULL || colon > end)
		colon = end;
	text = decode(keywords, name, (size_t)((close == NULL ? colon : close) - name), fault);
	if (text == NULL)
		return fault->status;
	if (strchr(text, ',') != NULL)
		return fault_set(fault, STATUS_USAGE, "%s: a host has no comma", keywords->whence);
	bytes_add_text(hosts, text);
	if (colon < end)
		bytes_add(ports, colon + 1, (size_t)(end - colon - 1));
	return 0;
}

static int split_hosts(struct keywords *keywords, const char *from, size_t size,
	struct bytes *hosts, struct bytes *ports, struct fault *fault)
{
	const char *end = from + size;

	while (fault->status == 0) {
		const char *comma = memchr(from, ',', (size_t)(end - from));
		const char *last = comma == NULL ? end : comma;

		add_host(keywords, from, (size_t)(last - from), hosts, ports, fault);
		if (comma == NULL)
			break;
		bytes_add_byte(hosts, ',');
		bytes_add_byte(ports, ',');
		from = comma + 1;
	}
	bytes_add_byte(hosts, '\0');
	bytes_add_byte(ports, '\0');
	return hosts->failed || ports->failed ? fault_memory(fault) : fault->status;
}

/* Nothing but commas says nothing. */
static const char *said(const struct bytes *list)
{
	const char *text = (const char *)list->data;

	return text[strspn(text, ",")] == '\0' ? NULL : text;
}

static int take_hosts(struct keywords *keywords, const char *from, size_t size,
	struct fault *fault)
{
	struct bytes hosts = { 0 }, ports = { 0 };

	if (split_hosts(keywords, from, size, &hosts, &ports, fault) == 0) {
		keywords_add(keywords, "host", said(&hosts), fault);
		if (said(&ports) != NULL)
			keywords_take(keywords, "port", said(&ports), fault);
	}
	bytes_close(&hosts);
	bytes_close(&ports);
	return fault->status;
}

/* --- all of it -------------------------------------------------------------------------------- */

static int take_query(struct keywords *keywords, const char *from, struct fault *fault)
{
	while (*from != '\0' && fault->status == 0) {
		const size_t size = strcspn(from, "&");
		const char *equals = memchr(from, '=', size);
		const size_t name = equals == NULL ? size : (size_t)(equals - from);
		const char *key = decode(keywords, from, name, fault);

		if (key == NULL)
			return fault->status;
		if (size > 0)
			take(keywords, key, from + name + (equals != NULL),
				size - name - (equals != NULL), fault);
		from += size + (from[size] == '&');
	}
	return fault->status;
}

/*
 * A divider in a password that is not encoded makes one program take a piece of it for host, port
 * or database, and say that in its messages, and another not.
 */
static int refuse_dividers(const struct keywords *keywords, const char *rest, struct fault *fault)
{
	const char *path = rest + strcspn(rest, "/?"), *query = path + strcspn(path, "?");
	const char *at = memchr(rest, '@', (size_t)(path - rest));
	bool wrong = strchr(rest, '#') != NULL;

	/* Behind the host an @ stands in a value only. */
	wrong = wrong || memchr(path, '@', (size_t)(query - path)) != NULL;
	wrong = wrong || (at != NULL && memchr(at + 1, '@', (size_t)(path - at - 1)) != NULL);
	wrong = wrong || (at == NULL && path == query && strchr(query, '@') != NULL &&
		keywords->dialect != DIALECT_JDBC);
	return !wrong ? 0 : fault_set(fault, STATUS_USAGE, "%s: inside a URL some characters of "
		"user, password and database are written otherwise: @ %%40, / %%2F, # %%23, "
		"? %%3F, : %%3A, %% %%25", keywords->whence);
}

static int take_rest(struct keywords *keywords, const char *rest, struct fault *fault)
{
	const char *path = rest + strcspn(rest, "/?"), *query = path + strcspn(path, "?");
	const char *at = memchr(rest, '@', (size_t)(path - rest));

	if (at != NULL && take_user(keywords, rest, (size_t)(at - rest), fault) != 0)
		return fault->status;
	if (at != NULL)
		rest = at + 1;
	take_hosts(keywords, rest, (size_t)(path - rest), fault);
	if (path < query)
		add(keywords, "dbname", path + 1, (size_t)(query - path - 1), fault);
	return *query == '?' ? take_query(keywords, query + 1, fault) : fault->status;
}

int url_read(struct keywords *keywords, const char *text, struct fault *fault)
{
	const char *rest = text + url_scheme(text);

	if (!is_libpqs(text))
		keywords->foreign = true;
	if (rest[-1] == ':') {
		keywords->dialect = DIALECT_JDBC;
		/* What Java takes where libpq would take a socket. */
		keywords_add(keywords, "host", "localhost", fault);
		rest = strncmp(rest, "//", 2) == 0 ? rest + 2 :
			arena_format(keywords->arena, "%s%s", *rest == '/' ? "" : "/", rest);
	}
	if (rest == NULL)
		return fault_memory(fault);
	if (refuse_dividers(keywords, rest, fault) != 0 || take_rest(keywords, rest, fault) != 0)
		return fault->status;
	return keywords_end(keywords, fault);
}
