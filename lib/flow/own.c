#include "flow/own.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "flow/child.h"
#include "flow/servers.h"

enum {
	SOCKET_MOST = 85,  /* bytes; the system takes about 100 with the socket's own name */
	PATIENCE = 120,    /* seconds, for another process that makes or starts it */
	READ_MOST = 64 << 10
};

void own_forget_environment(void)
{
	extern char **environ;
	char name[128];

	for (char **at = environ; *at != NULL;) {
		size_t size = strcspn(*at, "=");

		if (strncmp(*at, "PG", 2) != 0 || size >= sizeof(name)) {
			at++;
			continue;
		}
		memcpy(name, *at, size);
		name[size] = '\0';
		unsetenv(name);
		at = environ;
	}
}

/* --- where it is, and whose ------------------------------------------------------------------- */

static const char *home_of(struct arena *arena, struct fault *fault)
{
	const char *home = getenv("ROWPIPE_HOME"), *data = getenv("XDG_DATA_HOME");
	const char *user = getenv("HOME");
	const struct passwd *self = getpwuid(getuid());

	if (home != NULL && *home != '\0')
		return home;
	if (geteuid() == 0)
		return "/var/lib/rowpipe";
	if (data != NULL && *data == '/')
		return arena_format(arena, "%s/rowpipe", data);
	if (user == NULL || *user != '/')
		user = self == NULL ? NULL : self->pw_dir;
	if (user != NULL && *user == '/')
		return arena_format(arena, "%s/.local/share/rowpipe", user);
	fault_set(fault, STATUS_CREATE, "there is no home folder: set ROWPIPE_HOME to a folder of "
		"your own");
	return NULL;
}

static const char *absolute(struct arena *arena, const char *path)
{
	char here[4096];

	if (*path == '/' || getcwd(here, sizeof(here)) == NULL)
		return path;
	return arena_format(arena, "%s/%s", here, path);
}

static const char *name_of(struct arena *arena, unsigned number)
{
	const struct passwd *user = getpwuid(number);

	return user == NULL ? arena_format(arena, "user %u", number) : user->pw_name;
}

/* An empty folder that root has made for it is given to it. */
static void give(const struct own *own)
{
	struct stat facts;

	if (own->user != NULL && stat(own->home, &facts) == 0 && facts.st_uid == 0 &&
		rmdir(own->home) == 0 && mkdir(own->home, 0700) == 0 &&
		chown(own->home, own->number, (gid_t)-1) != 0)
		errno = 0; /* the owner is looked at next */
}

/* The folders are open to one user only: that is all the protection that the server has. */
static int look_whose(struct own *own, struct fault *fault)
{
	const char *const folders[] = { own->home, own->data, own->socket };
	struct stat facts;

	give(own);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (stat(folders[i], &facts) != 0)
			continue;
		if (facts.st_uid != own->number)
			return fault_set(fault, STATUS_RIGHTS,
				"%s belongs to %s: set ROWPIPE_HOME to a folder of your own",
				folders[i], name_of(own->arena, facts.st_uid));
	}
	if (stat(own->home, &facts) == 0 && (facts.st_mode & 077) != 0 &&
		chmod(own->home, 0700) != 0)
		return fault_errno(fault, STATUS_RIGHTS, own->home);
	return 0;
}

int own_find(struct own *own, struct arena *arena, struct fault *fault)
{
	*own = (struct own){ .arena = arena, .number = geteuid() };
	if (geteuid() == 0) {
		const struct passwd *user = getpwnam("postgres");

		if (user == NULL)
			return fault_set(fault, STATUS_SERVER,
				"there is no user postgres: apt-get install -y postgresql");
		own->user = "postgres";
		own->number = user->pw_uid;
	}
	own->home = home_of(arena, fault);
	if (fault->status != 0)
		return fault->status;
	own->home = own->home == NULL ? NULL : absolute(arena, own->home);
	own->data = own->home == NULL ? NULL : arena_format(arena, "%s/postgres", own->home);
	own->socket = own->home == NULL ? NULL : arena_format(arena, "%s/socket", own->home);
	if (own->data == NULL || own->socket == NULL)
		return fault_memory(fault);
	return look_whose(own, fault);
}

