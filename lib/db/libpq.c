#include "db/libpq.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/utf8.h"
#include "db/complaint.h"

enum {
	CONNECT_TIMEOUT = 15,  /* seconds */
	SLICE = 200,           /* milliseconds: how late a signal may be noticed */
	STOP_MOST = 1500,      /* milliseconds that the server has to obey a cancel */
	SUSPICION_MOST = 500,  /* milliseconds: see look */
	LOOK_EVERY = 8,        /* pieces */
	/* With its header a piece is four times the 8 KiB that libpq sends at once. */
	PIECE = 32 * 1024 - 5,
	PARAMETERS_MOST = 64,
	NOTICES_MOST = 100,
	NAME_MOST = 63,
	NAME_SIZE = 256
};

struct libpq {
	PGconn *pg;
	struct arena *arena;
	struct libpq_options options;
	struct libpq_facts facts;
	struct libpq_error error;
	char primary[512];
	char names[4][NAME_SIZE];
	char copied[NAME_SIZE];      /* the column that COPY was at */
	const char *sql;             /* that runs */
	const char *table;           /* that COPY runs for; NULL: none does */
	uint64_t rows_before;        /* of it, in COPYs before */
	struct bytes piece;
	char *received;              /* of COPY ... TO STDOUT, from libpq */
	bool reading;                /* the COPY that runs is one of these, or is to be */
	unsigned pieces;
	uint64_t suspicious;         /* when something came that was no notice; 0: nothing did */
	const char *notices[NOTICES_MOST];
	size_t notice_count;
	uint64_t notices_seen;
	uint64_t stop_until;         /* a cancel was sent; 0: none was */
	pid_t canceller;
	bool lost;                   /* the server did not obey: nothing more can be asked */
};

static uint64_t now(void)
{
	struct timespec time = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* --- what the server said --------------------------------------------------------------------- */

static const char *copy_primary(const PGresult *result, char *to, size_t size)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	snprintf(to, size, "%s", text == NULL ? "" : text);
	complaint_redact(state, to);
	return to;
}

static void take_notice(void *context, const PGresult *result)
{
	struct libpq *libpq = context;
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY);
	char text[512];

	libpq->notices_seen++;
	if (libpq->notice_count == NOTICES_MOST)
		return;
	copy_primary(result, text, sizeof(text));
	libpq->notices[libpq->notice_count] = arena_format(libpq->arena, "%s: %s",
		severity == NULL ? "NOTICE" : severity, text);
	if (libpq->notices[libpq->notice_count] != NULL)
		libpq->notice_count++;
}

struct texts libpq_notices(struct libpq *libpq)
{
	struct texts notices = { .count = libpq->notice_count };

	notices.items = arena_array(libpq->arena, notices.count + 1, sizeof(*notices.items));
	if (notices.items == NULL)
		notices.count = 0;
	else
		memcpy(notices.items, libpq->notices, notices.count * sizeof(*notices.items));
	libpq->notice_count = 0;
	return notices;
}

static const char *name_field(struct libpq *libpq, const PGresult *result, size_t place, int field)
{
	const char *text = PQresultErrorField(result, field);

	if (text == NULL)
		return NULL;
	snprintf(libpq->names[place], NAME_SIZE, "%s", text);
	return libpq->names[place];
}

static void keep_error(struct libpq *libpq, const PGresult *result)
{
	struct libpq_error *error = &libpq->error;
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *context = PQresultErrorField(result, PG_DIAG_CONTEXT);

	*error = (struct libpq_error){ .primary = libpq->primary };
	snprintf(error->state, sizeof(error->state), "%s", state == NULL ? "" : state);
	copy_primary(result, libpq->primary, sizeof(libpq->primary));
	error->schema = name_field(libpq, result, 0, PG_DIAG_SCHEMA_NAME);
	error->table = name_field(libpq, result, 1, PG_DIAG_TABLE_NAME);
	error->column = name_field(libpq, result, 2, PG_DIAG_COLUMN_NAME);
	error->constraint = name_field(libpq, result, 3, PG_DIAG_CONSTRAINT_NAME);
	error->line = complaint_row(context, libpq->table, libpq->copied, NAME_SIZE);
	error->line += error->line > 0 ? libpq->rows_before : 0;
	if (error->column == NULL && libpq->copied[0] != '\0')
		error->column = libpq->copied;
}

/* "t.c, row 3: ", or nothing. */
static void add_place(const struct libpq *libpq, struct bytes *text)
{
	if (libpq->table == NULL)
		return;
	bytes_add_text(text, libpq->table);
	if (libpq->error.column != NULL)
		bytes_format(text, ".%s", libpq->error.column);
	if (libpq->error.line > 0)
		bytes_format(text, ", row %llu", (unsigned long long)libpq->error.line);
	bytes_add_text(text, ": ");
}

static int set_stopped(struct fault *fault)
{
	return fault_set(fault, STATUS_AGAIN, "stopped by signal %d (%s)", (int)descriptor_stop,
		strsignal(descriptor_stop));
}

