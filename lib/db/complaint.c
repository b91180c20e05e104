#include "db/complaint.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEAD_SIZE = 256 };

/* By SQLSTATE or its class; the first that fits. */
static const struct {
	const char *state;
	int status;
} statuses[] = {
	{ "08P01", STATUS_BUG }, { "08", STATUS_AGAIN }, { "0A", STATUS_SERVER },
	{ "0B", STATUS_BUG }, { "20", STATUS_MISFIT }, { "21", STATUS_MISFIT },
	{ "22P03", STATUS_BUG }, { "22P04", STATUS_BUG }, { "22", STATUS_MISFIT },
	{ "23", STATUS_MISFIT }, { "25006", STATUS_MISFIT }, { "25P03", STATUS_AGAIN },
	{ "25P04", STATUS_AGAIN }, { "25", STATUS_BUG }, { "26", STATUS_BUG },
	{ "27", STATUS_MISFIT }, { "28", STATUS_RIGHTS }, { "2B", STATUS_MISFIT },
	{ "34", STATUS_BUG }, { "3B", STATUS_BUG }, { "3D", STATUS_MISFIT },
	{ "3F", STATUS_MISFIT }, { "40002", STATUS_MISFIT }, { "40", STATUS_AGAIN },
	{ "42501", STATUS_RIGHTS }, { "42601", STATUS_BUG }, { "42", STATUS_MISFIT },
	{ "44", STATUS_MISFIT }, { "53400", STATUS_SERVER }, { "53", STATUS_AGAIN },
	{ "54", STATUS_MISFIT },
	{ "55006", STATUS_AGAIN }, { "55P03", STATUS_AGAIN }, { "55", STATUS_MISFIT },
	{ "57P04", STATUS_MISFIT }, { "57", STATUS_AGAIN }, { "P0", STATUS_MISFIT }
};

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

int complaint_status(const char *state)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (begins(state, statuses[i].state))
			return statuses[i].status;
	return STATUS_SERVER;
}

int complaint_pooler(const char *state, const char *text)
{
	static const struct {
		const char *words;
		int status;
	} sayings[] = {
		{ "statement pooling mode", STATUS_MISFIT },
		{ "no such database", STATUS_MISFIT }, { "no such user", STATUS_RIGHTS },
		{ "auth failed", STATUS_RIGHTS }, { "timeout", STATUS_AGAIN },
		{ "no more connections", STATUS_AGAIN }, { "try again", STATUS_AGAIN },
		{ "cannot connect to server", STATUS_AGAIN }, { "server conn", STATUS_AGAIN },
		{ "shutting down", STATUS_AGAIN }, { "shutdown", STATUS_AGAIN },
		{ "closed the connection", STATUS_AGAIN }, { "disconnect", STATUS_AGAIN },
		{ "server login failed", STATUS_AGAIN }, { "login rejected", STATUS_AGAIN },
		{ "connection_limit", STATUS_AGAIN }, { "no working server", STATUS_AGAIN }
	};

	/* Supavisor's are errors of its own. */
	if (strcmp(state, "XX000") == 0 && strstr(text, "Tenant or user not found") != NULL)
		return STATUS_RIGHTS;
	if (strcmp(state, "XX000") == 0 && strcasestr(text, "max client") != NULL)
		return STATUS_AGAIN;
	for (size_t i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++)
		if (strcmp(state, "08P01") == 0 && strstr(text, sayings[i].words) != NULL)
			return sayings[i].status;
	return STATUS_OK;
}

int complaint_connect(const char *state, const char *words)
{
	static const char *const passing[] = {
		"refused", "No such file", "timed out", "timeout", "reset by peer", "unexpectedly",
		"unreachable", "No route to host", "Temporary failure", "Broken pipe",
		"Resource temporarily"
	};

	if (complaint_pooler(state, words) != 0)
		return complaint_pooler(state, words);
	/* What was said to the server was libpq's, not ours. */
	if (*state != '\0' && complaint_status(state) == STATUS_BUG)
		return STATUS_SERVER;
	if (*state != '\0')
		return complaint_status(state);
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (strstr(words, passing[i]) != NULL)
			return STATUS_AGAIN;
	/* Without an attempt it is the parameters that are wrong. */
	if (strstr(words, "connection to server") == NULL && !begins(words, "could not"))
		return STATUS_USAGE;
	return STATUS_SERVER;
}

