#include "db/keyword.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { KEY_SIZE = 48, LIBPQ = 1 << DIALECT_LIBPQ, JDBC = 1 << DIALECT_JDBC,
	NET = 1 << DIALECT_NET };

/* What a key is for. */
enum use { PASS, DROP, SCHEMA, SSL, SSLMODE, SSLACCEPT, PORT, REFUSE };

static const struct known {
	const char *key;
	unsigned dialects;
	enum use use;
	const char *keyword; /* of REFUSE: what to do; NULL: the key itself */
} knowns[] = {
	{ "host", LIBPQ | NET, PASS, NULL }, { "hostaddr", LIBPQ, PASS, NULL },
	{ "port", LIBPQ | NET, PORT, NULL }, { "dbname", LIBPQ, PASS, NULL },
	{ "user", LIBPQ | JDBC | NET, PASS, NULL },
	{ "password", LIBPQ | JDBC | NET, PASS, NULL },
	{ "passfile", LIBPQ | NET, PASS, NULL }, { "service", LIBPQ, PASS, NULL },
	{ "options", LIBPQ | JDBC | NET, PASS, NULL },
	{ "channel_binding", LIBPQ, PASS, NULL }, { "require_auth", LIBPQ, PASS, NULL },
	{ "connect_timeout", LIBPQ, PASS, NULL }, { "tcp_user_timeout", LIBPQ, PASS, NULL },
	{ "keepalives", LIBPQ, PASS, NULL }, { "keepalives_idle", LIBPQ, PASS, NULL },
	{ "keepalives_interval", LIBPQ, PASS, NULL }, { "keepalives_count", LIBPQ, PASS, NULL },
	{ "gssencmode", LIBPQ, PASS, NULL }, { "krbsrvname", LIBPQ, PASS, NULL },
	{ "gsslib", LIBPQ, PASS, NULL }, { "gssdelegation", LIBPQ, PASS, NULL },
	{ "requirepeer", LIBPQ, PASS, NULL },
	{ "sslnegotiation", LIBPQ, PASS, NULL }, { "sslcompression", LIBPQ, PASS, NULL },
	{ "sslcert", LIBPQ | JDBC, PASS, NULL }, { "sslkey", LIBPQ | JDBC | NET, PASS, NULL },
	{ "sslpassword", LIBPQ | JDBC | NET, PASS, NULL },
	{ "sslcertmode", LIBPQ, PASS, NULL }, { "sslrootcert", LIBPQ | JDBC, PASS, NULL },
	{ "sslcrl", LIBPQ, PASS, NULL }, { "sslcrldir", LIBPQ, PASS, NULL },
	{ "sslsni", LIBPQ, PASS, NULL }, { "ssl_min_protocol_version", LIBPQ, PASS, NULL },
	{ "ssl_max_protocol_version", LIBPQ, PASS, NULL },
	{ "min_protocol_version", LIBPQ, PASS, NULL },
	{ "max_protocol_version", LIBPQ, PASS, NULL },
	{ "target_session_attrs", LIBPQ, PASS, NULL },
	{ "load_balance_hosts", LIBPQ, PASS, NULL }, { "client_encoding", LIBPQ, PASS, NULL },
	{ "application_name", LIBPQ, PASS, NULL },
	{ "fallback_application_name", LIBPQ, PASS, NULL },

	{ "sslmode", LIBPQ | JDBC | NET, SSLMODE, NULL },
	{ "ssl", LIBPQ | JDBC, SSL, NULL }, { "sslaccept", LIBPQ, SSLACCEPT, NULL },
	{ "schema", LIBPQ, SCHEMA, NULL }, { "currentSchema", LIBPQ | JDBC, SCHEMA, NULL },
	{ "searchpath", NET, SCHEMA, NULL },

	/* Other words for the same. */
	{ "connectTimeout", JDBC, PASS, "connect_timeout" },
	{ "gssEncMode", JDBC, PASS, "gssencmode" },
	{ "channelBinding", JDBC, PASS, "channel_binding" },
	{ "server", NET, PASS, "host" }, { "database", NET, PASS, "dbname" },
	{ "db", NET, PASS, "dbname" }, { "username", NET, PASS, "user" },
	{ "userid", NET, PASS, "user" }, { "uid", NET, PASS, "user" },
	{ "pwd", NET, PASS, "password" }, { "psw", NET, PASS, "password" },
	{ "timeout", NET, PASS, "connect_timeout" },
	{ "rootcertificate", NET, PASS, "sslrootcert" },
	{ "sslcertificate", NET, PASS, "sslcert" },

	/* What pools, drivers and frameworks read for themselves. */
	{ "pgbouncer", LIBPQ, DROP, NULL }, { "connection_limit", LIBPQ, DROP, NULL },
	{ "pool_timeout", LIBPQ, DROP, NULL }, { "socket_timeout", LIBPQ, DROP, NULL },
	{ "statement_cache_size", LIBPQ, DROP, NULL },
	{ "prepared_statement_cache_size", LIBPQ, DROP, NULL },
	{ "prepared_statements", LIBPQ, DROP, NULL }, { "pool", LIBPQ, DROP, NULL },
	{ "pool_size", LIBPQ, DROP, NULL }, { "pool_mode", LIBPQ, DROP, NULL },
	{ "max_overflow", LIBPQ, DROP, NULL }, { "checkout_timeout", LIBPQ, DROP, NULL },
	{ "reaping_frequency", LIBPQ, DROP, NULL }, { "idle_timeout", LIBPQ, DROP, NULL },
	{ "conn_max_age", LIBPQ, DROP, NULL }, { "conn_health_checks", LIBPQ, DROP, NULL },
	{ "encoding", LIBPQ | NET, DROP, NULL }, { "charset", LIBPQ, DROP, NULL },
	{ "serverVersion", LIBPQ, DROP, NULL }, { "uselibpqcompat", LIBPQ, DROP, NULL },
	{ "supa", LIBPQ, DROP, NULL }, { "workaround", LIBPQ, DROP, NULL },
	{ "ApplicationName", JDBC, DROP, NULL }, { "loginTimeout", JDBC, DROP, NULL },
	{ "socketTimeout", JDBC, DROP, NULL }, { "tcpKeepAlive", JDBC, DROP, NULL },
	{ "prepareThreshold", JDBC, DROP, NULL }, { "binaryTransfer", JDBC, DROP, NULL },
	{ "preparedStatementCacheQueries", JDBC, DROP, NULL },
	{ "preparedStatementCacheSizeMiB", JDBC, DROP, NULL },
	{ "defaultRowFetchSize", JDBC, DROP, NULL }, { "stringtype", JDBC, DROP, NULL },
	{ "reWriteBatchedInserts", JDBC, DROP, NULL },
	{ "applicationname", NET, DROP, NULL }, { "pooling", NET, DROP, NULL },
	{ "minpoolsize", NET, DROP, NULL }, { "maxpoolsize", NET, DROP, NULL },
	{ "minimumpoolsize", NET, DROP, NULL }, { "maximumpoolsize", NET, DROP, NULL },
	{ "connectionidlelifetime", NET, DROP, NULL }, { "connectionlifetime", NET, DROP, NULL },
	{ "commandtimeout", NET, DROP, NULL }, { "keepalive", NET, DROP, NULL },
	{ "trustservercertificate", NET, DROP, NULL }, { "multiplexing", NET, DROP, NULL },
	{ "includeerrordetail", NET, DROP, NULL }, { "noresetonclose", NET, DROP, NULL },
	{ "maxautoprepare", NET, DROP, NULL },

	{ "search_path", LIBPQ, REFUSE, "name the schema with schema=NAME" },
	{ "replication", LIBPQ, REFUSE, "leave it out" },
	{ "sslidentity", LIBPQ, REFUSE, "libpq takes sslcert=FILE and sslkey=FILE" }
};