/* libpq's own words, where the server could say none: the first line, its pieces in one. */
static int set_lost(struct libpq *libpq, const char *words, struct fault *fault)
{
	const size_t size = words == NULL ? 0 : strcspn(words, "\n");

	if (size == 0)
		return fault_set(fault, STATUS_AGAIN, "the connection to %s was lost",
			libpq->facts.where);
	return fault_set(fault, STATUS_AGAIN, "the connection to %s was lost: %.*s",
		libpq->facts.where, (int)(size < NAME_SIZE ? size : NAME_SIZE), words);
}

static int status_of(const struct libpq *libpq)
{
	const int pooler = complaint_pooler(libpq->error.state, libpq->primary);

	return pooler != STATUS_OK ? pooler : complaint_status(libpq->error.state);
}

/* The fault for a result that is an error. */
static int set_error(struct libpq *libpq, const PGresult *result, struct fault *fault)
{
	struct bytes text = { 0 };
	int status;

	keep_error(libpq, result);
	if (descriptor_stop != 0)
		return set_stopped(fault);
	if (libpq->error.state[0] == '\0')
		return set_lost(libpq, PQresultErrorMessage(result), fault);
	add_place(libpq, &text);
	bytes_format(&text, "%s (%s)", libpq->primary, libpq->error.state);
	if (strncmp(libpq->error.state, "53", 2) == 0 &&
	    strcmp(libpq->error.state, "53100") != 0) {
		const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);

		bytes_format(&text, "%s%s", hint == NULL ? "" : "; ", hint == NULL ? "" : hint);
	}
	complaint_add_help(&text, libpq->error.state, libpq->primary);
	complaint_add_grant(&text, libpq->error.state, libpq->primary, libpq->sql,
		libpq->facts.user);
	if (text.failed)
		status = fault_memory(fault);
	else if (complaint_pooler(libpq->error.state, libpq->primary) == STATUS_MISFIT)
		status = fault_set(fault, STATUS_MISFIT, "the pooler at %s knows no transactions "
			"(%s): use the direct host, or a pool in transaction mode",
			libpq->facts.where, libpq->primary);
	else
		status = fault_set(fault, status_of(libpq), "%.*s", (int)text.size,
			(const char *)text.data);
	bytes_close(&text);
	return status;
}

/* --- waiting, and being stopped --------------------------------------------------------------- */

/*
 * PQcancel connects anew and waits for the server, for minutes if the network is gone, and cannot
 * be interrupted: so a child does it.
 */
static void cancel(struct libpq *libpq)
{
	PGcancel *request = PQgetCancel(libpq->pg);
	char words[256];

	if (request == NULL)
		return;
	libpq->canceller = fork();
	if (libpq->canceller == 0) {
		PQcancel(request, words, sizeof(words));
		_exit(0);
	}
	PQfreeCancel(request);
}

static void reap(struct libpq *libpq)
{
	if (libpq->canceller <= 0)
		return;
	if (waitpid(libpq->canceller, NULL, WNOHANG) == 0) {
		kill(libpq->canceller, SIGKILL);
		waitpid(libpq->canceller, NULL, 0);
	}
	libpq->canceller = 0;
}

/* False when the server was told to stop and did not obey. */
static bool obeys(struct libpq *libpq)
{
	if (descriptor_stop == 0)
		return true;
	if (libpq->stop_until == 0) {
		libpq->stop_until = now() + STOP_MOST;
		cancel(libpq);
	}
	if (now() > libpq->stop_until)
		libpq->lost = true;
	return !libpq->lost;
}

/* Until the socket is ready for one of the events. */
static bool wait_for(struct libpq *libpq, short events)
{
	struct pollfd wait = { .fd = PQsocket(libpq->pg), .events = events };

	while (obeys(libpq)) {
		if (wait.fd < 0 || poll(&wait, 1, SLICE) > 0)
			return true;
	}
	return false;
}

/* Until all that was said is on its way; true also when it cannot be: the next result tells. */
static bool flush(struct libpq *libpq)
{
	while (PQflush(libpq->pg) == 1) {
		if (!wait_for(libpq, POLLIN | POLLOUT))
			return false;
		if (PQconsumeInput(libpq->pg) == 0)
			break;
	}
	return true;
}

/* NULL behind the last one, and when libpq is lost. */
static PGresult *next_result(struct libpq *libpq)
{
	if (libpq->lost || !flush(libpq))
		return NULL;
	while (PQisBusy(libpq->pg)) {
		if (!wait_for(libpq, POLLIN))
			return NULL;
		if (PQconsumeInput(libpq->pg) == 0)
			break;
	}
	return PQgetResult(libpq->pg);
}

static bool is_error(const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_BAD_RESPONSE:
	case PGRES_NONFATAL_ERROR:
	case PGRES_FATAL_ERROR:
		return true;
	default:
		return false;
	}
}

/*
 * Reads all results, and gives the last; NULL when a fault was set.  A COPY that begins is the last
 * one, since it goes on until it is ended.
 */