/* A quote opens a name, not a value, behind these words. */
static bool opens_name(const char *text, const char *quote)
{
	static const char *const words[] = {
		"column ", "relation ", "encoding ", "parameter ", "type ", "constraint ", "domain "
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const size_t size = strlen(words[i]);

		if ((size_t)(quote - text) >= size && memcmp(quote - size, words[i], size) == 0)
			return true;
	}
	return false;
}

/*
 * Data exceptions quote the value.  It may hold quotes itself, so all from the first quote that
 * opens no name to the last one is left out, with the blank or colon before it.
 */
void complaint_redact(const char *state, char *text)
{
	char *first = strchr(text, '"'), *last = strrchr(text, '"');

	if (state == NULL || !begins(state, "22"))
		return;
	while (first != NULL && opens_name(text, first)) {
		first = strchr(first + 1, '"');
		first = first == NULL ? NULL : strchr(first + 1, '"');
	}
	if (first == NULL || first == last)
		return;
	while (first > text && (first[-1] == ' ' || first[-1] == ':'))
		first--;
	memmove(first, last + 1, strlen(last + 1) + 1);
}

uint64_t complaint_row(const char *context, const char *table, char *column, size_t size)
{
	static const char next[] = ", column ";
	char head[HEAD_SIZE], *end;
	const char *at;
	uint64_t row;

	column[0] = '\0';
	if (context == NULL || table == NULL)
		return 0;
	snprintf(head, sizeof(head), "COPY %s, line ", table);
	at = strstr(context, head);
	if (at == NULL)
		return 0;
	row = strtoull(at + strlen(head), &end, 10);
	if (begins(end, next)) {
		end += strlen(next);
		snprintf(column, size, "%.*s", (int)strcspn(end, "\n:"), end);
	}
	return row;
}

static bool runs(const char *sql, const char *word)
{
	return sql != NULL && strncasecmp(sql, word, strlen(word)) == 0;
}

static const char *table_right(const char *sql)
{
	static const char *const rights[] = { "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE" };

	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
		if (runs(sql, rights[i]))
			return rights[i];
	if (runs(sql, "COPY"))
		return "INSERT";
	return runs(sql, "LOCK") ? "SELECT, INSERT" : "REFERENCES";
}

static const char *schema_right(const char *sql)
{
	return runs(sql, "CREATE") || runs(sql, "ALTER") ? "USAGE, CREATE" : "USAGE";
}

static void add_name(struct bytes *to, const char *name, size_t size)
{
	bytes_add_byte(to, '"');
	for (size_t i = 0; i < size; i++) {
		if (name[i] == '"')
			bytes_add_byte(to, '"');
		bytes_add_byte(to, (uint8_t)name[i]);
	}
	bytes_add_byte(to, '"');
}

/* The words are English, or nothing is found: no setting of the session could make them so. */
void complaint_add_grant(struct bytes *to, const char *state, const char *text, const char *sql,
	const char *user)
{
	static const char said[] = "permission denied for ";
	const struct {
		const char *kind, *right, *words;
	} things[] = {
		{ "schema ", schema_right(sql), "SCHEMA" },
		{ "table ", table_right(sql), "TABLE" },
		{ "sequence ", "USAGE, SELECT, UPDATE", "SEQUENCE" },
		{ "database \"", "CONNECT", "DATABASE" },
		{ "database ", "CREATE", "DATABASE" }
	};

	if (strcmp(state, "42501") != 0 || !begins(text, said))
		return;
	text += strlen(said);
	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
		if (!begins(text, things[i].kind))
			continue;
		text += strlen(things[i].kind);
		bytes_format(to, "; its owner can help: GRANT %s ON %s ", things[i].right,
			things[i].words);
		add_name(to, text, strlen(text) - (text[-1] == '"'));
		bytes_add_text(to, " TO ");
		add_name(to, user, strlen(user));
		return;
	}
}

static bool is_plain_attempt(const char *text)
{
	static const char *const words[] = { ", no encryption", ", SSL off" /* up to 13 */ };
	const char *end = text + strcspn(text, "\n"), *at = NULL;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && at == NULL; i++)
		at = strstr(text, words[i]);
	return at != NULL && at < end;
}