/* mkdir -p, of what is above it for everybody to pass. */
static int make_folders(const struct own *own, struct fault *fault)
{
	char *path = arena_text(own->arena, own->home);

	if (path == NULL)
		return fault_memory(fault);
	for (char *at = path + 1; (at = strchr(at, '/')) != NULL; at++) {
		struct stat facts;

		*at = '\0';
		if (stat(path, &facts) != 0 && (mkdir(path, 0755) != 0 && errno != EEXIST))
			return fault_errno(fault, STATUS_CREATE, path);
		*at = '/';
	}
	if (mkdir(path, 0700) == 0)
		return own->user == NULL || chown(path, own->number, (gid_t)-1) == 0 ? 0 :
			fault_errno(fault, STATUS_CREATE, path);
	return errno == EEXIST ? 0 : fault_errno(fault, STATUS_CREATE, path);
}

static int run_as(const struct own *own, const char *const words[], struct fault *fault)
{
	struct child child = { .words = words, .user = own->user, .folder = "/" };

	return child_run(&child, fault);
}

static int make_home(struct own *own, struct fault *fault)
{
	const char *const words[] = { "test", "-w", own->home, NULL };
	mode_t mask = umask(022);
	int status = make_folders(own, fault);

	umask(mask);
	if (status != 0 || look_whose(own, fault) != 0)
		return fault->status;
	if (run_as(own, words, fault) != 0)
		return fault_set(fault, STATUS_RIGHTS, "user %s cannot write to %s: set "
			"ROWPIPE_HOME to another folder", name_of(own->arena, own->number),
			own->home);
	if (strlen(own->socket) >= SOCKET_MOST)
		return fault_set(fault, STATUS_MISFIT, "%s is too long for the name of a socket: "
			"set ROWPIPE_HOME to a shorter one", own->home);
	return 0;
}

static const char *inside(const struct own *own, const char *name)
{
	const char *path = arena_format(own->arena, "%s/%s", own->home, name);

	return path == NULL ? "" : path;
}

bool own_exists(const struct own *own)
{
	return access(inside(own, "postgres/PG_VERSION"), F_OK) == 0;
}

/* A file's text, or the end of it; NULL where it cannot be read. */
static const char *text_of(const struct own *own, const char *name)
{
	struct fault trouble = { 0 };
	char *text = arena_array(own->arena, READ_MOST + 1, 1);
	uint64_t size = 0;
	size_t got = 0;
	int fd = -1;

	if (text == NULL || descriptor_open(inside(own, name), &fd, &trouble) != 0)
		return NULL;
	if (descriptor_size(fd, &size))
		descriptor_read_at(fd, size > READ_MOST ? size - READ_MOST : 0, text, READ_MOST,
			&got, &trouble);
	descriptor_close(fd, name, &trouble);
	return trouble.status == 0 ? text : NULL;
}

int own_find_tools(struct own *own, struct fault *fault)
{
	const char *text = text_of(own, "postgres/PG_VERSION");
	char *wanted = text == NULL ? NULL : arena_copy(own->arena, text, strcspn(text, "\n"));

	own->tools = servers_find(own->arena, wanted, fault);
	if (own->tools != NULL || fault->status != 0)
		return fault->status;
	if (wanted != NULL)
		return fault_set(fault, STATUS_SERVER, "the data in %s is of PostgreSQL %s, which "
			"is not installed: install postgresql-%s, or begin anew with: rowpipe db "
			"destroy", own->home, wanted, wanted);
	return fault_set(fault, STATUS_SERVER, "no PostgreSQL server is installed%s%s: apt-get "
		"install -y postgresql", getenv("ROWPIPE_POSTGRES") == NULL ? "" : " in ",
		getenv("ROWPIPE_POSTGRES") == NULL ? "" : getenv("ROWPIPE_POSTGRES"));
}

/* --- the server ------------------------------------------------------------------------------- */