static PGresult *read_results(struct libpq *libpq, struct fault *fault)
{
	PGresult *last = NULL, *result;

	while ((result = next_result(libpq)) != NULL) {
		if (is_error(result))
			set_error(libpq, result, fault);
		PQclear(last);
		last = result;
		if (PQresultStatus(result) == PGRES_COPY_IN ||
		    (PQresultStatus(result) == PGRES_COPY_OUT && libpq->reading))
			break;
		if (PQresultStatus(result) == PGRES_COPY_OUT ||
		    PQresultStatus(result) == PGRES_COPY_BOTH) {
			libpq->lost = true;
			fault_set(fault, STATUS_BUG, "a COPY that nobody reads");
		}
	}
	if (libpq->lost && descriptor_stop != 0)
		set_stopped(fault);
	else if (last == NULL)
		set_lost(libpq, PQerrorMessage(libpq->pg), fault);
	if (fault->status == STATUS_OK)
		return last;
	PQclear(last);
	return NULL;
}

/* Before anything is sent. */
static bool may_send(struct libpq *libpq, const char *sql, struct fault *fault)
{
	libpq->sql = sql;
	libpq->error = (struct libpq_error){ .primary = "" };
	if (fault->status != STATUS_OK)
		return false;
	if (descriptor_stop != 0)
		set_stopped(fault);
	else if (libpq->lost || PQstatus(libpq->pg) != CONNECTION_OK)
		set_lost(libpq, NULL, fault);
	else if (libpq->table != NULL)
		fault_set(fault, STATUS_BUG, "a statement in the middle of a COPY");
	return fault->status == STATUS_OK;
}

static PGresult *ask(struct libpq *libpq, const char *sql, struct fault *fault)
{
	if (!may_send(libpq, sql, fault))
		return NULL;
	if (PQsendQuery(libpq->pg, sql) == 0) {
		set_lost(libpq, PQerrorMessage(libpq->pg), fault);
		return NULL;
	}
	return read_results(libpq, fault);
}

/* --- connecting ------------------------------------------------------------------------------- */

/* Later ones win: defaults of ours, what was given, what we insist on. */
struct parameters {
	const char *names[PARAMETERS_MOST + 1];
	const char *values[PARAMETERS_MOST + 1];
	size_t count;
};

static void add_parameter(struct parameters *parameters, const char *name, const char *value)
{
	if (parameters->count == PARAMETERS_MOST)
		return;
	parameters->names[parameters->count] = name;
	parameters->values[parameters->count++] = value;
}

static const char *or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

static int describe_place(struct libpq *libpq, struct fault *fault)
{
	const char *host = or_empty(PQhost(libpq->pg)), *port = or_empty(PQport(libpq->pg));
	struct libpq_facts *facts = &libpq->facts;

	facts->user = arena_text(libpq->arena, or_empty(PQuser(libpq->pg)));
	facts->database = arena_text(libpq->arena, or_empty(PQdb(libpq->pg)));
	facts->socket = host[0] == '\0' || host[0] == '/' || host[0] == '@';
	if (facts->socket)
		facts->where = arena_format(libpq->arena, "%s (port %s)",
			host[0] == '\0' ? "a socket" : host, port);
	else
		facts->where = arena_format(libpq->arena, "%s:%s", host, port);
	if (facts->user == NULL || facts->database == NULL || facts->where == NULL)
		return fault_memory(fault);
	return 0;
}

static uint64_t connect_deadline(struct libpq *libpq)
{
	PQconninfoOption *options = PQconninfo(libpq->pg);
	unsigned seconds = libpq->options.connect_timeout;

	if (seconds == 0)
		seconds = CONNECT_TIMEOUT;
	for (PQconninfoOption *at = options; at != NULL && at->keyword != NULL; at++)
		if (strcmp(at->keyword, "connect_timeout") == 0 && at->val != NULL &&
		    atoi(at->val) > 0)
			seconds = (unsigned)atoi(at->val);
	PQconninfoFree(options);
	return now() + (uint64_t)seconds * 1000;
}

static int set_refused(struct libpq *libpq, struct fault *fault)
{
	const struct complaint_place place = { or_empty(PQhost(libpq->pg)),
		or_empty(PQport(libpq->pg)), libpq->facts.user, libpq->facts.database };
	const char *words = PQerrorMessage(libpq->pg), *state = libpq->error.state, *text;
	struct bytes why = { 0 };
	int status;

	text = complaint_attempt(words, libpq->error.state);
	snprintf(libpq->primary, sizeof(libpq->primary), "%.*s", (int)strcspn(text, "\n"), text);
	libpq->error.primary = libpq->primary;
	status = complaint_connect(state, words);
	if (PQconnectionNeedsPassword(libpq->pg))
		status = STATUS_RIGHTS;
	bytes_add_text(&why, libpq->primary);
	if (*state != '\0')
		bytes_format(&why, " (%s)", state);
	complaint_add_advice(&why, state, libpq->primary, &place);
	if (why.failed)
		fault_memory(fault);
	else
		fault_set(fault, status, "cannot connect to database %s at %s: %.*s",
			libpq->facts.database, libpq->facts.where, (int)why.size,
			(const char *)why.data);
	bytes_close(&why);
	return fault->status;
}

static int await_connection(struct libpq *libpq, struct fault *fault)
{
	const uint64_t deadline = connect_deadline(libpq);
	PostgresPollingStatusType turn = PGRES_POLLING_WRITING;

	while (turn != PGRES_POLLING_OK) {
		struct pollfd wait = { .fd = PQsocket(libpq->pg) };

		if (turn == PGRES_POLLING_FAILED || PQstatus(libpq->pg) == CONNECTION_BAD)
			return set_refused(libpq, fault);
		wait.events = turn == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		if (descriptor_stop != 0)
			return set_stopped(fault);
		if (now() > deadline)
			return fault_set(fault, STATUS_AGAIN,
				"cannot connect to database %s at %s: no answer in time",
				libpq->facts.database, libpq->facts.where);
		if (poll(&wait, 1, SLICE) > 0)
			turn = PQconnectPoll(libpq->pg);
	}
	return 0;
}

