#include "flow/trigger.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

static const char *variable(const char *name)
{
	const char *text = getenv(name);

	return text == NULL || *text == '\0' ? NULL : text;
}

const char *trigger_name(struct arena *arena)
{
	const char *given = variable("ROWPIPE_TRIGGERED_BY");
	const struct passwd *user = getpwuid(getuid());
	char host[256] = "";

	if (given != NULL || user == NULL || gethostname(host, sizeof(host) - 1) != 0)
		return given;
	return arena_format(arena, "%s@%s", user->pw_name, host);
}

const char *trigger_pipeline(void)
{
	return variable("ROWPIPE_PIPELINE");
}

const char *trigger_folder(struct arena *arena)
{
	const char *folder = variable("ROWPIPE_RUN");
	char real[4096]; /* PATH_MAX */

	return folder == NULL || realpath(folder, real) == NULL ? NULL : arena_text(arena, real);
}
