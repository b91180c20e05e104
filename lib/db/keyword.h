/*
 * What an address says, as libpq's keywords and values, whatever it was called where it stood:
 *
 *	sslmode=no-verify       sslmode=require
 *	ssl=true                sslmode=require; verify-full in JDBC, where it means that
 *	sslaccept=strict        sslmode=verify-full, whatever sslmode says
 *	schema=, currentSchema= the schema of tables that nothing else puts anywhere
 *	pgbouncer=, pool_...=   no business of the server's: left out, and told
 *
 * Keys that are none of these are refused, and not quoted: they may be a piece of a password.
 */
#ifndef DB_KEYWORD_H
#define DB_KEYWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"

enum { KEYWORDS_MOST = 48 };

enum keyword_dialect {
	DIALECT_LIBPQ, /* libpq's own, and what programs put into its URLs */
	DIALECT_JDBC,
	DIALECT_NET    /* ADO.NET: Server=...;User Id=...; */
};

struct keyword {
	const char *name, *value; /* libpq's */
};

struct keywords {
	struct arena *arena;
	const char *whence;       /* for faults: "DATABASE_URL", "the database's address" */
	enum keyword_dialect dialect;
	struct keyword items[KEYWORDS_MOST]; /* of two with one name the later counts */
	size_t count;
	size_t given;             /* all that were taken, in any way */
	const char *schema;       /* NULL: none was named */
	const char *dropped;      /* "pgbouncer, pool_timeout"; NULL: none */
	bool foreign;             /* there was something that libpq would not have understood */
	bool strict;
};

/* As it stands; a value that is NULL is none. */
int keywords_add(struct keywords *keywords, const char *name, const char *value,
	struct fault *fault);
/* By the rules above.  Copies what it keeps. */
int keywords_take(struct keywords *keywords, const char *key, const char *value,
	struct fault *fault);
/* Behind the last of them. */
int keywords_end(struct keywords *keywords, struct fault *fault);
/* The value that counts; NULL when there is none. */
const char *keywords_find(const struct keywords *keywords, const char *name);
/* A list such as Server=...;Port=...: the key is known there. */
bool keyword_is_net(const char *key);

#endif