static int connect_server(struct libpq *libpq, const struct address *address, struct fault *fault)
{
	struct parameters parameters = { .count = 0 };
	const char *name = arena_format(libpq->arena, "rowpipe/%s", libpq->options.tool);

	add_parameter(&parameters, "keepalives_idle", "30");
	add_parameter(&parameters, "keepalives_interval", "10");
	add_parameter(&parameters, "keepalives_count", "3");
	add_parameter(&parameters, "tcp_user_timeout", "60000");
	if (name == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < address->keywords.count; i++)
		add_parameter(&parameters, address->keywords.items[i].name,
			address->keywords.items[i].value);
	add_parameter(&parameters, "application_name", name);
	add_parameter(&parameters, "client_encoding", "UTF8");
	libpq->pg = PQconnectStartParams(parameters.names, parameters.values, 0);
	if (libpq->pg == NULL)
		return fault_memory(fault);
	PQsetErrorVerbosity(libpq->pg, PQERRORS_VERBOSE);
	PQsetNoticeReceiver(libpq->pg, take_notice, libpq);
	if (describe_place(libpq, fault) != 0 || await_connection(libpq, fault) != 0)
		return fault->status;
	if (PQsetnonblocking(libpq->pg, 1) != 0)
		return fault_memory(fault);
	return describe_place(libpq, fault);
}

/* --- facts, and pinning ----------------------------------------------------------------------- */

/*
 * Nothing may be looked up but in pg_catalog, not even by the first question; and a pooler may give
 * the session to others, who must not inherit it.
 */
static const char empty_path[] =
	"BEGIN; SELECT pg_catalog.set_config('search_path', '', true)";

static const char ask_facts[] =
	"SELECT pg_catalog.current_setting('server_version'),"
	" pg_catalog.current_setting('server_encoding'), pg_catalog.current_database(),"
	" current_user, pg_catalog.current_setting('is_superuser'), pg_catalog.pg_is_in_recovery(),"
	" pg_catalog.current_setting('transaction_read_only'), pg_catalog.pg_backend_pid(),"
	" pg_catalog.current_setting('max_identifier_length')";

/* Settings that this server does not have are not there to be set.  $1: milliseconds, $2: local. */
static const char pin_settings[] =
	"SELECT pg_catalog.set_config(s.name, p.value, $2::pg_catalog.bool)"
	" FROM (VALUES ('search_path', ''), ('client_encoding', 'UTF8'), ('datestyle', 'ISO, MDY'),"
	" ('intervalstyle', 'postgres'), ('timezone', 'UTC'), ('extra_float_digits', '3'),"
	" ('bytea_output', 'hex'), ('standard_conforming_strings', 'on'), ('array_nulls', 'on'),"
	" ('transform_null_equals', 'off'), ('xmloption', 'content'), ('row_security', 'off'),"
	" ('check_function_bodies', 'on'), ('synchronous_commit', 'on'),"
	" ('default_transaction_isolation', 'read committed'),"
	" ('default_transaction_deferrable', 'off'), ('client_min_messages', 'notice'),"
	" ('statement_timeout', '0'), ('idle_in_transaction_session_timeout', '0'),"
	" ('idle_session_timeout', '0'), ('transaction_timeout', '0'), ('lock_timeout', $1),"
	" ('tcp_keepalives_idle', '60'), ('tcp_keepalives_interval', '10'),"
	" ('tcp_keepalives_count', '6'))"
	" AS p(name, value) JOIN pg_catalog.pg_settings AS s"
	" ON pg_catalog.lower(s.name) OPERATOR(pg_catalog.=) p.name";

static int pin(struct libpq *libpq, bool local, struct fault *fault)
{
	char timeout[16];
	const char *parameters[] = { timeout, local ? "on" : "off" };
	struct arena arena = { 0 };
	struct libpq_rows rows;
	int status;

	snprintf(timeout, sizeof(timeout), "%u", libpq->options.lock_timeout);
	status = libpq_query(libpq, &arena, pin_settings, parameters, 2, &rows, fault);
	arena_close(&arena);
	return status;
}

static int read_facts(struct libpq *libpq, struct fault *fault)
{
	struct libpq_facts *facts = &libpq->facts;
	struct libpq_rows rows;

	if (libpq_query(libpq, libpq->arena, ask_facts, NULL, 0, &rows, fault) != 0)
		return fault->status;
	if (rows.count != 1 || rows.columns != 9)
		return fault_set(fault, STATUS_SERVER, "%s is no PostgreSQL server", facts->where);
	facts->version = PQserverVersion(libpq->pg);
	facts->version_text = or_empty(rows.cells[0]);
	facts->encoding = or_empty(rows.cells[1]);
	facts->database = or_empty(rows.cells[2]);
	facts->user = or_empty(rows.cells[3]);
	facts->superuser = strcmp(or_empty(rows.cells[4]), "on") == 0;
	facts->standby = strcmp(or_empty(rows.cells[5]), "t") == 0;
	facts->read_only = strcmp(or_empty(rows.cells[6]), "on") == 0;
	facts->process = atoi(or_empty(rows.cells[7]));
	facts->name_most = (unsigned)atoi(or_empty(rows.cells[8]));
	facts->tls = PQsslInUse(libpq->pg) != 0;
	/* A pooler answers the connection itself, with a number of its own. */
	facts->pooler = facts->process != PQbackendPID(libpq->pg);
	return 0;
}

