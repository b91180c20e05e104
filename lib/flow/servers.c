#include "flow/servers.h"

#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/child.h"

struct server {
	const char *folder;
	long major, minor;
};

static const char *join(struct arena *arena, const char *folder, const char *name)
{
	return arena_format(arena, "%s/%s", folder, name);
}

/* "postgres (PostgreSQL) 15.20 (Debian ...)", "9.6.24", "17beta1" */
static bool read_version(struct arena *arena, struct server *server, struct fault *fault)
{
	static const char before[] = "(PostgreSQL) ";
	const char *const words[] = { join(arena, server->folder, "postgres"), "-V", NULL };
	struct child child = { .words = words };
	struct bytes said = { 0 };
	char *text, *at;

	if (child_read(&child, &said, 256, fault) != 0)
		said.size = 0;
	text = said.size == 0 ? NULL : arena_copy(arena, said.data, said.size);
	bytes_close(&said);
	at = text == NULL ? NULL : strstr(text, before);
	if (at == NULL)
		return false;
	server->major = strtol(at + strlen(before), &at, 10);
	server->minor = *at == '.' ? strtol(at + 1, NULL, 10) : 0;
	return true;
}

/* Before 10 the major version had two parts. */
static bool is_wanted(const struct server *server, const char *wanted)
{
	char *end;

	if (wanted == NULL)
		return true;
	return strtol(wanted, &end, 10) == server->major &&
		(*end != '.' || strtol(end + 1, NULL, 10) == server->minor);
}

static void consider(struct arena *arena, const char *folder, const char *wanted,
	struct server *best, struct fault *fault)
{
	struct server server = { .folder = folder };

	if (folder == NULL || access(join(arena, folder, "initdb"), X_OK) != 0 ||
		access(join(arena, folder, "postgres"), X_OK) != 0 ||
		!read_version(arena, &server, fault) || !is_wanted(&server, wanted))
		return;
	if (best->folder == NULL || server.major > best->major ||
		(server.major == best->major && server.minor > best->minor))
		*best = server;
}

static void search_path(struct arena *arena, const char *wanted, struct server *best,
	struct fault *fault)
{
	const char *path = getenv("PATH");

	while (path != NULL && *path != '\0') {
		size_t size = strcspn(path, ":");

		if (*path == '/')
			consider(arena, arena_copy(arena, path, size), wanted, best, fault);
		path += size + (path[size] == ':');
	}
}

const char *servers_find(struct arena *arena, const char *wanted, struct fault *fault)
{
	static const char *const places[] = {
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql*/bin",
		"/usr/local/opt/postgresql*/bin", "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin"
	};
	const char *given = getenv("ROWPIPE_POSTGRES");
	struct server best = { 0 };

	if (given != NULL && *given != '\0') {
		consider(arena, given, wanted, &best, fault);
		return best.folder;
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		glob_t found = { 0 };

		if (glob(places[i], 0, NULL, &found) == 0)
			for (size_t j = 0; j < found.gl_pathc; j++)
				consider(arena, arena_text(arena, found.gl_pathv[j]), wanted, &best,
					fault);
		globfree(&found);
	}
	search_path(arena, wanted, &best, fault);
	return best.folder;
}