enum state {
	OWN_GONE,  /* no postmaster.pid */
	OWN_STALE, /* ... or one of a process that is not there, or another one by now */
	OWN_BUSY,  /* it starts or stops */
	OWN_READY
};

/* After a crash the number in postmaster.pid may be somebody else's. */
static bool is_server(const struct own *own, long process)
{
	struct stat there, data;
	char path[64];

	if (process <= 0 || (kill((pid_t)process, 0) != 0 && errno == ESRCH))
		return false;
	if (access("/proc/self/cwd", F_OK) != 0)
		return true;
	snprintf(path, sizeof(path), "/proc/%ld/cwd", process);
	return stat(path, &there) == 0 && stat(own->data, &data) == 0 &&
		there.st_dev == data.st_dev && there.st_ino == data.st_ino;
}

static enum state look(const struct own *own)
{
	const char *text = text_of(own, "postgres/postmaster.pid"), *line = text;

	if (text == NULL)
		return OWN_GONE;
	if (!is_server(own, strtol(text, NULL, 10)))
		return OWN_STALE;
	/* number, data, time, port, socket, address, memory, state */
	for (int i = 1; i < 8 && line != NULL; i++) {
		line = strchr(line, '\n');
		line = line == NULL ? NULL : line + 1;
	}
	return line != NULL && strncmp(line, "ready", 5) == 0 ? OWN_READY : OWN_BUSY;
}

/* While it starts or stops, nothing can be done with it. */
static enum state await(const struct own *own)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	enum state state = look(own);

	for (int i = 0; i < PATIENCE * 20 && state == OWN_BUSY && descriptor_stop == 0; i++) {
		nanosleep(&pause, NULL);
		state = look(own);
	}
	return state;
}

static const char settings[] =
	"listen_addresses = ''\n"
	"unix_socket_permissions = 0700\n"
	"max_connections = 20\n"
	"max_locks_per_transaction = 1024\n"
	"wal_level = minimal\n"
	"max_wal_senders = 0\n";

/* The last line of a log that tells of an error, or the first if that is wanted; or nothing. */
static const char *complaint_in(const struct own *own, const char *log, bool first)
{
	static const char *const words[] = { "ERROR", "FATAL", "PANIC", "error:" };
	const char *text = text_of(own, log), *found = "";

	while (text != NULL && *text != '\0') {
		const size_t size = strcspn(text, "\n");
		const char *line = arena_copy(own->arena, text, size);

		for (size_t i = 0; line != NULL && i < sizeof(words) / sizeof(words[0]); i++)
			if (strstr(line, words[i]) != NULL)
				found = line;
		if (first && *found != '\0')
			break;
		text += size + (text[size] == '\n');
	}
	return found;
}

static int make_new(struct own *own, struct fault *fault)
{
	const char *fresh = inside(own, "postgres.new"), *log = inside(own, "initdb.log");
	const char *const clear[] = { "rm", "-rf", "--", fresh, own->socket, log, NULL };
	const char *const folder[] = { "mkdir", "-m", "700", "--", own->socket, NULL };
	const char *initdb = arena_format(own->arena, "%s/initdb", own->tools);
	const char *const words[] = { "sh", "-c", "exec \"$@\" > \"$0\" 2>&1", log, initdb, "-D",
		fresh, "-U", "postgres", "-E", "UTF8", "--locale=C", "-A", "trust", NULL };

	if (initdb == NULL)
		return fault_memory(fault);
	if (run_as(own, clear, fault) == 0 && run_as(own, folder, fault) == 0 &&
		run_as(own, words, fault) == 0)
		return descriptor_append(inside(own, "postgres.new/postgresql.conf"), settings,
			sizeof(settings) - 1, fault);
	if (descriptor_stop != 0)
		return fault_set(fault, STATUS_AGAIN, "stopped by a signal");
	return fault_set(fault, STATUS_CREATE, "no data of a server can be made in %s: %s (all of "
		"it: %s)", own->home, complaint_in(own, "initdb.log", true), log);
}