/* "User Id" and "user_id" are the same there. */
static void fold(char to[KEY_SIZE], const char *key)
{
	size_t size = 0;

	for (; *key != '\0' && size < KEY_SIZE - 1; key++)
		if (*key != ' ' && *key != '_')
			to[size++] = (char)tolower((unsigned char)*key);
	to[size] = '\0';
}

static const struct known *find_known(enum keyword_dialect dialect, const char *key)
{
	char folded[KEY_SIZE];

	if (dialect == DIALECT_NET) {
		fold(folded, key);
		key = folded;
	}
	for (size_t i = 0; i < sizeof(knowns) / sizeof(knowns[0]); i++)
		if ((knowns[i].dialects & 1U << dialect) && strcmp(knowns[i].key, key) == 0)
			return &knowns[i];
	/* JDBC's own come first; its URLs are written by hand, often with libpq's words. */
	return dialect == DIALECT_JDBC ? find_known(DIALECT_LIBPQ, key) : NULL;
}

bool keyword_is_net(const char *key)
{
	return find_known(DIALECT_NET, key) != NULL;
}

const char *keywords_find(const struct keywords *keywords, const char *name)
{
	for (size_t i = keywords->count; i > 0; i--)
		if (strcmp(keywords->items[i - 1].name, name) == 0)
			return keywords->items[i - 1].value;
	return NULL;
}

int keywords_add(struct keywords *keywords, const char *name, const char *value,
	struct fault *fault)
{
	struct keyword *item = &keywords->items[keywords->count];

	if (value == NULL)
		return fault->status;
	if (keywords->count == KEYWORDS_MOST)
		return fault_set(fault, STATUS_USAGE, "%s says too much", keywords->whence);
	item->name = arena_text(keywords->arena, name);
	item->value = arena_text(keywords->arena, value);
	if (item->name == NULL || item->value == NULL)
		return fault_memory(fault);
	keywords->count++;
	return fault->status;
}