/*
 * "... failed: FATAL:  28P01: what was wrong".  Where libpq was told nothing of TLS it tries again
 * without, and a server that wants it says so: what it said before is what was wrong.
 */
const char *complaint_attempt(const char *words, char state[6])
{
	static const char failed[] = "failed: ";
	const char *at, *found = words, *colon;

	for (at = words; (at = strstr(at, failed)) != NULL; at += strlen(failed))
		if (found == words || !is_plain_attempt(at))
			found = at + strlen(failed);
	state[0] = '\0';
	colon = strstr(found, ":  ");
	if (colon == NULL || strcspn(found, "\n") < (size_t)(colon - found) || strlen(colon) < 10 ||
	    strspn(colon + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5 || colon[8] != ':')
		return found;
	memcpy(state, colon + 3, 5);
	state[5] = '\0';
	return colon + 10;
}

/* --- what to do about it ---------------------------------------------------------------------- */

/* Files of a tablespace but the first are told by its OID: "pg_tblspc/16384/PG_15_.../5/16390". */
static void add_tablespace(struct bytes *to, const char *text)
{
	static const char folder[] = "pg_tblspc/";
	const char *at = strstr(text, folder);
	const unsigned long long oid = at == NULL ? 0 : strtoull(at + strlen(folder), NULL, 10);

	if (oid > 0)
		bytes_format(to, "; which tablespace that is: SELECT spcname, "
			"pg_tablespace_location(oid) FROM pg_tablespace WHERE oid = %llu", oid);
}

void complaint_add_help(struct bytes *to, const char *state, const char *text)
{
	static const char *const helps[][2] = {
		{ "53100", "the server's disk is full: make room there, or choose another "
			"default_tablespace, and repeat the command" },
		{ "53200", "the server has no memory left for it: repeat the command when it has" },
		{ "40P01", "others wrote there in another order: repeat the command" },
		{ "40001", "others wrote there meanwhile: repeat the command" },
		{ "55P03", "others work with the tables: stop the application, and repeat the "
			"command" }
	};

	for (size_t i = 0; i < sizeof(helps) / sizeof(helps[0]); i++)
		if (strcmp(state, helps[i][0]) == 0)
			bytes_format(to, "; %s", helps[i][1]);
	if (strcmp(state, "53100") == 0)
		add_tablespace(to, text);
}

static void add_shell_word(struct bytes *to, const char *option, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
		"_./:@%+,-";
	const bool quoted = word[strspn(word, plain)] != '\0' || *word == '\0';

	bytes_add_text(to, option);
	bytes_add_text(to, quoted ? "'" : "");
	for (; *word != '\0'; word++)
		if (*word == '\'')
			bytes_add_text(to, "'\\''");
		else
			bytes_add_byte(to, (uint8_t)*word);
	bytes_add_text(to, quoted ? "'" : "");
}

static void add_createdb(struct bytes *to, const struct complaint_place *place)
{
	bytes_add_text(to, "; this makes it: createdb");
	if (*place->host != '\0')
		add_shell_word(to, " -h ", place->host);
	if (*place->port != '\0')
		add_shell_word(to, " -p ", place->port);
	add_shell_word(to, " -U ", place->user);
	add_shell_word(to, *place->database == '-' ? " -- " : " ", place->database);
}

void complaint_add_advice(struct bytes *to, const char *state, const char *text,
	const struct complaint_place *place)
{
	static const char *const advices[][2] = {
		{ ", SSL off", "; it may take connections with TLS only: sslmode=require" },
		{ ", no encryption", "; it may take connections with TLS only: sslmode=require" },
		{ "no password supplied",
			"; give it in the URL, in PGPASSWORD or in ~/.pgpass" },
		{ "root certificate file",
			"; sslrootcert=FILE names the certificate of who signed the server's" },
		{ "unsupported startup parameter",
			"; a pooler stands between, which takes no options= and no PGOPTIONS" }
	};

	if (strcmp(state, "3D000") == 0)
		add_createdb(to, place);
	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		if (strstr(text, advices[i][0]) != NULL) {
			bytes_add_text(to, advices[i][1]);
			return;
		}
}