static int refuse_read_only(const struct libpq *libpq, struct fault *fault)
{
	const struct libpq_facts *facts = &libpq->facts;

	if (facts->standby)
		return fault_set(fault, STATUS_MISFIT, "the server at %s is a standby and takes no "
			"writes: connect to its primary", facts->where);
	if (facts->read_only)
		return fault_set(fault, STATUS_MISFIT, "database %s is read-only for role %s: "
			"default_transaction_read_only is on; connect as a role that may write, or "
			"turn it off: PGOPTIONS='-c default_transaction_read_only=off'",
			facts->database, facts->user);
	return 0;
}

/*
 * A session that lasts is pinned as a whole.  A server that looks after its client while it works
 * ends what nobody waits for any more; not every system can, so that is no must.
 */
static int begin_session(struct libpq *libpq, struct fault *fault)
{
	struct fault ignored = { 0 };

	if (libpq_run(libpq, empty_path, fault) != 0 || read_facts(libpq, fault) != 0 ||
	    libpq_run(libpq, "ROLLBACK", fault) != 0)
		return fault->status;
	if (libpq->options.writes && refuse_read_only(libpq, fault) != 0)
		return fault->status;
	if (libpq->facts.pooler || pin(libpq, false, fault) != 0)
		return fault->status;
	if (libpq->facts.version >= 140000)
		libpq_run(libpq, "SET client_connection_check_interval = 2000", &ignored);
	return 0;
}

struct libpq *libpq_open(struct arena *arena, const struct address *address,
	const struct libpq_options *options, struct fault *fault)
{
	struct libpq *libpq = arena_alloc(arena, sizeof(*libpq));

	if (libpq == NULL) {
		fault_memory(fault);
		return NULL;
	}
	libpq->arena = arena;
	libpq->options = *options;
	libpq->facts.name_most = NAME_MOST;
	if (connect_server(libpq, address, fault) == 0 && begin_session(libpq, fault) == 0)
		return libpq;
	if (options->refused != NULL)
		snprintf(options->refused, sizeof(libpq->error.state), "%s", libpq->error.state);
	libpq_close(libpq);
	return NULL;
}

void libpq_close(struct libpq *libpq)
{
	if (libpq == NULL)
		return;
	PQfreemem(libpq->received);
	libpq->received = NULL;
	PQfinish(libpq->pg);
	libpq->pg = NULL;
	reap(libpq);
	bytes_close(&libpq->piece);
}

const struct libpq_facts *libpq_facts(const struct libpq *libpq)
{
	return &libpq->facts;
}

const struct libpq_error *libpq_error(const struct libpq *libpq)
{
	return &libpq->error;
}

bool libpq_alive(const struct libpq *libpq)
{
	return !libpq->lost && PQstatus(libpq->pg) == CONNECTION_OK;
}

/* --- statements ------------------------------------------------------------------------------- */

int libpq_run(struct libpq *libpq, const char *sql, struct fault *fault)
{
	PGresult *result = ask(libpq, sql, fault);

	if (result != NULL && PQresultStatus(result) == PGRES_COPY_IN) {
		libpq->table = "";
		libpq_copy_abort(libpq);
		fault_set(fault, STATUS_BUG, "a COPY where none was expected");
	}
	PQclear(result);
	return fault->status;
}

static int copy_cells(const PGresult *result, struct arena *arena, struct libpq_rows *rows,
	struct fault *fault)
{
	rows->count = (size_t)PQntuples(result);
	rows->columns = (size_t)PQnfields(result);
	rows->affected = strtoull(PQcmdTuples((PGresult *)(uintptr_t)result), NULL, 10);
	rows->cells = arena_array(arena, rows->count * rows->columns + 1, sizeof(*rows->cells));
	if (rows->cells == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < rows->count * rows->columns; i++) {
		const int row = (int)(i / rows->columns), column = (int)(i % rows->columns);

		if (PQgetisnull(result, row, column))
			continue;
		rows->cells[i] = arena_copy(arena, PQgetvalue(result, row, column),
			(size_t)PQgetlength(result, row, column));
		if (rows->cells[i] == NULL)
			return fault_memory(fault);
	}
	return 0;
}

int libpq_query(struct libpq *libpq, struct arena *arena, const char *sql,
	const char *const *parameters, size_t count, struct libpq_rows *rows, struct fault *fault)
{
	PGresult *result;

	*rows = (struct libpq_rows){ 0 };
	if (!may_send(libpq, sql, fault))
		return fault->status;
	if (PQsendQueryParams(libpq->pg, sql, (int)count, NULL, parameters, NULL, NULL, 0) == 0)
		return set_lost(libpq, PQerrorMessage(libpq->pg), fault);
	result = read_results(libpq, fault);
	if (result != NULL)
		copy_cells(result, arena, rows, fault);
	PQclear(result);
	return fault->status;
}