static int drop(struct keywords *keywords, const char *key, struct fault *fault)
{
	const char *before = keywords->dropped;

	keywords->foreign = true;
	keywords->dropped = before == NULL ? arena_text(keywords->arena, key) :
		arena_format(keywords->arena, "%s, %s", before, key);
	return keywords->dropped == NULL ? fault_memory(fault) : 0;
}

static int take_schema(struct keywords *keywords, const char *value, struct fault *fault)
{
	keywords->foreign = true;
	if (*value == '\0')
		return 0;
	if (strchr(value, ',') != NULL)
		return fault_set(fault, STATUS_USAGE, "%s names several schemas: name one",
			keywords->whence);
	keywords->schema = arena_text(keywords->arena, value);
	return keywords->schema == NULL ? fault_memory(fault) : 0;
}

/* libpq's own URLs know ssl=true, too. */
static int take_ssl(struct keywords *keywords, const char *value, struct fault *fault)
{
	static const struct {
		const char *value, *mode, *jdbc;
	} modes[] = {
		{ "true", "require", "verify-full" }, { "1", "require", "verify-full" },
		{ "", "require", "verify-full" }, { "no-verify", "require", "require" },
		{ "false", "disable", "prefer" }, { "0", "disable", "prefer" },
		{ "disable", "disable", "disable" }, { "allow", "allow", "allow" },
		{ "prefer", "prefer", "prefer" }, { "require", "require", "require" },
		{ "verify-ca", "verify-ca", "verify-ca" },
		{ "verify-full", "verify-full", "verify-full" }
	};
	const bool jdbc = keywords->dialect == DIALECT_JDBC;

	keywords->foreign = true;
	/* What is said in full is not changed by what is said in short. */
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcasecmp(value, modes[i].value) == 0)
			return keywords_find(keywords, "sslmode") != NULL ? fault->status :
				keywords_add(keywords, "sslmode",
					jdbc ? modes[i].jdbc : modes[i].mode, fault);
	return fault_set(fault, STATUS_USAGE, "%s: ssl= is true, false, no-verify or one of "
		"PostgreSQL's sslmodes", keywords->whence);
}

static int take_sslmode(struct keywords *keywords, const char *value, struct fault *fault)
{
	static const char *const others[][2] = {
		{ "no-verify", "require" }, { "VerifyCA", "verify-ca" },
		{ "VerifyFull", "verify-full" }, { "Disable", "disable" }, { "Allow", "allow" },
		{ "Prefer", "prefer" }, { "Require", "require" }
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(value, others[i][0]) == 0) {
			keywords->foreign = true;
			value = others[i][1];
		}
	return keywords_add(keywords, "sslmode", value, fault);
}

static int take_sslaccept(struct keywords *keywords, const char *value, struct fault *fault)
{
	keywords->foreign = true;
	if (strcmp(value, "strict") == 0)
		keywords->strict = true;
	else if (strcmp(value, "accept_invalid_certs") != 0)
		return fault_set(fault, STATUS_USAGE, "%s: sslaccept= is strict or "
			"accept_invalid_certs", keywords->whence);
	return fault->status;
}

/* libpq would quote what is none. */
static int take_port(struct keywords *keywords, const char *value, struct fault *fault)
{
	if (value[strspn(value, "0123456789,")] != '\0')
		return fault_set(fault, STATUS_USAGE, "%s: its port is no number; inside a URL a : "
			"in a password is written %%3A, a / is %%2F", keywords->whence);
	return keywords_add(keywords, "port", value, fault);
}

static int refuse(const struct keywords *keywords, const struct known *known, struct fault *fault)
{
	if (known != NULL)
		return fault_set(fault, STATUS_USAGE, "%s: \"%s\" is not taken: %s",
			keywords->whence, known->key, known->keyword);
	return fault_set(fault, STATUS_USAGE, "%s: parameter %zu is none that is known (which it "
		"is stays unsaid: it may be part of a password, in which & is written %%26)",
		keywords->whence, keywords->given);
}

int keywords_take(struct keywords *keywords, const char *key, const char *value,
	struct fault *fault)
{
	const struct known *known = find_known(keywords->dialect, key);

	keywords->given++;
	if (known == NULL || known->use == REFUSE)
		return refuse(keywords, known, fault);
	switch (known->use) {
	case DROP:
		return drop(keywords, known->key, fault);
	case SCHEMA:
		return take_schema(keywords, value, fault);
	case SSL:
		return take_ssl(keywords, value, fault);
	case SSLMODE:
		return take_sslmode(keywords, value, fault);
	case SSLACCEPT:
		return take_sslaccept(keywords, value, fault);
	case PORT:
		return take_port(keywords, value, fault);
	default:
		return keywords_add(keywords, known->keyword == NULL ? known->key : known->keyword,
			value, fault);
	}
}

int keywords_end(struct keywords *keywords, struct fault *fault)
{
	if (keywords->dialect != DIALECT_LIBPQ)
		keywords->foreign = true;
	if (keywords->strict)
		keywords_add(keywords, "sslmode", "verify-full", fault);
	return fault->status;
}