/* Data that are not whole never have the name. */
static int create(struct own *own, struct fault *fault)
{
	if (make_new(own, fault) != 0)
		return fault->status;
	return descriptor_rename(inside(own, "postgres.new"), own->data, fault);
}

static int launch(struct own *own, struct fault *fault)
{
	const char *control = arena_format(own->arena, "%s/pg_ctl", own->tools);
	const char *log = inside(own, "postgres/log");
	const char *const words[] = { control, "-D", own->data, "-w", "-s", "-l", log, "-o",
		"-h '' -p 5432 -k ../socket", "start", NULL };

	if (control == NULL)
		return fault_memory(fault);
	if (run_as(own, words, fault) == 0 || await(own) == OWN_READY)
		return 0;
	return fault_set(fault, STATUS_SERVER, "the server does not start: %s (all of it: %s)",
		complaint_in(own, "postgres/log", false), log);
}

static void forget_dead(const struct own *own)
{
	unlink(inside(own, "postgres/postmaster.pid"));
	unlink(inside(own, "socket/.s.PGSQL.5432"));
	unlink(inside(own, "socket/.s.PGSQL.5432.lock"));
}

static int start_locked(struct own *own, struct fault *fault)
{
	if (!own_exists(own) && create(own, fault) != 0)
		return fault->status;
	switch (await(own)) {
	case OWN_READY:
		return 0;
	case OWN_STALE:
		forget_dead(own);
		break;
	default:
		break;
	}
	return launch(own, fault);
}

int own_start(struct own *own, struct fault *fault)
{
	struct fault ignored = { 0 };
	int fd = -1;

	if (own->tools == NULL && own_find_tools(own, fault) != 0)
		return fault->status;
	if (own_exists(own) && look(own) == OWN_READY)
		return 0;
	if (make_home(own, fault) == 0 &&
		descriptor_lock(inside(own, "lock"), &fd, PATIENCE, fault) == 0)
		start_locked(own, fault);
	if (fd >= 0)
		descriptor_close(fd, "lock", &ignored);
	return fault->status;
}

/* ... and waits until it is gone. */
static int halt(struct own *own, const char *mode, struct fault *fault)
{
	const char *control = own->tools == NULL ? NULL :
		arena_format(own->arena, "%s/pg_ctl", own->tools);
	const char *const words[] = { control, "-D", own->data, "-m", mode, "-w", "-s", "stop",
		NULL };
	const enum state state = look(own);

	if (state == OWN_GONE || state == OWN_STALE)
		return 0;
	if (own->tools == NULL)
		return own_find_tools(own, fault) != 0 ? fault->status : halt(own, mode, fault);
	run_as(own, words, fault);
	if (look(own) == OWN_READY || look(own) == OWN_BUSY)
		return fault_set(fault, STATUS_AGAIN, "the server in %s does not stop", own->home);
	return fault->status;
}

int own_stop(struct own *own, struct fault *fault)
{
	return halt(own, "fast", fault);
}

int own_destroy(struct own *own, struct fault *fault)
{
	const char *const words[] = { "rm", "-rf", "--", own->data, own->socket,
		inside(own, "postgres.new"), inside(own, "lock"), inside(own, "initdb.log"), NULL };

	if (access(own->home, F_OK) != 0)
		return 0;
	if (halt(own, "immediate", fault) != 0)
		return fault->status;
	if (run_as(own, words, fault) != 0)
		return fault_set(fault, STATUS_RIGHTS, "%s cannot be removed", own->home);
	rmdir(own->home);
	return fault->status;
}

const char *own_url(const struct own *own, const char *database)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
		"._-/";
	struct bytes text = { 0 };

	bytes_format(&text, "postgresql:///%s?user=postgres&port=5432&host=", database);
	for (const char *at = own->socket; *at != '\0'; at++) {
		if (strchr(plain, *at) != NULL)
			bytes_add_byte(&text, (uint8_t)*at);
		else
			bytes_format(&text, "%%%02X", (unsigned char)*at);
	}
	return bytes_settle(&text, own->arena);
}