/* Asks for one thing more about what was prepared without a name. */
static PGresult *ask_prepared(struct libpq *libpq, const char *sql, struct fault *fault)
{
	PGresult *result;

	if (!may_send(libpq, sql, fault))
		return NULL;
	if (PQsendPrepare(libpq->pg, "", sql, 0, NULL) == 0) {
		set_lost(libpq, PQerrorMessage(libpq->pg), fault);
		return NULL;
	}
	result = read_results(libpq, fault);
	PQclear(result);
	if (result == NULL)
		return NULL;
	if (PQsendDescribePrepared(libpq->pg, "") == 0) {
		set_lost(libpq, PQerrorMessage(libpq->pg), fault);
		return NULL;
	}
	return read_results(libpq, fault);
}

int libpq_describe(struct libpq *libpq, struct arena *arena, const char *sql,
	struct libpq_rows *columns, struct fault *fault)
{
	PGresult *result = ask_prepared(libpq, sql, fault);

	*columns = (struct libpq_rows){ .columns = 3 };
	if (result == NULL)
		return fault->status;
	columns->cells = arena_array(arena, (size_t)PQnfields(result) * 3 + 1,
		sizeof(*columns->cells));
	for (int i = 0; columns->cells != NULL && i < PQnfields(result); i++) {
		const char **cells = columns->cells + 3 * columns->count++;

		cells[0] = arena_text(arena, PQfname(result, i));
		cells[1] = arena_format(arena, "%u", PQftype(result, i));
		cells[2] = arena_format(arena, "%d", PQfmod(result, i));
		if (cells[0] == NULL || cells[1] == NULL || cells[2] == NULL)
			fault_memory(fault);
	}
	if (columns->cells == NULL)
		fault_memory(fault);
	PQclear(result);
	return fault->status;
}

/* --- transactions ----------------------------------------------------------------------------- */

/*
 * Who locks and then looks must see what was committed before the lock was his.  What a role has
 * for its transactions holds from BEGIN on: too early for pin, behind a pooler.
 */
int libpq_begin(struct libpq *libpq, struct fault *fault)
{
	if (libpq_run(libpq, "BEGIN ISOLATION LEVEL READ COMMITTED", fault) == 0 &&
	    libpq->facts.pooler)
		pin(libpq, true, fault);
	return fault->status;
}

int libpq_begin_snapshot(struct libpq *libpq, const char *snapshot, const char *first,
	struct fault *fault)
{
	struct bytes sql = { 0 };

	bytes_add_text(&sql, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;");
	if (snapshot != NULL) {
		bytes_add_text(&sql, "SET TRANSACTION SNAPSHOT ");
		libpq_literal(&sql, snapshot, strlen(snapshot), fault);
		bytes_add_byte(&sql, ';');
	}
	bytes_format(&sql, "SET LOCAL lock_timeout = %u;SET LOCAL synchronize_seqscans = off;"
		"SET LOCAL max_parallel_workers_per_gather = 0", libpq->options.lock_timeout);
	if (first != NULL)
		bytes_format(&sql, ";%s", first);
	bytes_add_byte(&sql, '\0');
	if (sql.failed)
		fault_memory(fault);
	if (fault->status == 0)
		libpq_run(libpq, (const char *)sql.data, fault);
	bytes_close(&sql);
	if (fault->status == 0 && libpq->facts.pooler)
		pin(libpq, true, fault);
	return fault->status;
}

const char *libpq_export_snapshot(struct libpq *libpq, struct arena *arena, struct fault *fault)
{
	static const char sql[] = "SELECT pg_catalog.pg_export_snapshot()";
	struct libpq_rows rows;

	if (libpq_query(libpq, arena, sql, NULL, 0, &rows, fault) != 0)
		return NULL;
	return rows.cells[0];
}

/*
 * An error that leaves the connection whole is an answer.  A FATAL is none, even one that says why:
 * the server may have committed before it was told to go.
 */
int libpq_commit(struct libpq *libpq, struct fault *fault)
{
	struct fault answer = { 0 };
	PGresult *result;

	if (!may_send(libpq, "COMMIT", fault))
		return fault->status;
	result = ask(libpq, "COMMIT", &answer);
	if (result == NULL && libpq_alive(libpq))
		return fault_set(fault, answer.status, "%s", answer.text);
	if (result == NULL)
		return fault_set(fault, STATUS_UNKNOWN, "COMMIT was sent, its answer did not come: "
			"whether it took place is unknown (%s)", answer.text);
	if (strcmp(PQcmdStatus(result), "COMMIT") != 0)
		fault_set(fault, STATUS_BUG, "COMMIT of a transaction that had failed");
	PQclear(result);
	return fault->status;
}

void libpq_rollback(struct libpq *libpq)
{
	struct fault ignored = { 0 };

	libpq_copy_abort(libpq);
	if (!libpq_alive(libpq) || PQtransactionStatus(libpq->pg) == PQTRANS_IDLE)
		return;
	if (PQsendQuery(libpq->pg, "ROLLBACK") != 0)
		PQclear(read_results(libpq, &ignored));
}

/* --- COPY ------------------------------------------------------------------------------------- */

int libpq_copy_begin(struct libpq *libpq, const char *sql, const char *table, struct fault *fault)
{
	PGresult *result;

	if (!bytes_reserve(&libpq->piece, PIECE))
		return fault_memory(fault);
	result = ask(libpq, sql, fault);
	if (result == NULL)
		return fault->status;
	if (PQresultStatus(result) == PGRES_COPY_IN) {
		bytes_clear(&libpq->piece);
		libpq->table = table;
		libpq->rows_before = 0;
		libpq->pieces = 0;
		libpq->suspicious = 0;
	} else {
		fault_set(fault, STATUS_BUG, "a COPY that does not begin");
	}
	PQclear(result);
	return fault->status;
}

void libpq_copy_goes_on(struct libpq *libpq, uint64_t rows)
{
	libpq->rows_before = rows;
}

int libpq_copy_out(struct libpq *libpq, const char *sql, const char *table, struct fault *fault)
{
	PGresult *result;

	libpq->reading = true;
	result = ask(libpq, sql, fault);
	if (result != NULL && PQresultStatus(result) == PGRES_COPY_OUT)
		libpq->table = table;
	else if (result != NULL)
		fault_set(fault, STATUS_BUG, "a COPY that does not begin");
	libpq->reading = libpq->table != NULL;
	PQclear(result);
	return fault->status;
}

/* Behind the last of it, or where it broke off: the server's word. */
static bool end_reading(struct libpq *libpq, uint64_t *rows, struct fault *fault)
{
	PGresult *result;

	libpq->reading = false;
	result = read_results(libpq, fault);
	libpq->table = NULL;
	libpq->sql = "";
	if (result != NULL)
		*rows = strtoull(PQcmdTuples(result), NULL, 10);
	PQclear(result);
	return false;
}

bool libpq_copy_get(struct libpq *libpq, const void **data, size_t *size, uint64_t *rows,
	struct fault *fault)
{
	int got = 0;

	if (libpq->table == NULL || !libpq->reading) {
		fault_set(fault, STATUS_BUG, "COPY data is wanted without a COPY");
		return false;
	}
	PQfreemem(libpq->received);
	libpq->received = NULL;
	while (fault->status == 0 && obeys(libpq) &&
	       (got = PQgetCopyData(libpq->pg, &libpq->received, 1)) == 0)
		if (!wait_for(libpq, POLLIN) || PQconsumeInput(libpq->pg) == 0)
			break;
	if (got > 0) {
		*data = libpq->received;
		*size = (size_t)got;
		return true;
	}
	return end_reading(libpq, rows, fault);
}

/* The server is told to stop, and what is on its way is thrown away. */
static void stop_reading(struct libpq *libpq)
{
	struct fault ignored = { 0 };
	const uint64_t until = now() + STOP_MOST;
	uint64_t rows;
	int got = 0;

	cancel(libpq);
	while (!libpq->lost && got >= 0) {
		struct pollfd wait = { .fd = PQsocket(libpq->pg), .events = POLLIN };

		PQfreemem(libpq->received);
		libpq->received = NULL;
		got = PQgetCopyData(libpq->pg, &libpq->received, 1);
		if (got != 0)
			continue;
		poll(&wait, 1, SLICE);
		libpq->lost = PQconsumeInput(libpq->pg) == 0 || now() > until;
	}
	end_reading(libpq, &rows, &ignored);
	reap(libpq);
}

/* Ends a COPY that cannot go on, and learns why. */
static int end_early(struct libpq *libpq, struct fault *fault)
{
	PGresult *result = NULL;

	if (!libpq->lost && PQputCopyEnd(libpq->pg, "given up") >= 0)
		result = read_results(libpq, fault);
	else
		set_lost(libpq, NULL, fault);
	if (result != NULL)
		fault_set(fault, STATUS_BUG, "a COPY that ended too early");
	PQclear(result);
	libpq->table = NULL;
	return fault->status;
}

/*
 * The server speaks during a COPY only to give notices, or to end it; libpq does not tell the
 * second before the COPY was ended by us, and all data till then would go nowhere.  So what came
 * and was no notice, nor has become one in a while, is taken for the end.  False: time to hear it.
 */
static bool look(struct libpq *libpq)
{
	struct pollfd there = { .fd = PQsocket(libpq->pg), .events = POLLIN };
	const uint64_t seen = libpq->notices_seen;

	if (poll(&there, 1, 0) > 0) {
		if (PQconsumeInput(libpq->pg) == 0)
			return false;
		if (libpq->suspicious == 0)
			libpq->suspicious = now();
	}
	if (libpq->suspicious == 0)
		return true;
	PQputCopyData(libpq->pg, "", 0); /* parses what came */
	if (libpq->notices_seen != seen)
		libpq->suspicious = 0;
	return libpq->suspicious == 0 || now() - libpq->suspicious < SUSPICION_MOST;
}

static int put_piece(struct libpq *libpq, const void *data, size_t size, struct fault *fault)
{
	int taken;

	if (descriptor_stop != 0)
		return end_early(libpq, fault);
	while ((taken = PQputCopyData(libpq->pg, data, (int)size)) == 0)
		if (!wait_for(libpq, POLLIN | POLLOUT) || PQconsumeInput(libpq->pg) == 0)
			return end_early(libpq, fault);
	if (taken < 0 || !flush(libpq))
		return end_early(libpq, fault);
	if (++libpq->pieces % LOOK_EVERY == 0 && !look(libpq))
		return end_early(libpq, fault);
	return 0;
}

int libpq_copy_put(struct libpq *libpq, const void *data, size_t size, struct fault *fault)
{
	struct bytes *piece = &libpq->piece;
	const uint8_t *next = data;

	if (libpq->table == NULL)
		return fault_set(fault, STATUS_BUG, "COPY data without a COPY");
	while (size > 0) {
		const size_t room = PIECE - piece->size, part = size < room ? size : room;
		int status = 0;

		if (part == PIECE) {
			status = put_piece(libpq, next, part, fault);
		} else {
			bytes_add(piece, next, part);
			if (piece->size == PIECE) {
				status = put_piece(libpq, piece->data, PIECE, fault);
				bytes_clear(piece);
			}
		}
		if (status != 0)
			return status;
		next += part;
		size -= part;
	}
	return 0;
}

int libpq_copy_end(struct libpq *libpq, uint64_t rows, struct fault *fault)
{
	struct bytes *piece = &libpq->piece;
	const char *table = libpq->table;
	PGresult *result;
	uint64_t taken;

	if (table == NULL)
		return fault_set(fault, STATUS_BUG, "the end of a COPY without a COPY");
	if (piece->size > 0 && put_piece(libpq, piece->data, piece->size, fault) != 0)
		return fault->status;
	bytes_clear(piece);
	if (descriptor_stop != 0 || PQputCopyEnd(libpq->pg, NULL) < 0)
		return end_early(libpq, fault);
	result = read_results(libpq, fault);
	libpq->table = NULL;
	if (result == NULL)
		return fault->status;
	taken = strtoull(PQcmdTuples(result), NULL, 10);
	PQclear(result);
	if (taken != rows)
		return fault_set(fault, STATUS_MISFIT, "%s: %llu rows were sent and %llu arrived: "
			"a trigger or rule of the table swallows rows", table,
			(unsigned long long)rows, (unsigned long long)taken);
	return 0;
}

void libpq_copy_abort(struct libpq *libpq)
{
	struct fault ignored = { 0 };

	if (libpq->table != NULL && libpq->reading)
		stop_reading(libpq);
	else if (libpq->table != NULL)
		end_early(libpq, &ignored);
}

/* --- names and texts in SQL ------------------------------------------------------------------- */

static bool is_ascii(const char *text)
{
	while (*text > 0)
		text++;
	return *text == '\0';
}

/* How long a name is where names are counted: in the database's encoding. */
static int measure_name(struct libpq *libpq, const char *name, size_t *size, struct fault *fault)
{
	static const char octets[] =
		"SELECT pg_catalog.octet_length(pg_catalog.convert_to($1, $2))";
	const char *parameters[] = { name, NULL };
	struct arena arena = { 0 };
	struct libpq_rows rows;

	*size = strlen(name);
	if (libpq == NULL || is_ascii(name) || strcmp(libpq->facts.encoding, "UTF8") == 0)
		return 0;
	parameters[1] = libpq->facts.encoding;
	if (libpq_query(libpq, &arena, octets, parameters, 2, &rows, fault) == 0)
		*size = strtoull(or_empty(rows.cells[0]), NULL, 10);
	arena_close(&arena);
	return fault->status;
}

int libpq_name(struct libpq *libpq, struct bytes *to, const char *name, struct fault *fault)
{
	const unsigned most = libpq == NULL ? NAME_MOST : libpq->facts.name_most;
	size_t size;

	if (*name == '\0')
		return fault_set(fault, STATUS_MISFIT, "a name that is empty");
	if (!utf8_valid((const uint8_t *)name, strlen(name)))
		return fault_set(fault, STATUS_MISFIT, "a name that is not UTF-8");
	if (measure_name(libpq, name, &size, fault) != 0)
		return fault->status;
	if (size > most)
		return fault_set(fault, STATUS_MISFIT, "the name %s has %zu bytes, PostgreSQL's "
			"have at most %u", name, size, most);
	bytes_add_byte(to, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"')
			bytes_add_byte(to, '"');
		bytes_add_byte(to, (uint8_t)*name);
	}
	bytes_add_byte(to, '"');
	return to->failed ? fault_memory(fault) : 0;
}

int libpq_literal(struct bytes *to, const void *text, size_t size, struct fault *fault)
{
	const uint8_t *from = text;

	if (memchr(text, 0, size) != NULL)
		return fault_set(fault, STATUS_MISFIT, "a text with a NUL byte: SQL has none");
	if (!utf8_valid(from, size))
		return fault_set(fault, STATUS_MISFIT, "a text that is not UTF-8");
	bytes_add_byte(to, '\'');
	for (size_t i = 0; i < size; i++) {
		if (from[i] == '\'')
			bytes_add_byte(to, '\'');
		bytes_add_byte(to, from[i]);
	}
	bytes_add_byte(to, '\'');
	return to->failed ? fault_memory(fault) : 0;
}
